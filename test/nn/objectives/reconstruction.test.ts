import { expect, test } from "vitest";
import { constant } from "../../../src/engine/ops/index.js";
import {
  absoluteError,
  bernoulliNegativeLogLikelihood,
  divergenceFromNormal,
  squaredError,
  squaredErrorPerValue,
} from "../../../src/nn/index.js";
import { valueOf } from "../check.js";

/** Two examples of two pixels, as pictures of one row. */
const pixels = (values: readonly number[]) => constant(values, [2, 1, 1, 2]);
const loss = async (tensor: Parameters<typeof valueOf>[0]) => (await valueOf(tensor, {}))[0];

test("errors are summed over an example, but for the one per value, and averaged over the batch", async () => {
  const [x, y] = [pixels([0, 1, 0.5, 0.25]), pixels([1, 1, 0, 0.75])];
  // 1 + 0, and 0.25 + 0.25
  expect(await loss(squaredError(x, y))).toBeCloseTo(0.75, 6);
  // Half of that, as an example has two values.
  expect(await loss(squaredErrorPerValue(x, y))).toBeCloseTo(0.375, 6);
  // 1 + 0, and 0.5 + 0.5
  expect(await loss(absoluteError(x, y))).toBeCloseTo(1, 6);
});

test("a Bernoulli likelihood is the cross-entropy with shares, and finite at logits of 100", async () => {
  const shares = [0, 1, 0.25, 0.5];
  const logits = [Math.log(3), Math.log(3), -Math.log(3), 0]; // probabilities 3/4, 3/4, 1/4, 1/2
  const cross = (x: number, p: number) => -x * Math.log(p) - (1 - x) * Math.log(1 - p);
  const expected = [0.75, 0.75, 0.25, 0.5].reduce((sum, p, i) => sum + cross(shares[i]!, p), 0) / 2;
  expect(await loss(bernoulliNegativeLogLikelihood(pixels(logits), pixels(shares)))).toBeCloseTo(expected, 5);
  const far = bernoulliNegativeLogLikelihood(pixels([100, -100, 100, -100]), pixels([1, 0, 0, 1]));
  expect(await loss(far)).toBeCloseTo(100, 4);
});

test("the divergence from N(0, 1) is 0 there, and that of the formula elsewhere", async () => {
  const of = (centre: readonly number[], logVariance: readonly number[]) =>
    loss(divergenceFromNormal(constant(centre, [2, 2]), constant(logVariance, [2, 2])));
  expect(await of([0, 0, 0, 0], [0, 0, 0, 0])).toBe(0);
  // Moved by 2: 2. Of variance 4: (4 - log 4 - 1) / 2. Half of both, as a mean over two examples.
  expect(await of([2, 0, 0, 0], [0, Math.log(4), 0, 0])).toBeCloseTo((2 + 1.5 - Math.log(2)) / 2, 5);
});
