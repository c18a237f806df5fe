import type { Model } from "../train/index.js";
import { type Baseline, trainBaseline } from "./baseline.js";
import { type Evaluation, type EvaluationOptions, evaluateModel } from "./evaluation.js";
import { exportModels } from "./export.js";
import type { RunFolder } from "./folder.js";
import { openRun } from "./open-run.js";
import { cautions, cautionsOfTraining, describe } from "./in-words.js";
import { writeEvaluation } from "./keep-evaluation.js";
import { writeReport } from "./report-run.js";
import type { TrainRequest } from "./session.js";
import { type ActiveRun, type RunListener, type RunPlace, runToEnd, startRun } from "./train-run.js";

/** What a finished run has to show. */
export interface Finished {
  readonly evaluation: Evaluation;
  /** What was learned, in sentences. */
  readonly lines: readonly string[];
  /** What a reader of the numbers must know, and what went wrong beside the training; the report shows them too. */
  readonly warnings: readonly string[];
  readonly report: string;
  /** What the training took, over all its sessions. */
  readonly seconds: number;
}

/** Measures a trained run on test data, trains the baseline to show beside it, exports the models, writes the report. */
export async function finishRun(
  { folder, prepared }: ActiveRun,
  { features = true, progress = () => {} }: Omit<EvaluationOptions, "seed"> = {},
): Promise<Finished> {
  const { config } = folder;
  const { model } = await openRun(folder.path, { threads: config.host.threads });
  let baseline: Baseline | undefined;
  try {
    const evaluation = await evaluateModel(model, prepared, {
      seed: config.training.seed,
      features,
      progress,
    });
    await writeEvaluation(folder, evaluation);
    baseline = await trainBaseline(folder, prepared, (done, total) =>
      progress("training the baseline", done, total),
    );
    progress("writing models and report", 0, 1);
    const warnings = [
      ...cautionsOfTraining(prepared, config),
      ...cautions(evaluation, config),
      ...(await tryExport(model, folder)),
    ];
    const parts = { folder, model, domains: prepared, evaluation, warnings };
    const report = await writeReport({ ...parts, ...(baseline && { baseline }) });
    const seconds = await folder.trainedSeconds();
    return { evaluation, lines: describe(evaluation, config), warnings, report, seconds };
  } finally {
    baseline?.model.release();
    model.release();
  }
}

/** Exports the models; a failure, whatever it is, becomes a warning, since it must not cost a trained run its report. */
async function tryExport(model: Model, folder: RunFolder): Promise<string[]> {
  try {
    await exportModels(model, folder.config, folder.at("models"));
    return [];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [`The ONNX models were not exported. ${reason}\n  Try again: npx ganymede export ${folder.path}`];
  }
}

/**
 * Trains a method on pictures from beginning to end, as `ganymede train` does, and leaves a run folder. Throws OptionError or
 * DataError before anything is written where the request or the data is wrong; RunError where
 * the folder holds something already and is not to be replaced.
 */
export async function trainRun(
  request: TrainRequest,
  place: RunPlace,
  listener: RunListener = () => {},
): Promise<Finished> {
  const run = await startRun(request, place);
  try {
    await runToEnd(run, listener);
    return await finishRun(run);
  } finally {
    await run.release();
  }
}
