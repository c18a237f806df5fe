import { OptionError } from "../errors.js";
import { type Gaussian, gaussian } from "./gaussian.js";
import { symmetricEigen } from "./eigen.js";
import { type Matrix, checkWidths, selectRows } from "./matrix.js";
import { addRowProducts } from "./products.js";

/** How far two sets of features are apart, as normal distributions. */
export interface FrechetDistance {
  /** At least 0, in squared units of the features; lower is better. */
  readonly value: number;
  /** Rows of either side: the distance falls as they grow, so compare only equal ones. */
  readonly n: readonly [number, number];
}

/**
 * |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)): the Frechet distance of two normal distributions, Heusel et al. 2017,
 * arXiv:1706.08500, eq. 6, from `gaussian` of either set of features. Its root's trace is that of the symmetric
 * (C1^(1/2) C2 C1^(1/2))^(1/2), which is real; eigenvalues that rounding left below 0 count as 0.
 * Throws DataError for features of different widths.
 */
export function frechetDistance(one: Gaussian, other: Gaussian): FrechetDistance {
  const { width } = one;
  checkWidths("frechet_distance", one, other);
  let value = -2 * rootTrace(one.covariance, other.covariance, width);
  for (let i = 0; i < width; i++) {
    value += (one.mean[i]! - other.mean[i]!) ** 2;
    value += one.covariance[i * width + i]! + other.covariance[i * width + i]!;
  }
  return { value: Math.max(0, value), n: [one.n, other.n] };
}

/**
 * tr (C1 C2)^(1/2). With C1 = V^T L V the eigenvalues of C1^(1/2) C2 C1^(1/2) are those of L^(1/2) V C2 V^T L^(1/2).
 */
function rootTrace(c1: Float64Array, c2: Float64Array, width: number): number {
  const { values, vectors } = symmetricEigen(c1, width);
  const scaled = vectors.map((v, at) => v * Math.sqrt(Math.max(0, values[Math.floor(at / width)]!)));
  const half = new Float64Array(width * width);
  addRowProducts(scaled, c2, width, half);
  const whole = new Float64Array(width * width);
  addRowProducts(half, scaled, width, whole);
  return symmetricEigen(whole, width).values.reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0);
}

/**
 * The distance that chance alone makes: between two sets of n rows each, drawn from the same features without
 * repetition. Compare a model's distance at that n with it. `random` in [0, 1) draws; n is half of the rows where not
 * given.
 * Throws OptionError unless 2 <= n <= half of the rows.
 */
export function frechetFloor(
  features: Matrix,
  random: () => number,
  n = Math.floor(features.n / 2),
): FrechetDistance {
  const half = Math.floor(features.n / 2);
  if (!Number.isInteger(n) || n < 2 || n > half) {
    throw new OptionError({ where: "n", expected: `an integer in 2 .. ${half}`, received: `${n}` });
  }
  const order = Array.from({ length: features.n }, (_, i) => i);
  for (let i = 0; i < 2 * n; i++) {
    const j = i + Math.floor(random() * (order.length - i)); // Fisher-Yates, as far as needed
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  const part = (from: number) => gaussian(selectRows(features, order.slice(from, from + n)));
  return frechetDistance(part(0), part(n));
}
