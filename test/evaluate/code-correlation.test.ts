import fc from "fast-check";
import { expect, test } from "vitest";
import { codeCorrelation, matrix } from "../../src/evaluate/index.js";
import { drawFactors, mapRows } from "./factors.js";
import { difference, reference } from "./reference.js";

const factors = mapRows(drawFactors(2000, "correlation"), ([, slant = 0, thickness = 0, size = 0]) => [
  slant,
  thickness,
  size,
]);

test("codes of other order, sign and scale are found", () => {
  const codes = mapRows(factors, ([a = 0, b = 0, c = 0]) => [-b, 5 * c + 1, a / 9]);
  const found = codeCorrelation(codes, factors);
  expect([...found.matching]).toEqual([2, 0, 1]);
  expect(difference(found.matched, [1, 1, 1])).toBeLessThan(1e-6);
  expect(found.value).toBeCloseTo(1, 6);
});

test("a constant code correlates with nothing, a random one hardly", () => {
  const codes = mapRows(drawFactors(2000, "noise"), ([, noise = 0]) => [0.1, noise]);
  const { correlations, value } = codeCorrelation(codes, factors);
  expect([...correlations.data.subarray(0, 3)]).toEqual([0, 0, 0]);
  expect(value).toBeLessThan(0.05);
});

test("a code can stand for one factor only; factors left over have none", () => {
  const codes = mapRows(factors, ([a = 0]) => [a]);
  const found = codeCorrelation(codes, factors);
  expect([...found.matching]).toEqual([0, -1, -1]);
  expect([...found.matched.subarray(1)]).toEqual([0, 0]);
  expect(found.value).toBeCloseTo(1, 6);
});

test("equals numpy and scipy", () => {
  const stored = reference.code_correlation;
  const found = codeCorrelation(matrix(stored.codes), matrix(stored.factors));
  expect(difference(found.correlations.data, stored.correlations.flat())).toBeLessThan(1e-6);
  expect([...found.matching]).toEqual(stored.matching);
  expect(found.value).toBeCloseTo(stored.value, 6);
});

test("a line through a code changes nothing", () => {
  const number = fc.integer({ min: -50, max: 50 });
  const rows = fc.array(fc.tuple(number, number, number, number), { minLength: 3, maxLength: 30 });
  fc.assert(
    fc.property(rows, fc.constantFrom(-3, -1, 0.5, 4), number, (values, slope, offset) => {
      const truth = matrix(values.map((row) => row.slice(2)));
      const plain = codeCorrelation(matrix(values.map((row) => row.slice(0, 2))), truth);
      const moved = codeCorrelation(matrix(values.map(([a, b]) => [slope * a + offset, b])), truth);
      expect(difference(moved.correlations.data, [...plain.correlations.data])).toBeLessThan(1e-5);
    }),
  );
});

test("bad input is named", () => {
  expect(() => codeCorrelation(matrix([[1], [2]]), matrix([[1]]))).toThrowErrorMatchingInlineSnapshot(
    `[DataError: code_correlation: expected codes and factors of the same pictures, received 2 rows of codes and 1 rows of factors.]`,
  );
  expect(() => codeCorrelation(matrix([[1, NaN]]), matrix([[1]]))).toThrowErrorMatchingInlineSnapshot(`
    [DataError: code_correlation: expected finite numbers, received NaN in row 0, column 1.
      The encoder produced it: look at the losses of the run.]
  `);
  expect(() => codeCorrelation(matrix([]), matrix([[1]]))).toThrowErrorMatchingInlineSnapshot(
    `[DataError: code_correlation: expected a matrix with at least one row and column and n * width numbers, received n 0, width 0 and 0 numbers.]`,
  );
  expect(() => matrix([[1, 2], [3]])).toThrowErrorMatchingInlineSnapshot(
    `[DataError: row 1: expected 2 numbers, received 1.]`,
  );
});
