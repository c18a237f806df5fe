import { DataError } from "../errors.js";

/** Rows of numbers: `data` is row-major [n, width], row i is one picture's codes, factors or features. */
export interface Matrix {
  readonly data: Float32Array;
  readonly n: number;
  readonly width: number;
}

/** A matrix from nested rows of equal length; [n][width] -> [n, width]. Throws DataError for ragged rows. */
export function matrix(rows: readonly ArrayLike<number>[]): Matrix {
  const width = rows[0]?.length ?? 0;
  const data = new Float32Array(rows.length * width);
  for (const [i, row] of rows.entries()) {
    if (row.length !== width) {
      throw new DataError({ where: `row ${i}`, expected: `${width} numbers`, received: `${row.length}` });
    }
    data.set(row, i * width);
  }
  return { data, n: rows.length, width };
}

/** Column j of a matrix, copied: [n]. */
export function column({ data, n, width }: Matrix, j: number): Float32Array {
  return Float32Array.from({ length: n }, (_, i) => data[i * width + j]!);
}

/** All columns of a matrix, copied: [width][n]. */
export function columns(rows: Matrix): Float32Array[] {
  return Array.from({ length: rows.width }, (_, j) => column(rows, j));
}

/** [n, width] -> [width, n]. */
export function transpose(rows: Matrix): Matrix {
  return matrix(columns(rows));
}

/**
 * Throws DataError unless the data fill [n, width] with finite numbers; `where` names the score that asks.
 */
export function checkMatrix(where: string, { data, n, width }: Matrix): void {
  if (data.length !== n * width || data.length === 0) {
    throw new DataError({
      where,
      expected: "a matrix with at least one row and column and n * width numbers",
      received: `n ${n}, width ${width} and ${data.length} numbers`,
    });
  }
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad !== -1) {
    throw new DataError({
      where,
      expected: "finite numbers",
      received: `${data[bad]} in row ${Math.floor(bad / width)}, column ${bad % width}`,
      hint: "The encoder produced it: look at the losses of the run.",
    });
  }
}

/** Throws DataError unless codes [n, k] and factors [n, f] are sound and describe the same n pictures. */
export function checkPair(where: string, codes: Matrix, factors: Matrix): void {
  checkMatrix(where, codes);
  checkMatrix(where, factors);
  if (codes.n !== factors.n) {
    throw new DataError({
      where,
      expected: "codes and factors of the same pictures",
      received: `${codes.n} rows of codes and ${factors.n} rows of factors`,
    });
  }
}

/** Throws DataError for a factor that does not vary: nothing can be known about it. factors [n, f]. */
export function checkVaries(where: string, factors: Matrix): void {
  const constant = columns(factors).findIndex((factor) => factor.every((value) => value === factor[0]));
  if (constant === -1) return;
  throw new DataError({
    where: `${where}, factor ${constant}`,
    expected: "at least two values",
    received: "a constant",
    hint: "Leave the factor out, or draw more pictures.",
  });
}

/** Some rows of a matrix, copied, in the order given: [n, width] -> [indices, width]. */
export function selectRows({ data, width }: Matrix, indices: ArrayLike<number>): Matrix {
  const chosen = new Float32Array(indices.length * width);
  for (let i = 0; i < indices.length; i++) {
    const row = indices[i]!;
    chosen.set(data.subarray(row * width, (row + 1) * width), i * width);
  }
  return { data: chosen, n: indices.length, width };
}

/** Throws DataError unless two sets of features have the same number of columns. */
export function checkWidths(where: string, a: Pick<Matrix, "width">, b: Pick<Matrix, "width">): void {
  if (a.width === b.width) return;
  throw new DataError({
    where,
    expected: "features of one width",
    received: `${a.width} and ${b.width} columns`,
    hint: "Both must come from the same layer of the same model.",
  });
}

/** Mean of each column, [width], in double precision. */
export function columnMeans({ data, n, width }: Matrix): Float64Array {
  const sums = new Float64Array(width);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < width; j++) sums[j]! += data[i * width + j]!;
  }
  return sums.map((sum) => sum / n);
}

/** Sum of squares of each row, [n], in double precision. */
export function squaredLengths({ data, n, width }: Matrix): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => {
    let sum = 0;
    for (let at = i * width; at < (i + 1) * width; at++) sum += data[at]! ** 2;
    return sum;
  });
}

/**
 * Copies rows from `first` on, less `mean` [width], into a block [any, width]. What a last block leaves over is 0. Returns
 * how many rows were copied.
 */
export function copyCentred(
  { data, width }: Matrix,
  first: number,
  mean: Float64Array,
  block: Float32Array,
): number {
  const from = data.subarray(first * width, first * width + block.length);
  for (let at = 0; at < from.length; at += width) {
    for (let j = 0; j < width; j++) block[at + j] = from[at + j]! - mean[j]!;
  }
  block.fill(0, from.length);
  return from.length / width;
}
