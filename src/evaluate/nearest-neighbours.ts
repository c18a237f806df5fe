import { OptionError } from "../errors.js";
import { checkMatrix, type Matrix } from "./matrix.js";
import { multiplyTile } from "./products.js";

/**
 * The k rows with the greatest cosine to each row, itself excluded: [n, width] -> indices [n, k], nearest
 * first. A row of zeros has cosine 0 with all. Exact, n^2 * width / 2 products: 4,000 rows of 196 numbers take about a second.
 * Throws OptionError unless 1 <= k < n, DataError for numbers that are not finite.
 */
export function nearestNeighbours(rows: Matrix, k: number): Uint32Array {
  checkMatrix("neighbour_agreement", rows);
  const { n } = rows;
  if (!Number.isInteger(k) || k < 1 || k >= n) {
    throw new OptionError({
      where: "k",
      expected: `an integer in 1 .. ${n - 1} for ${n} rows`,
      received: `${k}`,
    });
  }
  const nearest = new Uint32Array(n * k);
  const cosines = new Float64Array(n * k).fill(-Infinity);
  /** Enters `other` into the sorted list of `row` if it is nearer than the last there. */
  const offer = (row: number, other: number, cosine: number): void => {
    const first = row * k;
    let at = first + k - 1;
    if (cosine <= cosines[at]!) return;
    for (; at > first && cosines[at - 1]! < cosine; at--) {
      cosines[at] = cosines[at - 1]!;
      nearest[at] = nearest[at - 1]!;
    }
    cosines[at] = cosine;
    nearest[at] = other;
  };
  const unit = normalise(rows);
  const tile = new Float64Array(8);
  for (let i = 0; i < n; i += 4) {
    for (let j = 0; j < Math.min(i + 4, n); j += 2) {
      multiplyTile(unit, unit, rows.width, i, j, tile);
      for (let cell = 0; cell < 8; cell++) {
        const row = i + (cell >> 1);
        const other = j + (cell & 1);
        if (other >= row || row >= n) continue; // each pair once, and none beyond the last row
        offer(row, other, tile[cell]!);
        offer(other, row, tile[cell]!);
      }
    }
  }
  return nearest;
}

/** Rows scaled to length 1. */
function normalise({ data, n, width }: Matrix): Float64Array {
  const unit = new Float64Array(n * width);
  for (let i = 0; i < n; i++) {
    const row = data.subarray(i * width, (i + 1) * width);
    const length = Math.sqrt(row.reduce((sum, v) => sum + v * v, 0));
    const scaled = row.map((v) => v / (length || 1));
    unit.set(scaled, i * width);
  }
  return unit;
}
