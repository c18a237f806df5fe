import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hostRandom } from "../../src/engine/random.js";
import { clusterAccuracy, confusion, kMeans, type Matrix, matrix, nmi } from "../../src/evaluate/index.js";
import { features, groups, host, normalRows } from "./features.js";
import { difference } from "./reference.js";

const draw = (seed = 1) => hostRandom(seed, "clusters").uniform;

test("the error is the least that scikit-learn finds in 200 starts", async () => {
  const { rows, k, inertia } = features.kmeans;
  const found = await kMeans(matrix(rows), k, draw(), host, { starts: 20 });
  expect(found.error / inertia).toBeCloseTo(1, 6);
});

describe("answers known by thought", () => {
  test("groups are found, whole", async () => {
    const { rows, labels } = groups(120, 4, "rows");
    const found = await kMeans(rows, 4, draw(), host);
    const table = confusion(found.assignment, labels, 4, 4);
    expect([clusterAccuracy(table).value, found.converged]).toEqual([1, true]);
    expect(nmi(table)).toBeCloseTo(1, 12);
  });

  test("one cluster is the mean, with all variance as error", async () => {
    const rows = matrix([[1, 5], [3, 5], [5, 5]]); // prettier-ignore
    const { centres, error, assignment } = await kMeans(rows, 1, draw(), host);
    expect([...centres.data, error, ...assignment]).toEqual([3, 5, 8, 0, 0, 0]);
  });

  test("a cluster for every row leaves no error; equal rows share one", async () => {
    const rows = normalRows(6, 2, "rows");
    const each = await kMeans(rows, 6, draw(), host);
    expect(each.error).toBeLessThan(1e-10);
    expect(new Set(each.assignment).size).toBe(6);
    const same = await kMeans({ ...rows, data: new Float32Array(12).fill(3) }, 3, draw(), host);
    expect([...same.assignment, same.error, Number(same.converged)]).toEqual([0, 0, 0, 0, 0, 0, 0, 1]);
  });

  test("far from 0 nothing is lost; copied features double the error", async () => {
    const rows = normalRows(80, 2, "rows");
    const near = await kMeans(rows, 3, draw(), host);
    const far = await kMeans({ ...rows, data: rows.data.map((v) => v + 1000) }, 3, draw(), host);
    expect(far.error / near.error).toBeCloseTo(1, 3);
    expect(difference(far.centres.data.map((v) => v - 1000), near.centres.data)).toBeLessThan(1e-3); // prettier-ignore
    const pairs = Array.from({ length: 80 }, (_, i) => [...rows.data.subarray(2 * i, 2 * i + 2)]);
    const twice = await kMeans(matrix(pairs.map((row) => [...row, ...row])), 3, draw(), host);
    expect(twice.error / near.error).toBeCloseTo(2, 5);
  });
});

test("a start finds far groups nearly always, as it draws far rows first", async () => {
  const { rows, labels } = groups(120, 4, "rows");
  for (let seed = 0; seed < 10; seed++) {
    const { assignment } = await kMeans(rows, 4, draw(seed), host, { starts: 1 });
    expect(clusterAccuracy(confusion(assignment, labels, 4, 4)).value).toBe(1);
  }
});

test("a cluster that loses all its rows gets another; more clusters than different rows is no obstacle", async () => {
  // With these numbers a cluster is empty after the first round.
  const rows = matrix([[1.16, 3.2], [3.55, 4.3], [2.15, 0.66], [10.23, 0.37], [2.94, 0.03], [0, 4.89], [10.99, 1.16], [11.66, 0.48]]); // prettier-ignore
  const { assignment, converged } = await kMeans(rows, 3, draw(1413), host, { starts: 1 });
  expect([new Set(assignment).size, converged]).toEqual([3, true]);
  const pairs = matrix([[5, 5], [8, 2], [7, 6], [8, 2], [7, 6], [1, 8]]); // prettier-ignore
  for (let seed = 0; seed < 20; seed++) {
    const { error, converged } = await kMeans(pairs, 5, draw(seed), host, { starts: 1 });
    expect([error, converged]).toEqual([0, true]);
  }
});

test("at the end every row is with its nearest centre, and every centre is the mean of its rows", async () => {
  const shape = fc.record({
    n: fc.integer({ min: 5, max: 60 }),
    k: fc.integer({ min: 1, max: 5 }),
    seed: fc.nat(99),
  });
  await fc.assert(
    fc.asyncProperty(shape, async ({ n, k, seed }) => {
      const rows = normalRows(n, 3, `rows ${seed}`);
      const { assignment, centres, error, converged } = await kMeans(rows, k, draw(seed), host, {
        starts: 2,
      });
      expect(converged).toBe(true);
      const square = (i: number, c: number) => [0, 1, 2].reduce((sum, j) => sum + (at(rows, i, j) - at(centres, c, j)) ** 2, 0); // prettier-ignore
      for (let i = 0; i < n; i++) {
        const least = Math.min(...Array.from({ length: k }, (_, c) => square(i, c)));
        expect(square(i, assignment[i]!)).toBeLessThan(least + 1e-5);
      }
      expect(assignment.reduce((sum, c, i) => sum + square(i, c), 0)).toBeCloseTo(error, 4);
      for (let c = 0; c < k; c++) {
        const own = [...assignment.keys()].filter((i) => assignment[i] === c);
        expect(own.reduce((sum, i) => sum + at(rows, i, 0), 0) / own.length).toBeCloseTo(
          at(centres, c, 0),
          5,
        );
      }
    }),
    { numRuns: 30 },
  );
});

const at = ({ data, width }: Matrix, i: number, j: number) => data[i * width + j]!;

test("same random numbers, same clusters; more starts are never worse; a round that moved rows did not converge", async () => {
  const rows = normalRows(200, 2, "rows");
  const once = await kMeans(rows, 8, draw(), host);
  expect(await kMeans(rows, 8, draw(), host)).toEqual(once);
  const shares: number[] = [];
  const single = await kMeans(rows, 8, draw(), host, {
    starts: 1,
    progress: (share) => shares.push(share),
  });
  expect(single.error).toBeGreaterThanOrEqual(once.error);
  expect(shares).toEqual([1]);
  expect((await kMeans(rows, 8, draw(), host, { starts: 1, rounds: 1 })).converged).toBe(false);
});

test("bad input is named", async () => {
  const rows = normalRows(4, 2, "rows");
  await expect(kMeans(rows, 5, draw(), host)).rejects.toThrowErrorMatchingInlineSnapshot(
    `[OptionError: k: expected an integer in 1 .. 4, received 5.]`,
  );
  await expect(kMeans(rows, 2, draw(), host, { starts: 0 })).rejects.toThrowErrorMatchingInlineSnapshot(
    `[OptionError: starts: expected an integer of at least 1, received 0.]`,
  );
  await expect(kMeans(rows, 2, draw(), host, { rounds: 0 })).rejects.toThrowErrorMatchingInlineSnapshot(
    `[OptionError: rounds: expected an integer of at least 1, received 0.]`,
  );
});
