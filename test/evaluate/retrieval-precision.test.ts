import { expect, test } from "vitest";
import { matrix, retrievalPrecision } from "../../src/evaluate/index.js";
import { features, groups, host, normalRows } from "./features.js";

test("equals scikit-learn's neighbours", async () => {
  const { train, train_labels } = features.knn;
  expect(await retrievalPrecision(matrix(train), train_labels, host)).toBeCloseTo(features.retrieval, 12);
});

test("groups score 1, under any names; random features are at the share of a class", async () => {
  const { rows, labels } = groups(120, 4, "rows");
  expect(await retrievalPrecision(rows, labels, host)).toBe(1);
  const renamed = labels.map((label) => 3 * label + 1);
  expect(await retrievalPrecision(rows, renamed, host)).toBe(1);
  const chance = await retrievalPrecision(normalRows(400, 4, "random"), Array.from({ length: 400 }, (_, i) => i % 4), host); // prettier-ignore
  expect(chance).toBeGreaterThan(0.2);
  expect(chance).toBeLessThan(0.3);
});

test("a class of m rows gives at most (m - 1) / k", async () => {
  const { rows, labels } = groups(24, 4, "rows");
  expect(await retrievalPrecision(rows, labels, host, { k: 10 })).toBeCloseTo(0.5, 12);
});

test("constant features retrieve the first rows, but never the query itself", async () => {
  const still = { data: new Float32Array(4), n: 4, width: 1 };
  expect(await retrievalPrecision(still, [0, 0, 1, 1], host, { k: 1 })).toBe(0.5);
  expect(await retrievalPrecision(still, [0, 1, 1, 1], host, { k: 1 })).toBe(0);
});

test("copied features change nothing; rows without a label neither ask nor answer", async () => {
  const rows = normalRows(50, 2, "rows");
  const labels = Array.from({ length: 50 }, (_, i) => (i * i) % 3);
  const precision = await retrievalPrecision(rows, labels, host, { k: 3 });
  const pairs = Array.from({ length: 50 }, (_, i) => [...rows.data.subarray(2 * i, 2 * i + 2)]);
  expect(await retrievalPrecision(matrix(pairs.map((row) => [...row, ...row])), labels, host, { k: 3 })).toBe(precision); // prettier-ignore
  const more = matrix([...pairs, ...pairs]);
  expect(await retrievalPrecision(more, [...labels, ...labels.map(() => -1)], host, { k: 3 })).toBe(
    precision,
  );
});

test("bad input is named", async () => {
  const { rows, labels } = groups(10, 2, "rows");
  await expect(retrievalPrecision(rows, labels, host)).rejects.toThrowErrorMatchingInlineSnapshot(
    `[OptionError: k: expected an integer in 1 .. 9, received 10.]`,
  );
  await expect(retrievalPrecision(rows, [0], host)).rejects.toThrowErrorMatchingInlineSnapshot(
    `[DataError: retrieval_precision: expected one label per row (-1 where there is none), received 10 rows and 1 labels.]`,
  );
});
