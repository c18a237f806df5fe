import fc from "fast-check";
import { expect, test } from "vitest";
import { codeEntropy, matrix } from "../../src/evaluate/index.js";

const oneHot = (code: number) => [0, 1, 2, 3].map((j) => Number(j === code));

test("sure and balanced; sure and collapsed; unsure", () => {
  expect(codeEntropy(matrix([0, 1, 2, 3].map(oneHot)))).toEqual({ balance: 1, conditional: 0 });
  expect(codeEntropy(matrix([2, 2, 2].map(oneHot)))).toEqual({ balance: 0, conditional: 0 });
  expect(codeEntropy(matrix([[0.25, 0.25, 0.25, 0.25]]))).toEqual({ balance: 1, conditional: 1 });
});

test("two of four codes are half of the bits", () => {
  expect(codeEntropy(matrix([oneHot(0), oneHot(3)])).balance).toBeCloseTo(0.5, 12);
  expect(codeEntropy(matrix([oneHot(0), [0, 0.5, 0.5, 0]])).conditional).toBeCloseTo(0.25, 12);
});

test("0 <= conditional <= balance <= 1 (information is not negative)", () => {
  const row = fc.array(fc.integer({ min: 1, max: 99 }), { minLength: 3, maxLength: 3 });
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 20 }), (weights) => {
      const rows = weights.map((w) => w.map((v) => v / w.reduce((a, b) => a + b)));
      const { balance, conditional } = codeEntropy(matrix(rows));
      expect(conditional).toBeGreaterThanOrEqual(0);
      expect(conditional).toBeLessThanOrEqual(balance + 1e-6);
      expect(balance).toBeLessThanOrEqual(1);
    }),
  );
});

test("bad input is named", () => {
  expect(() => codeEntropy(matrix([[1], [1]]))).toThrowErrorMatchingInlineSnapshot(
    `[DataError: code_entropy: expected at least two codes, received 1.]`,
  );
  expect(() =>
    codeEntropy(
      matrix([
        [0.5, 0.5],
        [2, -1],
      ]),
    ),
  ).toThrowErrorMatchingInlineSnapshot(`
    [DataError: code_entropy, row 1: expected probabilities that sum to 1, received a least value of -1 and a sum of 1.
      Take the softmax of the logits first.]
  `);
  expect(() => codeEntropy(matrix([[3, 1]]))).toThrowErrorMatchingInlineSnapshot(`
    [DataError: code_entropy, row 0: expected probabilities that sum to 1, received a least value of 1 and a sum of 4.
      Take the softmax of the logits first.]
  `);
});
