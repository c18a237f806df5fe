import { compile } from "../engine/compile/compile.js";
import { add, placeholder } from "../engine/ops/index.js";
import { nodeHost } from "../engine/runtime/node.js";
import type { Answer } from "./devices.js";

/** A program, not a module: one addition on the device named by its argument, for `tryDevice`. */
async function answer(device: string): Promise<Answer> {
  try {
    const host = nodeHost({ device });
    const f = await compile({ y: add(placeholder("x", [1]), 1) }, host);
    const { y } = await f.run({ x: new Float32Array([1]) });
    f.release();
    if (y[0] !== 2) return { error: "wrong result" };
    return { host: host.name, ...(host.fallback !== undefined && { fallback: host.fallback }) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

process.stdout.write(`${JSON.stringify(await answer(process.argv[2] ?? "cpu"))}\n`);
