import { expect, test } from "vitest";
import { hostRandom } from "../../src/engine/random.js";
import { explain, rank } from "../../src/evaluate/trees.js";

const n = 3000;
const random = hostRandom(1, "features");
const features = [0, 1, 2].map(() => Float32Array.from({ length: n }, random.uniform));
const [x, y] = [features[0]!, features[1]!];
const ranks = features.map(rank);
const run = (target: (i: number) => number) =>
  explain(
    ranks,
    Float64Array.from({ length: n }, (_, i) => target(i)),
    1,
    hostRandom(1, "trees").uniform,
    10,
  );

test("ranks keep the order and nothing else", () => {
  expect([...rank(Float32Array.of(5, -1, 5, 0.5)).ranks]).toEqual([2, 0, 2, 1]);
  expect(rank(x.map((v) => Math.exp(9 * v)))).toEqual(ranks[0]);
  expect(new Set(ranks[0]!.ranks).size).toBe(64);
});

test("variance is credited to the features it comes from, in proportion", () => {
  const { importance, explained } = run((i) => 2 * x[i]! + y[i]!); // variances 4 : 1
  expect(importance[0]).toBeCloseTo(0.8, 1);
  expect(importance[1]).toBeCloseTo(0.2, 1);
  expect(importance[2]).toBeLessThan(0.002);
  expect(explained).toBeGreaterThan(0.95);
});

test("an interaction and a curve are seen, which a line would miss", () => {
  const { explained } = run((i) => Math.sin(7 * x[i]!) * (y[i]! > 0.3 ? 1 : -1));
  expect(explained).toBeGreaterThan(0.9);
});

test("noise is not explained: in-bag splits exist, but earn nothing on unseen rows", () => {
  const noise = hostRandom(1, "noise");
  const { importance, explained } = run(() => noise.normal());
  expect(explained).toBe(0);
  expect(Math.max(...importance)).toBe(0);
});

test("half noise leaves half to explain: leaves are large enough not to follow it", () => {
  const noise = hostRandom(1, "noise");
  const { explained } = run((i) => Math.sqrt(12) * x[i]! + noise.normal());
  expect(explained).toBeGreaterThan(0.4);
  expect(explained).toBeLessThan(0.55);
});

test("credits sum to what is explained", () => {
  const { importance, explained } = run((i) => x[i]! ** 2);
  expect(importance.reduce((a, b) => a + b)).toBeCloseTo(explained, 3);
});
