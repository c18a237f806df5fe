import { hostRandom } from "../engine/random.js";
import { type Eigen, symmetricEigen } from "./eigen.js";
import { addRowProducts, addTimes, dot } from "./products.js";

/** Vectors beyond those asked for: the search then does not depend on the gap behind the last one. */
const spare = 8;
/** Blocks of a basis: a start and its products with the matrix, one after the other. */
const blocks = 4;
/** Converged when |C v - value v| is no larger than this share of the greatest value. */
const tolerance = 1e-8;
const rounds = 100;

/**
 * The `count` greatest eigenvalues of a symmetric matrix [size, size] without negative ones, and their vectors, by block
 * Lanczos with restarts (Golub & Van Loan 2013, section 10.3.6): few products with the matrix, where all of its
 * eigenvectors would take size^3 steps. The start is drawn from a fixed seed: same matrix, same answer.
 */
export function leadingEigen(
  matrix: Float64Array,
  size: number,
  count: number,
  progress: (round: number) => void = () => {},
): Eigen {
  const width = count + spare;
  if (blocks * width >= size) return first(symmetricEigen(matrix, size), size, count);
  const random = hostRandom(0, "leading eigenvectors");
  let start: Float64Array = Float64Array.from({ length: width * size }, random.normal);
  for (let round = 1; ; round++) {
    const { basis, images } = krylov(matrix, size, start);
    const small = new Float64Array((basis.length / size) ** 2);
    addRowProducts(basis, images, size, small);
    const { values, vectors } = symmetricEigen(small, basis.length / size);
    const found = first({ values, vectors }, basis.length / size, width);
    start = combine(found.vectors, basis, size);
    progress(round);
    if (round === rounds || worst(found, start, combine(found.vectors, images, size), count) <= tolerance)
      return first({ values, vectors: start }, size, count);
  }
}

function first({ values, vectors }: Eigen, size: number, count: number): Eigen {
  return { values: values.slice(0, count), vectors: vectors.slice(0, count * size) };
}

/** An orthonormal basis of start, C start, C^2 start, ..., and its product with C. */
function krylov(matrix: Float64Array, size: number, start: Float64Array) {
  let basis = new Float64Array();
  let images = basis;
  let last = start;
  for (let b = 0; b < blocks; b++) {
    const added = orthonormal(last, basis, size);
    last = new Float64Array(added.length);
    addRowProducts(added, matrix, size, last);
    [basis, images] = [joined(basis, added), joined(images, last)];
  }
  return { basis, images };
}

/** What rows add to an orthonormal basis: Gram-Schmidt, twice for rounding; rows that add nothing are left out. */
function orthonormal(rows: Float64Array, basis: Float64Array, size: number): Float64Array {
  const all = joined(basis, rows);
  let end = basis.length;
  for (let at = 0; at < rows.length; at += size) {
    const row = rows.slice(at, at + size);
    const before = Math.sqrt(dot(row, row));
    for (let pass = 0; pass < 2; pass++) {
      for (let other = 0; other < end; other += size) {
        const known = all.subarray(other, other + size);
        addTimes(row, known, -dot(row, known));
      }
    }
    const length = Math.sqrt(dot(row, row));
    if (length <= 1e-12 * before) continue;
    all.set(
      row.map((v) => v / length),
      end,
    );
    end += size;
  }
  return all.slice(basis.length, end);
}

/** Sums of rows [m, size] with given weights [n, m]. */
function combine(weights: Float64Array, rows: Float64Array, size: number): Float64Array {
  const m = rows.length / size;
  const sums = new Float64Array((weights.length / m) * size);
  for (const [at, weight] of weights.entries()) {
    const row = (at % m) * size;
    const sum = Math.floor(at / m) * size;
    addTimes(sums.subarray(sum, sum + size), rows.subarray(row, row + size), weight);
  }
  return sums;
}

/** The largest |C v - value v| of the vectors asked for, as a share of the greatest value. */
function worst({ values }: Eigen, vectors: Float64Array, images: Float64Array, count: number): number {
  const size = vectors.length / values.length;
  let most = 0;
  for (let i = 0; i < count; i++) {
    const error = images.slice(i * size, (i + 1) * size);
    addTimes(error, vectors.subarray(i * size, (i + 1) * size), -values[i]!);
    most = Math.max(most, Math.sqrt(dot(error, error)));
  }
  return most === 0 ? 0 : most / values[0]!;
}

function joined(one: Float64Array, other: Float64Array): Float64Array<ArrayBuffer> {
  const both = new Float64Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}
