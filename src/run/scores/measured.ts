import type { DataSplits } from "../../data/index.js";
import type { Confusion } from "../../evaluate/index.js";
import type { Model } from "../../train/index.js";
import type { Reading } from "./reading.js";

/** The data of a run: that of `--data`, and of `--target` where there is one. */
export interface Domains {
  readonly data: DataSplits;
  readonly target?: DataSplits;
}

/** What scores are made from: a model, and what it reads in test pictures. */
export interface Measured {
  readonly model: Model;
  readonly domains: Domains;
  readonly source: Reading;
  readonly target?: Reading;
  readonly seed: number;
}

/** A confusion table with what its rows are. */
export interface NamedConfusion {
  /** Name of the categorical part of the latent vector, or of the feature that is a class. */
  readonly code: string;
  readonly table: Confusion;
  readonly matching: readonly number[];
  readonly classes: readonly string[];
  /** Whether it counts pictures of the target; by default those of the only domain. */
  readonly ofTarget?: boolean;
}

/** What a group of scores found. */
export interface Scores {
  /** Metric keys (docs/metrics.md) and values. */
  readonly numbers: Readonly<Record<string, number>>;
  /** Keys whose fit was given up before it converged: such a number is no property of the features yet. */
  readonly unconverged?: readonly string[];
  readonly confusion?: NamedConfusion;
  /** |Pearson correlation| of every continuous code with every factor. */
  readonly correlations?: {
    readonly codes: readonly string[];
    readonly factors: readonly string[];
    readonly values: readonly number[][];
  };
}
