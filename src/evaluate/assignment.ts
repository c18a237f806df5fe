import { munkres } from "munkres";
import type { Matrix } from "./matrix.js";

/**
 * The one-to-one matching of rows and columns with the greatest sum of scores (Hungarian method; Kuhn 1955).
 * scores [n, width], any sign, n and width may differ -> [n]: the column of each row, -1 for rows left over
 * when n > width.
 */
export function bestAssignment({ data, n, width }: Matrix): Int32Array {
  const costs = Array.from({ length: n }, (_, i) => data.subarray(i * width, (i + 1) * width).map((s) => -s));
  const matching = new Int32Array(n).fill(-1);
  for (const [row, chosen] of munkres(costs)) matching[row] = chosen;
  return matching;
}
