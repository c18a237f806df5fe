import { expect, test } from "vitest";
import { grad } from "../../../src/engine/autodiff.js";
import { constant, placeholder } from "../../../src/engine/ops/index.js";
import { categoricalNegativeLogLikelihood, gaussianNegativeLogLikelihood } from "../../../src/nn/index.js";
import { valueOf } from "../check.js";

test("categorical: minus the log of the code's softmax probability, mean over the batch", async () => {
  // Probabilities 1/6 2/6 3/6 and 1/2 1/4 1/4; the codes are 2 and 1. A second softmax would give 0.99.
  const logits = constant([0, Math.log(2), Math.log(3), Math.log(2), 0, 0], [2, 3]);
  const code = constant([0, 0, 1, 0, 1, 0], [2, 3]);
  expect((await valueOf(categoricalNegativeLogLikelihood(logits, code)))[0]).toBeCloseTo(
    Math.log(2 * 4) / 2,
    6,
  );
});

test("categorical: logits of 100 stay finite", async () => {
  const code = constant([1, 0], [1, 2]);
  expect(await valueOf(categoricalNegativeLogLikelihood(constant([-100, 100], [1, 2]), code))).toEqual([200]);
});

const [centre, code] = [
  [0.5, -1, 0, 2],
  [1, 1, 0.5, 2],
];

test("Gaussian of deviation 1: half the squared error, summed over dimensions, mean over the batch", async () => {
  const found = await valueOf(
    gaussianNegativeLogLikelihood(constant(centre, [2, 2]), 0, constant(code, [2, 2])),
  );
  expect(found[0]).toBeCloseTo((0.125 + 2 + 0.125 + 0) / 2, 6);
});

test("Gaussian of learned deviation: minus its log density, but for log(2 pi) / 2", async () => {
  const logDeviation = [0.3, -0.7, 1, 0];
  const density = (x: number, m: number, s: number) =>
    Math.exp(-((x - m) ** 2) / (2 * s * s)) / (s * Math.sqrt(2 * Math.PI));
  const expected = code.map(
    (x, i) => -Math.log(density(x, centre[i]!, Math.exp(logDeviation[i]!))) - Math.log(2 * Math.PI) / 2,
  );
  const found = await valueOf(
    gaussianNegativeLogLikelihood(
      constant(centre, [2, 2]),
      constant(logDeviation, [2, 2]),
      constant(code, [2, 2]),
    ),
  );
  expect(found[0]).toBeCloseTo(expected.reduce((s, v) => s + v, 0) / 2, 6);
});

test("Gaussian: the best deviation is the size of the error", async () => {
  const logDeviation = placeholder("s", [1, 1]);
  const loss = gaussianNegativeLogLikelihood(constant([0], [1, 1]), logDeviation, constant([0.25], [1, 1]));
  const slope = async (s: number) =>
    (await valueOf(grad(loss, [logDeviation])[0]!, { s: new Float32Array([s]) }))[0]!;
  expect(await slope(Math.log(0.25))).toBeCloseTo(0, 5);
  expect(await slope(Math.log(0.25) - 0.1)).toBeLessThan(0);
  expect(await slope(Math.log(0.25) + 0.1)).toBeGreaterThan(0);
});
