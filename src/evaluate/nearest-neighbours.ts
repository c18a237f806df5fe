import { OptionError } from "../errors.js";
import { checkMatrix, type Matrix } from "./matrix.js";

/** How many rows to search: 4,000 of 196 numbers take about a second, and time grows with the square. */
export const neighbourRows = 4000;

/**
 * The k rows with the greatest cosine to each row, itself excluded: [n, width] -> indices [n, k], nearest
 * first. A row of zeros has cosine 0 with all. Exact, n^2 * width / 2 products; see neighbourRows.
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
      multiplyTile(unit, rows.width, i, j, tile);
      for (let cell = 0; cell < 8; cell++) {
        const row = i + (cell >> 1);
        const other = j + (cell & 1);
        if (other >= row || row >= n) continue; // each pair once, and none of the padding
        offer(row, other, tile[cell]!);
        offer(other, row, tile[cell]!);
      }
    }
  }
  return nearest;
}

/** Rows scaled to length 1 and padded with rows of zeros to a multiple of 4, the height of a tile. */
function normalise({ data, n, width }: Matrix): Float32Array {
  const unit = new Float32Array(Math.ceil(n / 4) * 4 * width);
  for (let i = 0; i < n; i++) {
    const row = data.subarray(i * width, (i + 1) * width);
    const length = Math.sqrt(row.reduce((sum, v) => sum + v * v, 0));
    const scaled = row.map((v) => v / (length || 1));
    unit.set(scaled, i * width);
  }
  return unit;
}

/** Products of rows i .. i+3 with rows j, j+1, [4, 2]: eight sums from six loads; one from two is half as fast. */
function multiplyTile(x: Float32Array, width: number, i: number, j: number, tile: Float64Array): void {
  const i0 = i * width;
  const i1 = i0 + width;
  const i2 = i1 + width;
  const i3 = i2 + width;
  const j0 = j * width;
  const j1 = j0 + width;
  // Plain variables: sums in an array, or destructuring, would leave the registers.
  let s00 = 0,
    s01 = 0,
    s10 = 0,
    s11 = 0,
    s20 = 0,
    s21 = 0,
    s30 = 0,
    s31 = 0;
  for (let t = 0; t < width; t++) {
    const b0 = x[j0 + t]!;
    const b1 = x[j1 + t]!;
    const a0 = x[i0 + t]!;
    const a1 = x[i1 + t]!;
    const a2 = x[i2 + t]!;
    const a3 = x[i3 + t]!;
    s00 += a0 * b0;
    s01 += a0 * b1;
    s10 += a1 * b0;
    s11 += a1 * b1;
    s20 += a2 * b0;
    s21 += a2 * b1;
    s30 += a3 * b0;
    s31 += a3 * b1;
  }
  tile.set([s00, s01, s10, s11, s20, s21, s30, s31]);
}
