import { describe, expect, test } from "vitest";
import { type LabelledSplit, linearProbe, matrix } from "../../src/evaluate/index.js";
import { minimise } from "../../src/evaluate/lbfgs.js";
import { features, groupSplit, groups, host, normalRows } from "./features.js";
import { difference } from "./reference.js";

const { knn, probe } = features;
const stored: LabelledSplit = {
  train: matrix(knn.train),
  trainLabels: knn.train_labels,
  test: matrix(knn.test),
  testLabels: knn.test_labels,
};

test.each(probe)("weights, loss and accuracy are scikit-learn's at penalty $penalty", async (fit) => {
  const found = await linearProbe(stored, host, { penalty: fit.penalty, tolerance: 1e-6 });
  expect(found.converged).toBe(true);
  expect(difference(found.weights.data, fit.weights.flat())).toBeLessThan(1e-3);
  expect(difference(found.bias, fit.bias)).toBeLessThan(1e-3);
  expect(found.loss).toBeCloseTo(fit.loss, 5);
  expect(found.value).toBeCloseTo(fit.accuracy, 12);
  expect(found.trainAccuracy).toBeCloseTo(fit.train_accuracy, 12);
});

describe("answers known by thought", () => {
  test("groups score 1; scale and place of a feature do not matter", async () => {
    const split = groupSplit(4);
    const moved = (rows: LabelledSplit["train"]) => ({
      ...rows,
      data: rows.data.map((v, i) => v * 10 ** ((i % 4) - 2) + 5),
    });
    expect((await linearProbe(split, host)).value).toBe(1);
    expect(
      (await linearProbe({ ...split, train: moved(split.train), test: moved(split.test) }, host)).value,
    ).toBe(1);
  });

  test("constant features leave the shares of the classes: the most frequent one is always said", async () => {
    const { train, test } = groupSplit(4);
    const still = (rows: LabelledSplit["train"]) => ({ ...rows, data: rows.data.map(() => 3) });
    const labels = (n: number) => Array.from({ length: n }, (_, i) => Number(i % 3 === 0));
    const found = await linearProbe(
      { train: still(train), trainLabels: labels(120), test: still(test), testLabels: labels(90) },
      host,
      { tolerance: 1e-6 },
    );
    expect(found.value).toBeCloseTo(2 / 3, 12);
    expect(found.loss).toBeCloseTo(Math.log(3) - (2 / 3) * Math.log(2), 5); // the entropy of the shares
    expect([...found.weights.data].every((w) => w === 0)).toBe(true);
  });

  test("two domains of one distribution cannot be told, two apart can", async () => {
    const domains = (n: number) => Array.from({ length: n }, (_, i) => i % 2);
    const [trainLabels, testLabels] = [domains(2000), domains(2000)];
    const same = { train: normalRows(2000, 3, "a"), trainLabels, test: normalRows(2000, 3, "b"), testLabels };
    expect(Math.abs((await linearProbe(same, host)).value - 0.5)).toBeLessThan(0.05);
    expect((await linearProbe(groupSplit(2), host)).value).toBe(1);
  });

  test("a parity is no linear map", async () => {
    const corners = (n: number) => Array.from({ length: n }, (_, i) => [i & 1, (i >> 1) & 1]);
    const parity = (n: number) => corners(n).map(([a = 0, b = 0]) => a ^ b);
    const [train, test] = [matrix(corners(40)), matrix(corners(40))];
    const found = await linearProbe({ train, trainLabels: parity(40), test, testLabels: parity(40) }, host);
    expect(found.loss).toBeCloseTo(Math.log(2), 5);
  });
});

test("rows without a label neither teach nor count", async () => {
  const { rows, labels } = groups(60, 3, "some");
  const some = labels.map((label, i) => (i < 30 ? label : -1));
  const few = { data: rows.data.subarray(0, 90), n: 30, width: 3 };
  const all = await linearProbe(
    { train: few, trainLabels: labels.slice(0, 30), test: few, testLabels: labels.slice(0, 30) },
    host,
  );
  expect(await linearProbe({ train: rows, trainLabels: some, test: rows, testLabels: some }, host)).toEqual(
    all,
  );
});

test("says when it did not converge, and tells each iteration", async () => {
  const told: number[] = [];
  const found = await linearProbe(stored, host, {
    iterations: 2,
    progress: (iteration) => told.push(iteration),
  });
  expect(found).toMatchObject({ iterations: 2, converged: false });
  expect(told).toEqual([1, 2]);
});

test("bad input is named", async () => {
  const split = groupSplit(2);
  await expect(linearProbe(split, host, { penalty: -1 })).rejects.toThrowErrorMatchingInlineSnapshot(
    `[OptionError: penalty: expected a number from 0, received -1.]`,
  );
  await expect(
    linearProbe({ ...split, trainLabels: Array(120).fill(0) }, host),
  ).rejects.toThrowErrorMatchingInlineSnapshot(
    `[DataError: linear_probe: expected at least two classes, received 1.]`,
  );
  await expect(linearProbe({ ...split, test: normalRows(90, 3, "c") }, host)).rejects
    .toThrowErrorMatchingInlineSnapshot(`
    [DataError: linear_probe: expected features of one width, received 2 and 3 columns.
      Both must come from the same layer of the same model.]
  `);
});

test("L-BFGS finds the bottom of a long valley a thousand times as steep one way as another", async () => {
  const steepness = Float64Array.from({ length: 30 }, (_, i) => 10 ** (i / 10));
  const slopeAt = (x: Float64Array) =>
    Promise.resolve({
      value: x.reduce((sum, v, i) => sum + (steepness[i]! * (v - 1) ** 2) / 2, 0),
      gradient: x.map((v, i) => steepness[i]! * (v - 1)),
    });
  const found = await minimise(slopeAt, new Float64Array(30), { tolerance: 1e-6 });
  expect(found.converged).toBe(true);
  expect(found.iterations).toBeLessThan(300); /* gradient descent: thousands */
  expect(Math.max(...found.at.map((v) => Math.abs(v - 1)))).toBeLessThan(1e-6);
});
