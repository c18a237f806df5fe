import { defaultBins, discretise } from "./discretise.js";
import { checkPair, columns, type Matrix } from "./matrix.js";

/** Where the score gets codes from: draw pictures, encode them. */
export interface FactorSampler {
  /** Number of factors, f. */
  readonly factors: number;
  /** Codes [count, k] of pictures whose factors all vary. */
  varied(count: number): Matrix | Promise<Matrix>;
  /**
   * Codes [count, k] of pictures that share the value of `factor` at quantile `at` in [0, 1); the other
   * factors vary.
   */
  fixed(factor: number, at: number, count: number): Matrix | Promise<Matrix>;
}

/**
 * A sampler for data that cannot be drawn to order: from codes [n, k] and factors [n, f] of a large sample it
 * takes, with replacement, rows whose factor falls into one bin (categories: one value; continuous: one of
 * `bins` equal widths, so "fixed" leaves 1/400 of a uniform factor's variance at 20 bins).
 * Throws DataError for matrices that do not fit.
 */
export function pooledSampler(
  codes: Matrix,
  factors: Matrix,
  random: () => number,
  bins = defaultBins,
): FactorSampler {
  checkPair("factorvae_score", codes, factors);
  const everyone = Int32Array.from({ length: codes.n }, (_, row) => row);
  const pools = columns(factors).map((values) => {
    const { ids, count } = discretise(values, bins);
    const alike = Array.from({ length: count }, (): number[] => []);
    for (const row of everyone) alike[ids[row]!]!.push(row);
    return { ids, alike, ordered: alike.flat() };
  });
  const draw = (rows: ArrayLike<number>, count: number): Matrix => {
    const data = new Float32Array(count * codes.width);
    for (let i = 0; i < count; i++) {
      const row = rows[Math.floor(random() * rows.length)]!;
      data.set(codes.data.subarray(row * codes.width, (row + 1) * codes.width), i * codes.width);
    }
    return { data, n: count, width: codes.width };
  };
  return {
    factors: factors.width,
    varied: (count) => draw(everyone, count),
    fixed: (factor, at, count) => {
      const { ids, alike, ordered } = pools[factor]!;
      const row = ordered[Math.floor(at * codes.n)]!;
      return draw(alike[ids[row]!]!, count);
    },
  };
}
