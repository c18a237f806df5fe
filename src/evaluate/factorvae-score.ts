import { OptionError } from "../errors.js";
import { categories } from "./discretise.js";
import type { FactorSampler } from "./factor-sampler.js";
import { checkMatrix, column, columns, type Matrix } from "./matrix.js";

export interface FactorVaeOptions {
  /** Pictures per vote; default 64. */
  readonly batch?: number;
  /** Votes that make the classifier, and again as many that test it; default 800. */
  readonly votes?: number;
  /** Pictures that measure the spread of each code; default 4,000. */
  readonly spreadRows?: number;
}

export interface FactorVaeScore {
  /** Accuracy on fresh votes, in [0, 1], about 1/f by chance; higher is better. 0 if no code varies. */
  readonly value: number;
  /**
   * The votes that made the classifier, [k, f]: how often a code was the stillest while a factor was fixed.
   */
  readonly votes: Matrix;
}

/**
 * Kim & Mnih 2018, arXiv:1802.05983, section 4: fix one factor, vary the others; the code with the least
 * variance, relative to its variance over all pictures, votes. A majority vote tells the factor from the
 * code; the score is how often it is right. Categorical codes (integer columns) use Gini's variance, the
 * chance that two rows differ, halved; codes that do not vary have no vote. `random` in [0, 1) picks factors
 * and values.
 * Throws OptionError for a batch below 2, DataError for codes that are not finite.
 */
export async function factorVaeScore(
  sampler: FactorSampler,
  random: () => number,
  { batch = 64, votes = 800, spreadRows = 4000 }: FactorVaeOptions = {},
): Promise<FactorVaeScore> {
  if (batch < 2) throw new OptionError({ where: "batch", expected: "at least 2", received: `${batch}` });
  const all = await sampler.varied(spreadRows);
  checkMatrix("factorvae_score", all);
  const spreads = columns(all).map(spreadOf);
  const cast = async (): Promise<Matrix> => {
    const table = {
      data: new Float32Array(all.width * sampler.factors),
      n: all.width,
      width: sampler.factors,
    };
    for (let vote = 0; vote < votes; vote++) {
      const factor = Math.floor(random() * sampler.factors);
      const rows = await sampler.fixed(factor, random(), batch);
      checkMatrix("factorvae_score", rows);
      const stillest = stillestCode(rows, spreads);
      if (stillest !== -1) table.data[stillest * table.width + factor]!++;
    }
    return table;
  };
  const training = await cast();
  return { value: accuracy(training, await cast(), votes), votes: training };
}

/** A code's variance over all pictures, and how to measure it. */
interface Spread {
  readonly variance: (values: Float32Array) => number;
  readonly overall: number;
}

function spreadOf(values: Float32Array): Spread {
  const variance = categories(values) === undefined ? sampleVariance : giniVariance;
  return { variance, overall: variance(values) };
}

function stillestCode(rows: Matrix, spreads: readonly Spread[]): number {
  let stillest = -1;
  let least = Infinity;
  for (const [code, { variance, overall }] of spreads.entries()) {
    if (overall === 0) continue;
    const relative = variance(column(rows, code)) / overall;
    if (relative < least) [stillest, least] = [code, relative];
  }
  return stillest;
}

function sampleVariance(values: Float32Array): number {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (values.length - 1);
}

/** sum over pairs i, j of [x_i != x_j], over 2 N (N - 1). */
function giniVariance(values: Float32Array): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const same = [...counts.values()].reduce((sum, c) => sum + c * c, 0);
  return (values.length ** 2 - same) / (2 * values.length * (values.length - 1));
}

/** Each code names the factor it voted for most in training; how many of the fresh votes that gets right. */
function accuracy(training: Matrix, fresh: Matrix, votes: number): number {
  let right = 0;
  for (let code = 0; code < training.n; code++) {
    const row = training.data.subarray(code * training.width, (code + 1) * training.width);
    right += fresh.data[code * fresh.width + row.indexOf(Math.max(...row))]!;
  }
  return right / votes;
}
