import { hasEncoder, taughtDomain } from "../methods/index.js";
import type { Model } from "../train/index.js";
import { classScores } from "./scores/classes.js";
import { clusterScores } from "./scores/clusters.js";
import { domainScores } from "./scores/domains.js";
import { factorScores } from "./scores/factors.js";
import type { Domains, Measured, Scores } from "./scores/measured.js";
import { featureScores } from "./scores/features.js";
import { readFirst } from "./scores/reading.js";
import { reconstructionScores } from "./scores/reconstructions.js";

/** What was measured of a model, on pictures it was not trained on. */
export interface Evaluation extends Scores {
  /** How many test pictures were read. */
  readonly pictures: number;
  /** How many files of the data, of both parts, could not be read and were left out (`skipBad`). */
  readonly skipped: number;
  /** Of a run with a target: how many of its test pictures were read, and whether labels of others were learned from. */
  readonly target?: { readonly pictures: number; readonly taught: boolean };
}

const TEST_PICTURES = 10_000;

/** Called as stages go on: what is done, and how far. */
export type StageProgress = (stage: string, done: number, total: number) => void;

/** What a measurement may take besides a model and its data. */
export interface EvaluationOptions {
  readonly seed: number;
  /** Whether features are scored, which takes longest; default true. */
  readonly features?: boolean;
  readonly progress?: StageProgress;
}

/** Every score that fits the method's features and what is known of the data. */
export async function evaluateModel(
  model: Model,
  domains: Domains,
  { seed, features = true, progress = () => {} }: EvaluationOptions,
): Promise<Evaluation> {
  const { data, target } = domains;
  const { method, options } = model.spec;
  const skipped = (data.skipped?.length ?? 0) + (target?.skipped?.length ?? 0);
  if (!hasEncoder(method, options)) return { numbers: {}, pictures: 0, skipped };
  progress("reading test pictures", 0, 1);
  const source = await readFirst(model, data.test, TEST_PICTURES);
  const measured: Measured = {
    model,
    domains,
    source,
    ...(target && { target: await readFirst(model, target.test, TEST_PICTURES) }),
    seed,
  };
  progress("measuring on test data", 0, 1);
  const groups = [
    classScores(measured),
    clusterScores(measured),
    await factorScores(measured),
    await domainScores(measured),
    ...(features
      ? [await featureScores(measured, (done, total) => progress("measuring features", done, total))]
      : []),
    await reconstructionScores(measured),
  ];
  const pictures = source.indices.length;
  if (measured.target === undefined) return { ...merged(groups), pictures, skipped };
  const taught = taughtDomain(method, options) === "target";
  return {
    ...merged(groups),
    pictures,
    skipped,
    target: { pictures: measured.target.indices.length, taught },
  };
}

function merged(groups: readonly Scores[]): Scores {
  const all: Scores = Object.assign({}, ...groups) as Scores;
  return {
    ...all,
    numbers: Object.assign({}, ...groups.map(({ numbers }) => numbers)) as Scores["numbers"],
    unconverged: groups.flatMap(({ unconverged = [] }) => unconverged),
  };
}
