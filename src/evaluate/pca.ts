import { OptionError } from "../errors.js";
import { matmul, placeholder, transpose } from "../engine/ops/index.js";
import type { Host } from "../engine/runtime/host.js";
import { bindGraph } from "./bound-graph.js";
import { gaussianOn } from "./gaussian.js";
import { leadingEigen } from "./leading-eigen.js";
import { checkMatrix, checkWidths, copyCentred, type Matrix } from "./matrix.js";

/** The k directions in which rows [n, d] vary most, for `applyPca`. */
export interface Pca {
  /** [d]: the mean of the rows it was fitted on. */
  readonly mean: Float64Array;
  /** [k, d]: unit vectors, that of the greatest variance first. */
  readonly components: Matrix;
  /** [k]: variance along each, over n - 1. */
  readonly variances: Float64Array;
  /** [k]: that as a share of all variance; 0 where nothing varies. */
  readonly shares: Float64Array;
}

/**
 * The k principal components of rows [n, d], n >= 2 (Pearson 1901): eigenvectors of their covariance with the greatest
 * eigenvalues. The element of each that is greatest in size is positive, so that signs do not depend on chance.
 * `progress` is called with the share of the covariance that is done, in (0, 1].
 * Throws OptionError unless 1 <= k <= d, DataError for a single row or numbers that are not finite.
 */
export async function fitPca(
  rows: Matrix,
  k: number,
  host: Host,
  progress: (share: number) => void = () => {},
): Promise<Pca> {
  const { width } = rows;
  if (!Number.isInteger(k) || k < 1 || k > width) {
    throw new OptionError({
      where: "components",
      expected: `an integer in 1 .. ${width}`,
      received: `${k}`,
    });
  }
  const { mean, covariance } = await gaussianOn(host, rows, progress);
  const { values, vectors } = leadingEigen(covariance, width, k);
  const data = Float32Array.from(vectors);
  for (let i = 0; i < k; i++) turn(data.subarray(i * width, (i + 1) * width));
  const variances = values.map((value) => Math.max(0, value));
  let all = 0;
  for (let at = 0; at < covariance.length; at += width + 1) all += covariance[at]!;
  const shares = variances.map((variance) => variance / (all || 1));
  return { mean, components: { data, n: k, width }, variances, shares };
}

/** Covariances are off by about 1e-6 of what varies most (`gaussianOn`). */
const ROUNDING = 1e-6;

/** The components along which rows vary by more than rounding, one at least: few rows, or rows like others, span few. */
export function varying({ mean, components, variances, shares }: Pca): Pca {
  const [greatest = 0] = variances;
  const n = Math.max(1, variances.filter((variance) => variance > ROUNDING * greatest).length);
  const { data, width } = components;
  return {
    mean,
    components: { data: data.slice(0, n * width), n, width },
    variances: variances.slice(0, n),
    shares: shares.slice(0, n),
  };
}

function turn(vector: Float32Array): void {
  const largest = vector.reduce((most, v) => (Math.abs(v) > Math.abs(most) ? v : most), 0);
  if (largest < 0) for (let j = 0; j < vector.length; j++) vector[j]! *= -1;
}

const block = 1024;

/**
 * Places of rows along the components: [n, d] -> [n, k]; of rows it was fitted on or of others.
 * Throws DataError for rows of another width.
 */
export async function applyPca({ mean, components }: Pca, rows: Matrix, host: Host): Promise<Matrix> {
  checkMatrix("pca", rows);
  checkWidths("pca", components, rows);
  const { n, width } = rows;
  const x = placeholder("x", [Math.min(block, n), width]);
  const c = placeholder("components", [components.n, width]);
  const graph = await bindGraph({ places: matmul(x, transpose(c)) }, host, { components: components.data });
  const data = new Float32Array(n * components.n);
  for (let first = 0; first < n; first += block) {
    const count = copyCentred(rows, first, mean, graph.memory("x"));
    await graph.run();
    data.set(graph.memory("places").subarray(0, count * components.n), first * components.n);
  }
  graph.release();
  return { data, n, width: components.n };
}
