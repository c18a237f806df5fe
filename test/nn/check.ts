import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { compile } from "../../src/engine/compile/compile.js";
import type { Buffer } from "../../src/engine/runtime/host.js";
import { nodeHost } from "../../src/engine/runtime/node.js";
import { type Tensor, count } from "../../src/engine/tensor.js";
import { Draws } from "../../src/engine/draws.js";
import type { Mode, StatisticsRecord } from "../../src/nn/network.js";
import { wave } from "../engine/cases/reference.js";

export const host = nodeHost({ threads: 1 });

/** What test/references/layers.py has stored. */
export const stored = JSON.parse(
  readFileSync(new URL("../references/layers.json", import.meta.url), "utf8"),
) as Readonly<Record<string, readonly (readonly number[])[]>>;

/** The wave of the reference scripts, as a feed. */
export const waves = (shape: readonly number[], seed: number, scale = 1): Float32Array =>
  new Float32Array(wave(count(shape), seed, scale));

export const training = (): Mode & { readonly training: true } => {
  const records: StatisticsRecord[] = [];
  return { training: true, draws: new Draws(), records };
};
export const inference: Mode = { training: false };

/** Values of tensors for given feeds (placeholders and variables by name). */
export async function valuesOf(
  outputs: Readonly<Record<string, Tensor>>,
  feeds: Readonly<Record<string, Buffer>> = {},
): Promise<Record<string, number[]>> {
  const f = await compile(outputs, host);
  const found = await f.run(feeds);
  const copies = Object.fromEntries(Object.entries(found).map(([name, values]) => [name, [...values]]));
  f.release();
  return copies;
}

/** The value of one tensor. */
export async function valueOf(
  tensor: Tensor,
  feeds: Readonly<Record<string, Buffer>> = {},
): Promise<number[]> {
  return (await valuesOf({ value: tensor }, feeds))["value"]!;
}

/** float32 against float64, relative to the largest value. */
export function expectClose(found: Iterable<number>, expected: readonly number[], tolerance = 1e-5): void {
  const values = [...found];
  expect(values.length).toBe(expected.length);
  const scale = Math.max(1, ...expected.map(Math.abs));
  const worst = Math.max(0, ...values.map((v, i) => Math.abs(v - expected[i]!)));
  expect(worst / scale).toBeLessThan(tolerance);
}
