import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hostRandom } from "../../src/engine/random.js";
import { completeness, dci, disentanglement, type Matrix, matrix } from "../../src/evaluate/index.js";
import { codesOf, drawFactors, mapRows } from "./factors.js";
import { difference, reference } from "./reference.js";

const factors = drawFactors(2000, "dci");
const draws = () => hostRandom(1, "dci").uniform;
const score = (codes: Matrix) => dci(codes, factors, draws());

test("a perfect code scores near 1 in all three, whatever its names, order, sign and scale", () => {
  for (const codes of [codesOf.perfect(factors), codesOf.relabelled(factors)]) {
    const { disentanglement, completeness, informativeness } = score(codes);
    expect(disentanglement).toBeGreaterThan(0.99);
    expect(completeness).toBeGreaterThan(0.99);
    expect(informativeness).toBeGreaterThan(0.97);
    expect(informativeness).toBeLessThanOrEqual(1);
  }
});

test("a constant code scores 0 in all three, a random one explains nothing", () => {
  const constant = score(codesOf.constant(factors));
  expect([constant.disentanglement, constant.completeness, constant.informativeness]).toEqual([0, 0, 0]);
  expect(score(codesOf.random(factors)).informativeness).toBe(0);
});

test("two codes for every factor: still disentangled, no longer complete", () => {
  const { disentanglement, completeness, informativeness } = score(codesOf.duplicated(factors));
  expect(disentanglement).toBeGreaterThan(0.99);
  expect(completeness).toBeGreaterThan(0.6); // 1 - log 2 / log 8 = 0.67 where both are used alike
  expect(completeness).toBeLessThan(0.75);
  expect(informativeness).toBeGreaterThan(0.97);
});

test("two factors in one code: less disentangled than complete", () => {
  const pair = mapRows(factors, ([, a = 0, b = 0]) => [a, b]);
  const mixed = mapRows(pair, ([a = 0, b = 0]) => [Math.round(a * 4) + (b + 1) / 2 - 0.01, 0.5]);
  const found = dci(mixed, pair, draws());
  expect(found.disentanglement).toBeLessThan(0.1);
  expect(found.completeness).toBeGreaterThan(0.99);
});

test("noise takes from informativeness what theory says", () => {
  const noise = hostRandom(1, "noise");
  const codes = mapRows(factors, (row) =>
    [...row].map((v, j) => (j === 1 ? v + noise.normal() / Math.sqrt(12) : v)),
  );
  // Equal variances of signal and noise: the best regression explains about half of factor 1 (a line: exactly half).
  const share = score(codes).importance.data[1 * 4 + 1];
  expect(share).toBeGreaterThan(0.42);
  expect(share).toBeLessThan(0.58);
});

test("neither the names of categories nor the unit and offset of a factor matter", () => {
  const noise = hostRandom(1, "noise");
  const truth = mapRows(factors, ([kind = 0, a = 0]) => [kind + a, a]);
  const codes = mapRows(truth, ([mean = 0, a = 0]) => [
    Math.floor(mean),
    mean + 2 * noise.normal(),
    a + noise.normal(),
  ]);
  const renamed = mapRows(codes, ([kind = 0, ...rest]) => [(kind * 7 + 3) % 10, ...rest]);
  const moved = mapRows(truth, ([mean = 0, a = 0]) => [3e4 + mean, 0.01 * a]);
  const scores = [dci(codes, truth, draws()), dci(renamed, truth, draws()), dci(codes, moved, draws())];
  const [plain, ...others] = scores.map(({ importance }) => [...importance.data]);
  for (const other of others) expect(difference(other, plain!)).toBeLessThan(0.01);
});

test("same random numbers, same scores; others, nearly the same", () => {
  const codes = mapRows(factors, ([kind = 0, a = 0, b = 0, c = 0]) => [kind + a, a + b, b, c + 9 * a]);
  const first = score(codes);
  expect(score(codes)).toEqual(first);
  const other = dci(codes, factors, hostRandom(2, "dci").uniform);
  expect(other.importance.data).not.toEqual(first.importance.data);
  expect(Math.abs(other.disentanglement - first.disentanglement)).toBeLessThan(0.05);
});

describe("the two formulas on a given importance", () => {
  test("equal numpy and scipy", () => {
    const importance = matrix(reference.dci.importance);
    expect(disentanglement(importance)).toBeCloseTo(reference.dci.disentanglement, 6);
    expect(completeness(importance)).toBeCloseTo(reference.dci.completeness, 6);
  });

  test("a permutation scores 1, a flat matrix 0, none at all 0", () => {
    for (const formula of [disentanglement, completeness]) {
      expect(
        formula(
          matrix([
            [0, 2, 0],
            [5, 0, 0],
            [0, 0, 1],
          ]),
        ),
      ).toBeCloseTo(1, 12);
      expect(
        formula(
          matrix([
            [2, 2],
            [2, 2],
            [2, 2],
          ]),
        ),
      ).toBeCloseTo(0, 6);
      expect(
        formula(
          matrix([
            [0, 0],
            [0, 0],
          ]),
        ),
      ).toBe(0);
    }
  });

  test("stay in [0, 1] and do not depend on the order of codes or factors", () => {
    const row = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(row, { minLength: 2, maxLength: 6 }), (rows) => {
        const turned = matrix(rows.toReversed().map((r) => r.toReversed()));
        for (const formula of [disentanglement, completeness]) {
          const value = formula(matrix(rows));
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(1);
          expect(formula(turned)).toBeCloseTo(value, 6);
        }
      }),
    );
  });
});

test("bad input is named", () => {
  const random = draws();
  const one = mapRows(factors, ([kind = 0]) => [kind]);
  expect(() => dci(one, factors, random)).toThrowErrorMatchingInlineSnapshot(
    `[DataError: dci: expected at least two codes, received 1.]`,
  );
  expect(() => dci(factors, one, random)).toThrowErrorMatchingInlineSnapshot(
    `[DataError: dci: expected at least two factors, received 1.]`,
  );
  expect(() => dci(factors, codesOf.constant(factors), random)).toThrowErrorMatchingInlineSnapshot(`
    [DataError: dci, factor 0: expected at least two values, received a constant.
      Leave the factor out, or draw more pictures.]
  `);
  expect(() => dci(factors, factors, random, { trees: 0 })).toThrowErrorMatchingInlineSnapshot(
    `[OptionError: trees: expected an integer of at least 1, received 0.]`,
  );
});
