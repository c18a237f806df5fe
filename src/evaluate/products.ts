/** Sum of the products of two lists of equal length. */
export function dot(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]! * y[i]!;
  return sum;
}

/** x += factor * y, in place. */
export function addTimes(x: Float64Array, y: Float64Array | Float32Array, factor: number): void {
  for (let i = 0; i < x.length; i++) x[i]! += factor * y[i]!;
}

/**
 * Adds the product of every row of a with every row of b: a [n, width], b [m, width] -> sums [n, m] += a b^T, in double
 * precision, about a thousand million products a second. With `a` and `b` the same, only j <= i is filled.
 */
export function addRowProducts(a: Float64Array, b: Float64Array, width: number, sums: Float64Array): void {
  const [n, m] = [a.length / width, b.length / width];
  const tile = new Float64Array(8);
  for (let i = 0; i < n; i += 4) {
    const rows = Math.min(4, n - i);
    const columns = a === b ? i + rows : m;
    for (let j = 0; j < columns; j += 2) {
      multiplyTile(a, b, width, i, j, tile);
      for (let cell = 0; cell < 8; cell++) {
        const [row, column] = [i + (cell >> 1), j + (cell & 1)];
        if (row < n && column < m) sums[row * m + column]! += tile[cell]!;
      }
    }
  }
}

/**
 * Products of rows i .. i+3 of a with rows j, j+1 of b, [4, 2]: eight sums from six loads; one from two is half as fast. Rows beyond
 * the last are read as the last.
 */
export function multiplyTile(
  a: Float64Array,
  b: Float64Array,
  width: number,
  i: number,
  j: number,
  tile: Float64Array,
): void {
  const [lastA, lastB] = [a.length - width, b.length - width];
  const i0 = i * width;
  const i1 = Math.min(i0 + width, lastA);
  const i2 = Math.min(i1 + width, lastA);
  const i3 = Math.min(i2 + width, lastA);
  const j0 = j * width;
  const j1 = Math.min(j0 + width, lastB);
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
    const b0 = b[j0 + t]!;
    const b1 = b[j1 + t]!;
    const a0 = a[i0 + t]!;
    const a1 = a[i1 + t]!;
    const a2 = a[i2 + t]!;
    const a3 = a[i3 + t]!;
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
