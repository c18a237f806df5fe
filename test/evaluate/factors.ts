import { hostRandom } from "../../src/engine/random.js";
import { type Matrix, matrix } from "../../src/evaluate/index.js";

/** A dummy data set that is its own factors: a class of 10 and three continuous ones, [n, 4]. */
export function drawFactors(n: number, name: string): Matrix {
  const random = hostRandom(1, name);
  return matrix(
    Array.from({ length: n }, () => [
      random.integer(10),
      random.uniform(),
      random.uniform() * 2 - 1,
      random.uniform() * 50,
    ]),
  );
}

/** A matrix whose rows are made from the rows of another. */
export function mapRows(rows: Matrix, change: (row: Float32Array) => number[]): Matrix {
  const { data, n, width } = rows;
  return matrix(Array.from({ length: n }, (_, i) => change(data.subarray(i * width, (i + 1) * width))));
}

/** Codes whose worth is known by thought. */
export const codesOf = {
  perfect: (factors: Matrix) => factors,
  /** Renamed classes, codes in another order, of other sign, scale and shape. */
  relabelled: (factors: Matrix) =>
    mapRows(factors, ([kind = 0, a = 0, b = 0, c = 0]) => [3 - 2 * c, (kind * 7 + 3) % 10, 0.1 * a, -b]),
  constant: (factors: Matrix) => mapRows(factors, () => [1, 0.3, 0.1, 7]),
  /** Nothing to do with the factors. */
  random: (factors: Matrix) => drawFactors(factors.n, "unrelated"),
  /** Every factor held by two codes. */
  duplicated: (factors: Matrix) => mapRows(factors, (row) => [...row, ...row]),
};
