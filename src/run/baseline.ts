import { DivergenceError } from "../errors.js";
import { type Model, createTrainer } from "../train/index.js";
import { exists } from "./files.js";
import { BASELINE, type RunFolder } from "./folder.js";
import { type Prepared, findMethod } from "./session.js";
import { readWeights, writeWeights } from "./weights.js";

/** A model trained only to be held against, with the word for it. */
export interface Baseline {
  readonly name: string;
  readonly model: Model;
  readonly steps: number;
}

/** Trains the baseline of a method for as many steps as the run asks for, and keeps it in the run folder; undefined where there is none. */
export async function trainBaseline(
  folder: RunFolder,
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
    const model = await trainer.model();
    await writeWeights(folder, BASELINE, model, steps);
    return { name: baseline.name, model, steps };
  } catch (error) {
    // A baseline that diverges must not cost the run its report.
    if (error instanceof DivergenceError) return undefined;
    throw error;
  } finally {
    trainer.release();
  }
}

/** The baseline that was trained beside a run, to be shown again; undefined where there is none. */
export async function openBaseline(
  folder: RunFolder,
  options: { readonly threads?: number } = {},
): Promise<Baseline | undefined> {
  const { baseline } = findMethod(folder.config.method);
  if (baseline === undefined || !(await exists(folder.at(BASELINE)))) return undefined;
  const { model, step } = await readWeights(folder, BASELINE, { ...options, changed: baseline.options });
  return { name: baseline.name, model, steps: step };
}
