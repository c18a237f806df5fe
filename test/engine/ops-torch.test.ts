import { expect, test } from "vitest";
import { grad } from "../../src/engine/autodiff.js";
import * as g from "../../src/engine/ops/index.js";
import { type Tensor, count } from "../../src/engine/tensor.js";
import { evaluate } from "./cases/check.js";
import { reference, wave } from "./cases/reference.js";

interface Stored {
  readonly shapes: readonly number[][];
  readonly shape: readonly number[];
  readonly y: readonly number[];
  readonly g: readonly number[][];
  readonly h?: readonly number[][];
}
const stored = reference("ops") as Record<string, Stored>;
const maps = g.constant([0.9, 0.2, 0.1, -0.3, 1.1, -0.2, -1.3, 0.4, 0, 0.1, 0.6, 0.7], [2, 2, 3]);
const index = g.constant([2, 0, 2, 1, 1, 2], [2, 3], "int64");
const resize =
  (to: [number, number], mode: g.ResizeMode) =>
  (x: Tensor): Tensor =>
    g.resize(x, to, mode);

/** The same as the lines of test/references/ops.py, by name. */
const ours: Record<string, (x: Tensor, w: Tensor, b: Tensor) => Tensor> = {
  conv: (x, w) => g.conv(x, w, { stride: 2, padding: 1 }),
  "conv dilated, in groups, padded unevenly": (x, w) =>
    g.conv(x, w, { stride: [1, 2], dilation: [2, 3], groups: 2, padding: [0, 2, 1, 1] }),
  "conv 1d": (x, w) => g.conv(x, w, { stride: 3, padding: 2 }),
  "conv 3d": (x, w) => g.conv(x, w, { stride: 2, padding: 1 }),
  convTranspose: (x, w) => g.convTranspose(x, w, { stride: 2, padding: 1 }),
  "convTranspose with output padding, in groups, dilated": (x, w) =>
    g.convTranspose(x, w, { stride: 3, padding: 2, outputPadding: 2, groups: 2, dilation: 2 }),
  averagePool: (x) => g.averagePool(x, 3, { stride: 2, padding: 1 }),
  maxPool: (x) => g.maxPool(x, 3, { stride: 2, padding: 1 }),
  "resize nearest up": resize([9, 7], "nearest"),
  "resize bilinear up": resize([9, 7], "bilinear"),
  "resize nearest down": resize([2, 3], "nearest"),
  "resize bilinear down": resize([2, 3], "bilinear"),
  "resize nearest doubled": resize([10, 8], "nearest"),
  "resize bilinear doubled": resize([10, 8], "bilinear"),
  "resize nearest halved": resize([3, 2], "nearest"),
  "resize bilinear halved": resize([3, 2], "bilinear"),
  "resize nearest by whole factors": resize([6, 6], "nearest"),
  affineSample: (x) => g.affineSample(x, maps),
  "batchNormalize of pictures": (x, w, b) => g.batchNormalize(x, w, b, { epsilon: 1e-3 })[0]!,
  "batchNormalize of rows": (x, w, b) => g.batchNormalize(x, w, b, { epsilon: 1e-3 })[0]!,
  standardize: (x) => g.standardize(x, [1, 2], 1e-3),
  gelu: (x) => g.gelu(g.mul(3, x)),
  elu: (x) => g.elu(g.mul(3, x), 0.7),
  softplus: (x) => g.softplus(g.mul(3, x)),
  leakyRelu: (x) => g.leakyRelu(x, 0.2),
  logSoftmax: (x) => g.logSoftmax(g.mul(4, x)),
  softmax: (x) => g.softmax(g.mul(4, x), 0),
  logSumExp: (x) => g.logSumExp(g.mul(4, x)),
  variance: (x) => g.variance(x, [0]),
  matmul: (x, w) => g.matmul(x, w),
  gather: (x) => g.pow(g.gather(x, index, 1), 3),
};

test("every stored case is tested", () => {
  expect(Object.keys(ours).toSorted()).toEqual(Object.keys(stored).toSorted());
});

test.each(Object.keys(stored))("%s: value, first and second derivative", async (name) => {
  const known = stored[name]!;
  const xs = known.shapes.map((shape, i) => g.placeholder(`x${i}`, shape));
  const y = ours[name]!(xs[0]!, xs[1]!, xs[2]!);
  const weighted = (x: Tensor, seed: number) =>
    g.sum(g.mul(x, g.constant(wave(count(x.shape), seed), x.shape)));
  const first = grad(weighted(y, 0.5), xs);
  const below = first.map((d, k) => weighted(d, 10 + k)).reduce((a, b) => g.add(a, b));
  const second = grad(below, xs);
  const list = (letter: string, tensors: readonly Tensor[]) =>
    Object.fromEntries(tensors.map((t, i) => [`${letter}${i}`, t]));
  const found = await evaluate(
    { y, ...list("g", first), ...list("h", second) },
    Object.fromEntries(xs.map((x, i) => [`x${i}`, wave(count(x.shape), i + 1)])),
  );
  expect(found["y"]!.shape).toEqual(known.shape);
  near(found["y"]!.values, known.y);
  known.g.forEach((expected, i) => near(found[`g${i}`]!.values, expected));
  known.h?.forEach((expected, i) => near(found[`h${i}`]!.values, expected));
});

/** float32 against float64: 1e-5 of the largest value. */
function near(found: readonly number[], expected: readonly number[]): void {
  expect(found.length).toBe(expected.length);
  const scale = Math.max(1e-3, ...expected.map(Math.abs));
  const worst = Math.max(...found.map((v, i) => Math.abs(v - expected[i]!)));
  expect(worst / scale).toBeLessThan(1e-5);
}
