import { expect, test } from "vitest";
import { hostRandom } from "../../src/engine/random.js";
import {
  type FactorSampler,
  factorVaeScore,
  type Matrix,
  matrix,
  pooledSampler,
} from "../../src/evaluate/index.js";
import { codesOf, drawFactors, mapRows } from "./factors.js";

const factors = drawFactors(5000, "factorvae");
const score = (codes: Matrix) =>
  factorVaeScore(
    pooledSampler(codes, factors, hostRandom(1, "pool").uniform),
    hostRandom(1, "votes").uniform,
    { votes: 400 },
  );

test("a perfect code scores 1, whatever its names, order, sign and scale", async () => {
  expect((await score(codesOf.perfect(factors))).value).toBe(1);
  expect((await score(codesOf.relabelled(factors))).value).toBe(1);
});

test("a duplicated code still scores 1: the score cannot see it", async () => {
  expect((await score(codesOf.duplicated(factors))).value).toBe(1);
});

test("a constant code scores 0, a random one about 1 / 4", async () => {
  expect((await score(codesOf.constant(factors))).value).toBe(0);
  const { value } = await score(codesOf.random(factors));
  expect(value).toBeGreaterThan(0.15);
  expect(value).toBeLessThan(0.35);
});

test("codes of many scales vote alike, as variances are relative", async () => {
  const codes = mapRows(factors, ([kind = 0, a = 0, b = 0, c = 0]) => [kind, 1000 * a, b, c / 1000]);
  expect((await score(codes)).value).toBe(1);
});

test("a noisy categorical code votes the same under any names", async () => {
  const noise = hostRandom(1, "noise");
  const codes = mapRows(factors, ([kind = 0, a = 0]) => [
    noise.uniform() < 0.3 ? noise.integer(10) : kind,
    a + noise.normal(),
  ]);
  const renamed = mapRows(codes, ([kind = 0, a = 0]) => [(10 ** (kind / 2)) | 0, a]);
  expect(await score(renamed)).toEqual(await score(codes));
});

test("the classifier is tested on fresh votes: what it learns by heart does not count", async () => {
  const noise = hostRandom(1, "noise");
  const codes = mapRows(factors, () => Array.from({ length: 60 }, noise.uniform));
  const sampler = pooledSampler(codes, factors, hostRandom(1, "pool").uniform);
  const { value } = await factorVaeScore(sampler, noise.uniform, { votes: 30 });
  expect(value).toBeLessThan(0.5); // about 1 / 4; on its own votes nearly 1
});

test("the votes say which code holds which factor", async () => {
  const { votes } = await score(codesOf.relabelled(factors));
  const holder = Array.from({ length: 4 }, (_, code) => {
    const row = votes.data.subarray(code * 4, code * 4 + 4);
    return row.indexOf(Math.max(...row));
  });
  expect(holder).toEqual([3, 0, 1, 2]);
  expect(votes.data.reduce((a, b) => a + b)).toBe(400);
});

/** Pictures drawn to order, as from a renderer: two factors in [0, 1), codes = factors * mix. */
function drawn(mix: [number, number][]): FactorSampler {
  const random = hostRandom(1, "draw");
  const encode = (rows: number[][]) =>
    matrix(rows.map((row) => mix.map(([a, b]) => a * row[0]! + b * row[1]!)));
  const rows = (count: number) => Array.from({ length: count }, () => [random.uniform(), random.uniform()]);
  return {
    factors: 2,
    varied: (count) => Promise.resolve(encode(rows(count))),
    fixed: (factor, at, count) => Promise.resolve(encode(rows(count).map((row) => row.with(factor, at)))),
  };
}

test("a sampler that draws to order: separate codes score 1, rotated ones about a half", async () => {
  const separate = await factorVaeScore(
    drawn([
      [0, 3],
      [-1, 0],
    ]),
    hostRandom(1, "votes").uniform,
  );
  expect(separate.value).toBe(1);
  const rotated = await factorVaeScore(
    drawn([
      [1, 1],
      [1, -1],
    ]),
    hostRandom(1, "votes").uniform,
  );
  expect(rotated.value).toBeLessThan(0.6);
});

test("bad input is named", async () => {
  const sampler = drawn([[1, 0]]);
  const random = hostRandom(1, "votes").uniform;
  await expect(factorVaeScore(sampler, random, { batch: 1 })).rejects.toThrowErrorMatchingInlineSnapshot(
    `[OptionError: batch: expected at least 2, received 1.]`,
  );
  await expect(factorVaeScore(drawn([[NaN, 0]]), random)).rejects.toThrowErrorMatchingInlineSnapshot(`
    [DataError: factorvae_score: expected finite numbers, received NaN in row 0, column 0.
      The encoder produced it: look at the losses of the run.]
  `);
});
