import { readFileSync } from "node:fs";

type Rows = number[][];

/** Numbers of scikit-learn, scipy and numpy, written by test/references/scores.py. */
export const reference = JSON.parse(
  readFileSync(new URL("../references/scores.json", import.meta.url), "utf8"),
) as {
  readonly clusters: readonly {
    readonly codes: number;
    readonly classes: number;
    readonly assignment: number[];
    readonly labels: number[];
    readonly counts: Rows;
    readonly cluster_accuracy: number;
    readonly nmi: number;
  }[];
  readonly mig: {
    readonly codes: Rows;
    readonly factors: Rows;
    readonly value: number;
    readonly gaps: number[];
    readonly information: Rows;
  };
  readonly code_correlation: {
    readonly codes: Rows;
    readonly factors: Rows;
    readonly correlations: Rows;
    readonly value: number;
    readonly matching: number[];
  };
  readonly dci: {
    readonly importance: Rows;
    readonly disentanglement: number;
    readonly completeness: number;
  };
  readonly neighbours: { readonly rows: Rows; readonly k: number; readonly nearest: Rows };
};

/** Largest absolute difference of two lists of one length. */
export function difference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  return Math.max(...Array.from(expected, (value, i) => Math.abs(value - actual[i]!)));
}
