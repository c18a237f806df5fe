import { DataError, OptionError } from "../errors.js";
import { categories } from "./discretise.js";
import { entropy } from "./information.js";
import { checkPair, checkVaries, columns, type Matrix, transpose } from "./matrix.js";
import { explain, type Feature, rank } from "./trees.js";

export interface Dci {
  /** Does each code mean one factor? In [0, 1]; higher is better. */
  readonly disentanglement: number;
  /** Is each factor held by one code? In [0, 1]; higher is better. */
  readonly completeness: number;
  /** Share of the factors' variance that the codes explain on unseen rows, in [0, 1]; higher is better. */
  readonly informativeness: number;
  /** Share of each factor's variance explained by each code, [k, f]. */
  readonly importance: Matrix;
}

/**
 * Disentanglement, completeness and informativeness, Eastwood & Williams 2018 (ICLR, "A framework for the
 * quantitative evaluation of disentangled representations"), section 2. codes [n, k], factors [n, f] with k,
 * f >= 2; integer columns are categories (a class, the index of a one-hot code). `random` in [0, 1) draws the
 * rows of each tree; same numbers, same scores. Differences: importances from bagged trees, measured on rows
 * they did not see (trees.ts); informativeness is explained variance, not an error.
 * Throws DataError for matrices that do not fit or a factor that does not vary, OptionError for trees < 1.
 */
export function dci(codes: Matrix, factors: Matrix, random: () => number, { trees = 10 } = {}): Dci {
  checkPair("dci", codes, factors);
  checkVaries("dci", factors);
  if (!Number.isInteger(trees) || trees < 1) {
    throw new OptionError({ where: "trees", expected: "an integer of at least 1", received: `${trees}` });
  }
  requireTwo("codes", codes);
  requireTwo("factors", factors);
  const features = columns(codes).map(asFeatures);
  const owner = features.flatMap((parts, code) => parts.map(() => code));
  const [k, f] = [codes.width, factors.width];
  const importance: Matrix = { data: new Float32Array(k * f), n: k, width: f };
  let explained = 0;
  for (const [j, factor] of columns(factors).entries()) {
    const targets = asTargets(factor);
    const found = explain(features.flat(), targets, targets.length / factor.length, random, trees);
    for (const [i, share] of found.importance.entries()) importance.data[owner[i]! * f + j]! += share;
    explained += found.explained;
  }
  return {
    disentanglement: disentanglement(importance),
    completeness: completeness(importance),
    informativeness: explained / f,
    importance,
  };
}

/**
 * sum_i w_i (1 - H_f(R_i)): R_i the shares of code i's importance over the f factors, H_f their entropy with
 * base f, w_i the code's part of all importance. importance [k, f] >= 0 -> [0, 1]; 0 if all of it is 0.
 */
export function disentanglement({ data, n, width }: Matrix): number {
  const all = data.reduce((sum, r) => sum + r, 0);
  if (all === 0) return 0;
  let score = 0;
  for (let i = 0; i < n; i++) {
    const row = data.subarray(i * width, (i + 1) * width);
    const weight = row.reduce((sum, r) => sum + r, 0) / all;
    score += weight * (1 - entropy(row) / Math.log(width));
  }
  return Math.max(0, score);
}

/**
 * The same for the factors' shares over the k codes: the disentanglement of the transposed importance [k, f].
 */
export function completeness(importance: Matrix): number {
  return disentanglement(transpose(importance));
}

/**
 * A categorical code is one feature per category, so that the order of its names does not matter; others are
 * one feature.
 */
function asFeatures(code: Float32Array): Feature[] {
  const names = categories(code);
  if (names === undefined) return [rank(code)];
  return names.map((name) => ({ ranks: Uint8Array.from(code, (v) => Number(v === name)), count: 2 }));
}

/** Targets [n, outputs]: one-hot for a categorical factor, mean 0 and variance 1 for a continuous one. */
function asTargets(factor: Float32Array): Float64Array {
  const names = categories(factor);
  if (names === undefined) {
    const mean = factor.reduce((sum, v) => sum + v, 0) / factor.length;
    const deviation = Math.sqrt(factor.reduce((sum, v) => sum + (v - mean) ** 2, 0) / factor.length);
    return Float64Array.from(factor, (v) => (v - mean) / deviation);
  }
  const targets = new Float64Array(factor.length * names.length);
  for (const [row, value] of factor.entries()) targets[row * names.length + names.indexOf(value)] = 1;
  return targets;
}

function requireTwo(what: string, { width }: Matrix): void {
  if (width >= 2) return;
  throw new DataError({ where: "dci", expected: `at least two ${what}`, received: `${width}` });
}
