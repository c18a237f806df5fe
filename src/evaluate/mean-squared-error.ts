import { DataError } from "../errors.js";

/**
 * Mean of (x - y)^2 over all numbers of two batches of one shape (pictures and their reconstructions, [n, C, H, W]), in
 * squared units of a pixel; lower is better.
 * Throws DataError for different lengths or none at all.
 */
export function meanSquaredError(x: Float32Array, y: Float32Array): number {
  if (x.length !== y.length || x.length === 0) {
    throw new DataError({
      where: "mean_squared_error",
      expected: "two batches of equal length",
      received: `${x.length} and ${y.length} numbers`,
    });
  }
  return x.reduce((sum, v, i) => sum + (v - y[i]!) ** 2, 0) / x.length;
}
