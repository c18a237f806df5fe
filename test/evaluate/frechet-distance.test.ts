import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hostRandom } from "../../src/engine/random.js";
import { frechetDistance, frechetFloor, gaussian, gaussianOn, matrix } from "../../src/evaluate/index.js";
import { features, host, normalRows } from "./features.js";
import { mapRows } from "./factors.js";
import { difference } from "./reference.js";

const [a, b] = [matrix(features.frechet.a), matrix(features.frechet.b)];

test("equals eq. 6 with scipy's matrix square root", () => {
  const found = frechetDistance(gaussian(a), gaussian(b));
  expect(found.value / features.frechet.value).toBeCloseTo(1, 10);
  expect(found.n).toEqual([50, 40]);
});

test("is the same from either side", () => {
  const [one, other] = [gaussian(a), gaussian(b)];
  expect(frechetDistance(other, one).value / frechetDistance(one, other).value).toBeCloseTo(1, 10);
});

/** A normal distribution of independent numbers. */
const independent = (mean: readonly number[], variances: readonly number[]) => ({
  n: 100,
  width: mean.length,
  mean: Float64Array.from(mean),
  covariance: Float64Array.from({ length: mean.length ** 2 }, (_, at) =>
    at % (mean.length + 1) === 0 ? variances[at / (mean.length + 1)]! : 0,
  ),
});

test("independent features: sum of (m1 - m2)^2 + (s1 - s2)^2", () => {
  const number = fc.double({ min: 0, max: 100, noNaN: true });
  const feature = fc.record({ m1: number, m2: number, s1: number, s2: number });
  fc.assert(
    fc.property(fc.array(feature, { minLength: 1, maxLength: 6 }), (list) => {
      const one = independent(list.map(({ m1 }) => m1), list.map(({ s1 }) => s1 ** 2)); // prettier-ignore
      const other = independent(list.map(({ m2 }) => m2), list.map(({ s2 }) => s2 ** 2)); // prettier-ignore
      const expected = list.reduce((sum, { m1, m2, s1, s2 }) => sum + (m1 - m2) ** 2 + (s1 - s2) ** 2, 0);
      expect(Math.abs(frechetDistance(one, other).value - expected)).toBeLessThan(1e-6 * (1 + expected));
    }),
  );
});

describe("answers known by thought", () => {
  const rows = normalRows(400, 5, "rows");
  const itself = gaussian(rows);

  test("a set is at 0 from itself, in any order", () => {
    expect(frechetDistance(itself, itself).value).toBeLessThan(1e-10);
    const turned = matrix(
      Array.from({ length: 400 }, (_, i) => rows.data.subarray((399 - i) * 5, (400 - i) * 5)),
    );
    expect(frechetDistance(itself, gaussian(turned)).value).toBeLessThan(1e-10);
  });

  test("a set that is moved is at the square of how far", () => {
    const moved = mapRows(rows, (row) => [...row].map((v, j) => v + j));
    expect(frechetDistance(itself, gaussian(moved)).value).toBeCloseTo(0 + 1 + 4 + 9 + 16, 4);
  });

  test("a constant set lacks all variance", () => {
    const still = gaussian(mapRows(rows, () => [...itself.mean]));
    const total = [0, 6, 12, 18, 24].reduce((sum, at) => sum + itself.covariance[at]!, 0);
    expect(frechetDistance(itself, still).value).toBeCloseTo(total, 5);
    expect(frechetDistance(still, itself).value).toBeCloseTo(total, 5);
  });

  test("copied features and fewer rows than features are no obstacle", () => {
    const copies = (from: typeof rows) => gaussian(mapRows(from, (row) => [...row, ...row]));
    const [one, other] = [normalRows(6, 5, "few"), normalRows(6, 5, "others")];
    const single = frechetDistance(gaussian(one), gaussian(other)).value;
    expect(frechetDistance(copies(one), copies(other)).value / (2 * single)).toBeCloseTo(1, 5);
  });
});

describe("the floor", () => {
  const rows = normalRows(4000, 4, "real");

  test("falls as n grows, and is the same again from the same random numbers", () => {
    const floor = (n?: number) => frechetFloor(rows, hostRandom(1, "split").uniform, n);
    expect(floor()).toEqual(floor(2000));
    expect(floor().n).toEqual([2000, 2000]);
    expect(floor(50).value).toBeGreaterThan(3 * floor().value);
    expect(floor().value).toBeLessThan(0.02);
  });

  test("its sets share no row", () => {
    // Of four rows, two and two: their means are apart by 2 or 4 halves, never 0, unless a row is drawn twice.
    for (let seed = 0; seed < 20; seed++) {
      const { value } = frechetFloor(matrix([[0], [1], [4], [9]]), hostRandom(seed, "split").uniform);
      const deviation = (x: number, y: number) => Math.abs(x - y) / Math.sqrt(2);
      const splits = [
        [[0, 1], [4, 9]],
        [[0, 4], [1, 9]],
        [[0, 9], [1, 4]],
      ].map(([[a = 0, b = 0] = [], [c = 0, d = 0] = []]) => ((a + b - c - d) / 2) ** 2 + (deviation(a, b) - deviation(c, d)) ** 2); // prettier-ignore
      expect(Math.min(...splits.map((split) => Math.abs(split - value)))).toBeLessThan(1e-9);
    }
  });
});

test("the host's covariance is that of double precision but for rounding, over the edges of blocks", async () => {
  const rows = normalRows(2500, 6, "rows");
  const shares: number[] = [];
  const found = await gaussianOn(host, rows, (share) => shares.push(share));
  expect(difference(found.covariance, gaussian(rows).covariance)).toBeLessThan(1e-6);
  expect(shares).toEqual([2048 / 2500, 1]);
});

test("bad input is named", () => {
  expect(() => frechetDistance(gaussian(a), gaussian(matrix([[1], [2]]))))
    .toThrowErrorMatchingInlineSnapshot(`
    [DataError: frechet_distance: expected features of one width, received 6 and 1 columns.
      Both must come from the same layer of the same model.]
  `);
  expect(() => gaussian(matrix([[1]]))).toThrowErrorMatchingInlineSnapshot(
    `[DataError: covariance: expected at least two rows, received one.]`,
  );
  expect(() => gaussian(matrix([[1], [Infinity]]))).toThrowErrorMatchingInlineSnapshot(`
    [DataError: covariance: expected finite numbers, received Infinity in row 1, column 0.
      The encoder produced it: look at the losses of the run.]
  `);
  expect(() => frechetFloor(a, Math.random, 26)).toThrowErrorMatchingInlineSnapshot(
    `[OptionError: n: expected an integer in 2 .. 25, received 26.]`,
  );
});
