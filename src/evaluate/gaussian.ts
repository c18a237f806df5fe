import { DataError } from "../errors.js";
import { matmul, placeholder, transpose } from "../engine/ops/index.js";
import type { Host } from "../engine/runtime/host.js";
import { bindGraph } from "./bound-graph.js";
import { checkMatrix, columnMeans, copyCentred, type Matrix } from "./matrix.js";
import { addRowProducts, addTimes } from "./products.js";

/** The normal distribution of some features: what is left of them for a Frechet distance. */
export interface Gaussian {
  /** Rows it was made from. */
  readonly n: number;
  readonly width: number;
  /** [width] */
  readonly mean: Float64Array;
  /** [width, width], over n - 1. */
  readonly covariance: Float64Array;
}

/** Rows of a block; with double precision and 512 columns, 2 MB. */
const block = 512;

/**
 * Mean and covariance of features [n, width], n >= 2, in double precision; n * width^2 / 2 products.
 * Throws DataError for fewer rows or numbers that are not finite.
 */
export function gaussian(features: Matrix): Gaussian {
  const { n, width } = checkRows(features);
  const mean = columnMeans(features);
  const sums = new Float64Array(width * width);
  for (let first = 0; first < n; first += block) {
    const count = Math.min(block, n - first);
    const columns = new Float64Array(width * count);
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < width; j++)
        columns[j * count + i] = features.data[(first + i) * width + j]! - mean[j]!;
    }
    addRowProducts(columns, columns, count, sums);
  }
  for (let i = 0; i < width; i++)
    for (let j = i + 1; j < width; j++) sums[i * width + j] = sums[j * width + i]!;
  return { n, width, mean, covariance: sums.map((sum) => sum / (n - 1)) };
}

/** Rows whose products the host adds up in single precision. */
const hostBlock = 2048;

/**
 * The same by the host, many times faster; each element is off by about 1e-6 of its deviations' product, which is too
 * much for a Frechet distance of few rows and nothing for principal components.
 */
export async function gaussianOn(
  host: Host,
  features: Matrix,
  progress: (share: number) => void = () => {},
): Promise<Gaussian> {
  const { n, width } = checkRows(features);
  const mean = columnMeans(features);
  const sums = new Float64Array(width * width);
  const x = placeholder("x", [Math.min(hostBlock, n), width]);
  const graph = await bindGraph({ products: matmul(transpose(x), x) }, host);
  for (let first = 0; first < n; first += hostBlock) {
    const count = copyCentred(features, first, mean, graph.memory("x"));
    await graph.run();
    addTimes(sums, graph.memory("products"), 1);
    progress((first + count) / n);
  }
  graph.release();
  return { n, width, mean, covariance: sums.map((sum) => sum / (n - 1)) };
}

function checkRows(features: Matrix): Matrix {
  checkMatrix("covariance", features);
  if (features.n < 2)
    throw new DataError({ where: "covariance", expected: "at least two rows", received: "one" });
  return features;
}
