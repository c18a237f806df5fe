import { compile } from "../../src/engine/compile/compile.js";
import { nodeHost } from "../../src/engine/runtime/node.js";
import type { Tensor } from "../../src/engine/tensor.js";
import { wave } from "./cases/reference.js";

export const host = nodeHost({ threads: 2 });

/** The largest difference between two forms of the same values, on waves as inputs, in units of the largest value. */
export async function difference(a: readonly Tensor[], b: readonly Tensor[]): Promise<number> {
  const named = (letter: string, xs: readonly Tensor[]) => xs.map((x, i) => [`${letter}${i}`, x] as const);
  const f = await compile(Object.fromEntries([...named("a", a), ...named("b", b)]), host);
  const feeds = f.graph.inputs.map(({ name, shape }, i) => {
    const values = wave(
      shape.reduce((n, size) => n * size, 1),
      i + 0.5,
    );
    return [name, Float32Array.from(values)] as const;
  });
  const found = await f.run(Object.fromEntries(feeds));
  f.release();
  return Math.max(...a.map((_, i) => apart(found[`a${i}`]!, found[`b${i}`]!)));
}

function apart(a: Float32Array, b: Float32Array): number {
  const scale = b.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i]!)), 0) / (scale || 1);
}
