#!/usr/bin/env node
// In git, executable, so that npm links the command before anything is built; the program itself is in dist/.
import { existsSync } from "node:fs";

const program = new URL("../dist/cli/main.js", import.meta.url);
if (existsSync(program)) {
  await import(program.href);
} else {
  console.error("ganymede is not built yet. Run: npm run build");
  process.exitCode = 1;
}
