import { DivergenceError } from "../errors.js";
import { rowsOf } from "../evaluate/index.js";
import { type Model, createTrainer } from "../train/index.js";
import { type Evaluation, type StageProgress, evaluateModel } from "./evaluation.js";
import { exportModels } from "./export.js";
import { remove, writeWhole } from "./files.js";
import type { RunFolder } from "./folder.js";
import { openRun } from "./open-run.js";
import { cautions, cautionsOfTraining, describe } from "./in-words.js";
import { EVALUATION, JUDGED } from "./numbers.js";
import type { Baseline } from "./panels.js";
import { writeReport } from "./report-run.js";
import type { Prepared, TrainRequest } from "./session.js";
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
  progress: StageProgress = () => {},
): Promise<Finished> {
  const { config } = folder;
  const { model } = await openRun(folder.path, { threads: config.host.threads });
  let baseline: Baseline | undefined;
  try {
    const evaluation = await evaluateModel(model, prepared, { seed: config.training.seed, progress });
    await writeEvaluation(folder, evaluation);
    await remove(folder.at(JUDGED)); // of earlier weights
    baseline = await trainBaseline(prepared, (done, total) => progress("training the baseline", done, total));
    progress("writing models and report", 0, 1);
    const warnings = [
      ...cautionsOfTraining(prepared.data.train.size, config),
      ...cautions(evaluation, config),
      ...(await tryExport(model, folder)),
    ];
    const seconds = await folder.trainedSeconds();
    const parts = { folder, model, domains: prepared, evaluation, warnings, seconds };
    const report = await writeReport({ ...parts, ...(baseline && { baseline }) });
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
 * DataError before anything is written where the request or the data is wrong; RunError where the folder exists.
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

/** evaluation.json: the numbers, the confusion and the correlations. */
export async function writeEvaluation(folder: RunFolder, evaluation: Evaluation): Promise<void> {
  await writeWhole(folder.at(EVALUATION), `${JSON.stringify(evaluationJson(evaluation), null, 2)}\n`);
}

export function evaluationJson(evaluation: Evaluation): object {
  const { numbers, pictures, skipped, target, confusion, correlations } = evaluation;
  const { table, matching, classes } = confusion ?? {};
  return {
    pictures,
    skipped,
    ...(target && { target }),
    ...numbers,
    ...(table && {
      confusion: {
        classes,
        matching,
        counts: rowsOf(table),
      },
    }),
    ...(correlations && { correlations }),
  };
}

async function trainBaseline(
  { method, config, data, target, host }: Prepared,
  progress: (done: number, total: number) => void,
): Promise<Baseline | undefined> {
  const { baseline } = method;
  const steps = Math.min(config.training.baselineSteps, config.training.steps);
  if (baseline === undefined || steps === 0) return undefined;
  const isItself = Object.entries(baseline.options).every(([name, value]) => config.options[name] === value);
  if (isItself) return undefined;
  const trainer = await createTrainer({
    method,
    options: { ...config.options, ...baseline.options },
    training: { ...config.training, steps, restarts: 1 },
    data: data.train,
    ...(target && { target: target.train }),
    host,
  });
  try {
    for (let step = 0; step < steps; step++) {
      await trainer.step(step);
      progress(step + 1, steps);
    }
    return { name: baseline.name, model: await trainer.model(), steps };
  } catch (error) {
    // A baseline that diverges must not cost the run its report.
    if (error instanceof DivergenceError) return undefined;
    throw error;
  } finally {
    trainer.release();
  }
}
