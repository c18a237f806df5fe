import fc from "fast-check";
import { expect, test } from "vitest";
import { hostRandom } from "../../src/engine/random.js";
import { clusterAccuracy, confusion, nmi } from "../../src/evaluate/index.js";
import { reference } from "./reference.js";

const labels = Array.from({ length: 1000 }, (_, i) => i % 10);

test("a renamed perfect code scores 1, and the matching says how it was renamed", () => {
  const table = confusion(
    labels.map((label) => (label * 3 + 4) % 10),
    labels,
    10,
    10,
  );
  expect(clusterAccuracy(table).value).toBe(1);
  expect([...clusterAccuracy(table).matching]).toEqual([2, 9, 6, 3, 0, 7, 4, 1, 8, 5]);
  expect(nmi(table)).toBeCloseTo(1, 12);
});

test("a constant code is right for one class and knows nothing", () => {
  const table = confusion(
    labels.map(() => 4),
    labels,
    10,
    10,
  );
  expect(clusterAccuracy(table).value).toBe(0.1);
  expect(nmi(table)).toBe(0);
});

test("a random code is about chance", () => {
  const random = hostRandom(1, "code");
  const table = confusion(
    labels.map(() => random.integer(10)),
    labels,
    10,
    10,
  );
  expect(clusterAccuracy(table).value).toBeLessThan(0.2);
  expect(nmi(table)).toBeLessThan(0.05);
});

test("a class split over two codes counts once; two classes in one code count once", () => {
  const split = clusterAccuracy(confusion([0, 1, 2, 2], [0, 0, 1, 1], 3, 2));
  expect(split.value).toBe(0.75);
  expect([...split.matching].filter((label) => label === -1)).toHaveLength(1);
  expect(clusterAccuracy(confusion([0, 0, 1, 1], [0, 1, 2, 2], 2, 3)).value).toBe(0.75);
});

test("two constants agree perfectly, as in scikit-learn", () => {
  expect(nmi(confusion([1, 1], [0, 0], 2, 2))).toBe(1);
});

test.each(reference.clusters)("equals scipy and scikit-learn: $codes codes, $classes classes", (stored) => {
  const table = confusion(stored.assignment, stored.labels, stored.codes, stored.classes);
  expect([...table.counts]).toEqual(stored.counts.flat());
  expect(clusterAccuracy(table).value).toBeCloseTo(stored.cluster_accuracy, 12);
  expect(nmi(table)).toBeCloseTo(stored.nmi, 12);
});

const pairs = fc.array(fc.tuple(fc.nat(5), fc.nat(3)), { minLength: 1, maxLength: 60 });

test("renaming the codes changes nothing, and both stay in [0, 1]", () => {
  fc.assert(
    fc.property(pairs, fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6 }), (pictures, names) => {
      const truth = pictures.map(([, label]) => label);
      const codes = pictures.map(([code]) => code);
      const table = confusion(codes, truth, 6, 4);
      const renamed = confusion(
        codes.map((code) => names[code]!),
        truth,
        6,
        4,
      );
      expect(clusterAccuracy(renamed).value).toBe(clusterAccuracy(table).value);
      expect(nmi(renamed)).toBeCloseTo(nmi(table), 12);
      for (const value of [clusterAccuracy(table).value, nmi(table)]) {
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(1);
      }
    }),
  );
});

test("pictures without a label are ignored", () => {
  const table = confusion([0, 1, 1, 0], [0, 1, -1, -1], 2, 2);
  expect(table.total).toBe(2);
  expect([...table.counts]).toEqual([1, 0, 0, 1]);
});

test("bad input is named", () => {
  expect(() => confusion([0, 1], [0], 2, 2)).toThrowErrorMatchingInlineSnapshot(
    `[DataError: confusion: expected one label per assignment (-1 where there is none), received 2 assignments and 1 labels.]`,
  );
  expect(() => confusion([0, 2], [0, 1], 2, 2)).toThrowErrorMatchingInlineSnapshot(
    `[DataError: assignment of picture 1: expected an integer in 0 .. 1, received 2.]`,
  );
  expect(() => confusion([0, 1], [0, 1.5], 2, 2)).toThrowErrorMatchingInlineSnapshot(
    `[DataError: label of picture 1: expected an integer in 0 .. 1, received 1.5.]`,
  );
  expect(() => confusion([0, 1], [0, -2], 2, 2)).toThrowErrorMatchingInlineSnapshot(
    `[DataError: label of picture 1: expected an integer in 0 .. 1, received -2.]`,
  );
  expect(() => clusterAccuracy(confusion([0], [-1], 2, 2))).toThrowErrorMatchingInlineSnapshot(`
    [DataError: cluster_accuracy: expected at least one labelled picture, received none.
      Without labels use neighbour_agreement and code_entropy.]
  `);
  expect(() => nmi(confusion([], [], 2, 2))).toThrowErrorMatchingInlineSnapshot(`
    [DataError: nmi: expected at least one labelled picture, received none.
      Without labels use neighbour_agreement and code_entropy.]
  `);
});
