import fc from "fast-check";
import { expect, test } from "vitest";
import { matrix, mig } from "../../src/evaluate/index.js";
import { codesOf, drawFactors, mapRows } from "./factors.js";
import { difference, reference } from "./reference.js";

const factors = drawFactors(10_000, "mig");

test("a perfect code scores near 1, whatever its names, order, sign and scale", () => {
  const perfect = mig(codesOf.perfect(factors), factors);
  expect(perfect.value).toBeGreaterThan(0.97);
  expect(mig(codesOf.relabelled(factors), factors).value).toBeCloseTo(perfect.value, 3);
});

test("constant, random and duplicated codes score near 0", () => {
  expect(mig(codesOf.constant(factors), factors).value).toBe(0);
  expect(mig(codesOf.random(factors), factors).value).toBeLessThan(0.01);
  expect(mig(codesOf.duplicated(factors), factors).value).toBe(0);
});

test("one factor shared by two codes costs that factor only", () => {
  const { gaps } = mig(
    mapRows(factors, ([kind = 0, ...rest]) => [kind, kind, ...rest]),
    factors,
  );
  expect(gaps[0]).toBe(0);
  expect(Math.min(...gaps.subarray(1))).toBeGreaterThan(0.97);
});

test("more names than bins keep their own: 60 categories are known exactly", () => {
  const many = mapRows(factors, ([kind = 0, a = 0]) => [kind * 6 + Math.floor(a * 6), a]);
  expect(
    mig(
      mapRows(many, ([id = 0, a = 0]) => [(id * 7) % 60, a]),
      many,
    ).information.data[0],
  ).toBeCloseTo(1, 6);
});

test("equals the published definition in numpy with scikit-learn's mutual information", () => {
  const stored = reference.mig;
  const found = mig(matrix(stored.codes), matrix(stored.factors));
  expect(difference(found.information.data, stored.information.flat())).toBeLessThan(1e-6);
  expect(difference(found.gaps, stored.gaps)).toBeLessThan(1e-6);
  expect(found.value).toBeCloseTo(stored.value, 6);
});

test("stays in [0, 1]; renaming categories changes nothing", () => {
  const rows = fc.array(fc.tuple(fc.nat(4), fc.nat(4), fc.nat(2)), { minLength: 2, maxLength: 50 });
  fc.assert(
    fc.property(rows, fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 }), (pictures, names) => {
      fc.pre(new Set(pictures.map(([, , factor]) => factor)).size > 1);
      const truth = matrix(pictures.map(([, , factor]) => [factor]));
      const plain = mig(matrix(pictures.map(([a, b]) => [a, b])), truth).value;
      const renamed = mig(matrix(pictures.map(([a, b]) => [names[a]!, b])), truth).value;
      expect(renamed).toBeCloseTo(plain, 6);
      expect(plain).toBeGreaterThanOrEqual(0);
      expect(plain).toBeLessThanOrEqual(1 + 1e-6);
    }),
  );
});

test("bad input is named", () => {
  const rows = matrix([
    [1, 0.5],
    [2, 0.5],
  ]);
  expect(() => mig(rows, rows)).toThrowErrorMatchingInlineSnapshot(`
    [DataError: mig, factor 1: expected at least two values, received a constant.
      Leave the factor out, or draw more pictures.]
  `);
  expect(() => mig(factors, factors, { bins: 1 })).toThrowErrorMatchingInlineSnapshot(
    `[OptionError: bins: expected an integer of at least 2, received 1.]`,
  );
});
