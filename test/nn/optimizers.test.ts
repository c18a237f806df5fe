import { expect, test } from "vitest";
import { compileProgram } from "../../src/engine/compile/program.js";
import { constant, matmul, mean, square, sub, variable } from "../../src/engine/ops/index.js";
import type { Rule } from "../../src/engine/update.js";
import {
  adam,
  constantly,
  cosineDecay,
  exponentialDecay,
  inverseDecay,
  linearDecay,
  rmsProp,
  sgd,
} from "../../src/nn/index.js";
import { expectClose, host, stored, waves } from "./check.js";

const falling = (rate: number) => linearDecay(rate, { from: 0.25, end: 0.1 });

test.each<[string, Rule]>([
  ["adam", adam(falling(0.1))],
  ["adam with options", adam(falling(0.1), { beta1: 0.8, beta2: 0.9, epsilon: 1e-3, weightDecay: 0.2 })],
  ["rmsProp", rmsProp(falling(0.05), { alpha: 0.9, epsilon: 1e-6, weightDecay: 0.1 })],
  ["sgd", sgd(falling(0.3), { momentum: 0.8, weightDecay: 0.1 })],
])("%s under a falling rate is PyTorch's", async (name, rule) => {
  const w = variable("w", [4, 2]);
  const [x, y] = [constant([...waves([5, 4], 1)], [5, 4]), constant([...waves([5, 2], 3)], [5, 2])];
  const loss = mean(square(sub(matmul(x, w.tensor), y)));
  const program = await compileProgram({
    updates: [{ name: "loss", loss, variables: [w], rule, tracked: [], monitor: {} }],
    feeds: [],
    host,
    seed: 1,
  });
  program.state.get("w")!.set(waves([4, 2], 2));
  for (let step = 0; step < 8; step++) await program.step(step, step / 8);
  expectClose(program.state.get("w")!, stored[name]![0]!);
  program.release();
});

test("a rate may be a number", () => {
  expect([0, 0.4, 1].map(constantly(3))).toEqual([3, 3, 3]);
});

test("linearDecay is constant, then straight", () => {
  const at = (schedule: (progress: number) => number) => [0, 0.25, 0.5, 0.75, 1].map(schedule);
  expect(at(linearDecay(8))).toEqual([8, 6, 4, 2, 0]);
  expect(at(linearDecay(8, { from: 0.5, end: 0.5 }))).toEqual([8, 8, 8, 6, 4]);
  expect(at(linearDecay(8, { from: 1, end: 0.02 }))).toEqual([8, 8, 8, 8, 8]);
});

test("exponentialDecay is constant, then falls by one factor", () => {
  const at = [0, 0.5, 0.75, 1].map(exponentialDecay(8, { from: 0.5, end: 1 / 4 }));
  expect(at).toEqual([8, 8, 4, 2]);
});

test("inverseDecay falls as a power of the progress", () => {
  const at = [0, 0.3, 1].map(inverseDecay(8, { slope: 10, power: 0.5 }));
  [8, 4, 8 / Math.sqrt(11)].forEach((expected, i) => expect(at[i]).toBeCloseTo(expected, 12));
  expect(inverseDecay(0.01)(1)).toBeCloseTo(0.01 / 11 ** 0.75, 12);
});

test("cosineDecay rises in a straight line, then falls by half a cosine", () => {
  const at = [0, 0.1, 0.2, 0.6, 1].map(cosineDecay(8, { warmUp: 0.2, end: 0.5 }));
  [0, 4, 8, 6, 4].forEach((expected, i) => expect(at[i]).toBeCloseTo(expected, 12));
  expect(cosineDecay(8)(0)).toBe(8);
});
