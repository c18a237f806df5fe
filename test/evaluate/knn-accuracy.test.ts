import fc from "fast-check";
import { expect, test } from "vitest";
import { hostRandom } from "../../src/engine/random.js";
import { type LabelledSplit, knnAccuracy, matrix, nearestRows } from "../../src/evaluate/index.js";
import { features, groupSplit, host, normalRows } from "./features.js";
import { difference } from "./reference.js";

const { knn } = features;
const stored: LabelledSplit = {
  train: matrix(knn.train),
  trainLabels: knn.train_labels,
  test: matrix(knn.test),
  testLabels: knn.test_labels,
};

test("the nearest rows and their distances are scikit-learn's", async () => {
  const { indices, distances } = await nearestRows(stored.test, stored.train, 3, host);
  expect([...indices]).toEqual(knn.indices.flat());
  expect(difference(distances, knn.distances.flat())).toBeLessThan(1e-5);
});

test("accuracy is scikit-learn's, for one neighbour and for five", async () => {
  const binary = (labels: ArrayLike<number>) => Array.from(labels, (label) => Number(label > 0));
  expect(await knnAccuracy(stored, host)).toBeCloseTo(knn.accuracy_1, 12);
  const two = { ...stored, trainLabels: binary(stored.trainLabels), testLabels: binary(stored.testLabels) };
  expect(await knnAccuracy(two, host, { k: 5 })).toBeCloseTo(knn.binary_accuracy_5, 12);
});

test("groups score 1, under any names of the classes; constant features are right for one class only", async () => {
  const split = groupSplit(5);
  const renamed = (labels: ArrayLike<number>) => Array.from(labels, (label) => 90 - 7 * label);
  expect(await knnAccuracy(split, host, { k: 3 })).toBe(1);
  const names = { trainLabels: renamed(split.trainLabels), testLabels: renamed(split.testLabels) };
  expect(await knnAccuracy({ ...split, ...names }, host, { k: 3 })).toBe(1);
  const still = { ...split, train: zeros(120), test: zeros(90) };
  expect(await knnAccuracy(still, host)).toBeCloseTo(0.2, 12); // the first row of all is of class 0
});

test("random features are at chance; a duplicated feature changes nothing", async () => {
  const split = groupSplit(5);
  const random = { ...split, train: normalRows(120, 5, "a"), test: normalRows(90, 5, "b") };
  const accuracy = await knnAccuracy(random, host);
  expect(accuracy).toBeGreaterThan(0.05);
  expect(accuracy).toBeLessThan(0.4);
  const twice = (rows: typeof split.train) =>
    matrix(Array.from({ length: rows.n }, (_, i) => [...rowOf(rows, i), ...rowOf(rows, i)]));
  const doubled = { ...random, train: twice(random.train), test: twice(random.test) };
  expect(await knnAccuracy(doubled, host)).toBe(accuracy);
});

test("of equal distances the first row counts, of equal votes the class of the nearest row", async () => {
  const split = { train: matrix([[1], [1], [3], [3]]), trainLabels: [7, 8, 9, 9], test: matrix([[1.1]]) };
  expect(await knnAccuracy({ ...split, testLabels: [7] }, host)).toBe(1);
  expect(await knnAccuracy({ ...split, testLabels: [8] }, host)).toBe(0);
  expect(await knnAccuracy({ ...split, testLabels: [7] }, host, { k: 4 })).toBe(0); // two votes for 9
  const tied = { ...split, trainLabels: [7, 7, 9, 9] };
  expect(await knnAccuracy({ ...tied, testLabels: [7] }, host, { k: 4 })).toBe(1);
});

test("rows without a label neither vote nor count", async () => {
  const split = { train: matrix([[0], [1], [5]]), trainLabels: [-1, 1, 0], test: matrix([[0], [4], [5]]) };
  expect(await knnAccuracy({ ...split, testLabels: [1, -1, 0] }, host)).toBe(1);
});

test("equals a plain search, over the edges of blocks, with and without the row itself", async () => {
  const size = fc.record({ m: fc.integer({ min: 1, max: 300 }), n: fc.integer({ min: 4, max: 60 }) });
  await fc.assert(
    fc.asyncProperty(size, fc.boolean(), async ({ m, n }, self) => {
      // Small integers: equal distances are common.
      const random = hostRandom(m, "rows");
      const draw = (count: number) =>
        matrix(Array.from({ length: count }, () => [random.integer(30), random.integer(30)]));
      const rows = draw(self ? m + 3 : n);
      const queries = self ? rows : draw(m);
      const { indices } = await nearestRows(queries, rows, 3, host, { self });
      expect([...indices]).toEqual(plain(queries, rows, 3, self));
    }),
    { numRuns: 25 },
  );
});

test("many rows are met in more than one block, and progress ends at 1", async () => {
  const rows = normalRows(5000, 3, "many");
  const shares: number[] = [];
  const { indices } = await nearestRows(rows, rows, 1, host, { progress: (share) => shares.push(share) });
  expect([...indices]).toEqual(Array.from({ length: 5000 }, (_, i) => i));
  expect(shares.at(-1)).toBe(1);
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
});

test("bad input is named", async () => {
  const split = groupSplit(2);
  await expect(knnAccuracy(split, host, { k: 121 })).rejects.toThrowErrorMatchingInlineSnapshot(
    `[OptionError: k: expected an integer in 1 .. 120, received 121.]`,
  );
  await expect(knnAccuracy({ ...split, testLabels: [1] }, host)).rejects.toThrowErrorMatchingInlineSnapshot(
    `[DataError: knn_accuracy, test: expected one label per row (-1 where there is none), received 90 rows and 1 labels.]`,
  );
  await expect(
    knnAccuracy({ ...split, trainLabels: Array(120).fill(-1) }, host),
  ).rejects.toThrowErrorMatchingInlineSnapshot(
    `[DataError: knn_accuracy, train: expected at least one labelled row, received none.]`,
  );
  await expect(
    knnAccuracy({ ...split, trainLabels: Array(120).fill(0.5) }, host),
  ).rejects.toThrowErrorMatchingInlineSnapshot(
    `[DataError: knn_accuracy, train, label of row 0: expected an integer from 0, or -1, received 0.5.]`,
  );
  await expect(
    knnAccuracy({ ...split, trainLabels: Array(120).fill(-2) }, host),
  ).rejects.toThrowErrorMatchingInlineSnapshot(
    `[DataError: knn_accuracy, train, label of row 0: expected an integer from 0, or -1, received -2.]`,
  );
  await expect(knnAccuracy({ ...split, test: zeros(90) }, host)).rejects.toThrowErrorMatchingInlineSnapshot(`
    [DataError: nearest_rows: expected features of one width, received 5 and 2 columns.
      Both must come from the same layer of the same model.]
  `);
});

function zeros(n: number) {
  return { data: new Float32Array(n * 5), n, width: 5 };
}

function rowOf({ data, width }: { data: Float32Array; width: number }, i: number) {
  return data.subarray(i * width, (i + 1) * width);
}

/** Every distance, sorted; sorting keeps the order of equal ones. */
function plain(
  queries: LabelledSplit["train"],
  rows: LabelledSplit["train"],
  k: number,
  self: boolean,
): number[] {
  return Array.from({ length: queries.n }, (_, q) =>
    Array.from({ length: rows.n }, (__, row) => row)
      .filter((row) => !self || row !== q)
      .map((row) => ({
        row,
        d: rowOf(rows, row).reduce((s, v, j) => s + (v - rowOf(queries, q)[j]!) ** 2, 0),
      }))
      .toSorted((a, b) => a.d - b.d)
      .slice(0, k)
      .map(({ row }) => row),
  ).flat();
}
