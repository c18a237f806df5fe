import { DivergenceError, OptionError, RunError } from "../errors.js";
import { grid } from "../report/index.js";
import {
  type Model,
  type Position,
  type TrainEvent,
  type Trainer,
  createTrainer,
  drawLatents,
  train,
} from "../train/index.js";
import { labelFreeScore } from "./scores/start-score.js";
import { EVALUATION, JUDGED, type MetricLine, REPORT, RunFolder, WEIGHTS } from "./folder.js";
import { decodeSafeTensors, encodeSafeTensors } from "./safetensors.js";
import { exists, readWhole, remove, writeWhole } from "./files.js";
import { type Prepared, type TrainRequest, prepare, prepareAgain } from "./session.js";
import { writeWeights } from "./weights.js";

/** Where a run is made. */
export interface RunPlace {
  readonly out: string;
  /** Replaces what is there. */
  readonly force?: boolean;
}

/** A run that is open for training. */
export interface ActiveRun {
  readonly folder: RunFolder;
  readonly prepared: Prepared;
  readonly trainer: Trainer;
  /** Where it goes on; undefined at the beginning. */
  readonly from: Position | undefined;
  release(): Promise<void>;
}

/** Begins a run: checks the request, compiles the step, makes the folder. Whatever fails before leaves the disk as it was. */
export async function startRun(
  request: TrainRequest,
  place: RunPlace,
  progress?: (done: number, total: number) => void,
): Promise<ActiveRun> {
  const { out, force = false } = checked(place);
  await RunFolder.refuseIfTaken(out, force);
  const prepared = await prepare(request, progress);
  const trainer = await trainerFor(prepared);
  return releasing([() => trainer.release()], async () => {
    const { folder, unlock } = await RunFolder.create(out, prepared.config, force);
    return { folder, prepared, trainer, from: undefined, release: letGo(trainer, unlock) };
  });
}

/** JavaScript has no types to say that a place is missing. */
function checked(place: RunPlace | undefined): RunPlace {
  if (typeof place?.out === "string" && place.out !== "") return place;
  throw new OptionError({
    where: "place of the run, the second argument",
    expected: '{ out: "PATH" }, a folder for it',
    received: JSON.stringify(place) ?? "nothing",
    hint: 'For example: trainRun(request, { out: "runs/mine" })',
  });
}

/** Opens a run to go on from its last checkpoint, or from the beginning where there is none. */
export async function resumeRun(path: string): Promise<ActiveRun> {
  const folder = await RunFolder.open(path);
  const unlock = await folder.lock();
  return releasing([unlock], async () => {
    const prepared = await prepareAgain(folder.config);
    const checkpoint = await folder.readCheckpoint();
    const trainer = await trainerFor(prepared);
    return releasing([() => trainer.release()], async () => {
      const from = checkpoint?.position;
      if (checkpoint !== undefined) restore(trainer, checkpoint.tensors, path);
      await folder.sweep();
      await folder.rewindMetrics(from ?? { candidate: 0, scores: [], chosen: false, step: 0 });
      return { folder, prepared, trainer, from, release: letGo(trainer, unlock) };
    });
  });
}

/** True where nothing is left to do: trained to the end, and weights, scores and the report, which comes last, are there. */
export async function isComplete(folder: RunFolder): Promise<boolean> {
  for (const file of [WEIGHTS, EVALUATION, REPORT]) if (!(await exists(folder.at(file)))) return false;
  const position = (await folder.readCheckpoint())?.position;
  return position?.chosen === true && position.step === folder.config.training.steps;
}

function trainerFor({ method, config, data, target, host }: Prepared): Promise<Trainer> {
  const { options, training } = config;
  const domains = { data: data.train, ...(target && { target: target.train }) };
  return createTrainer({ method, options, training, ...domains, host });
}

const letGo = (trainer: Trainer, unlock: () => Promise<void>) => async () => {
  trainer.release();
  await unlock();
};

/** Does the work; where it fails, lets go of what was held for it. */
async function releasing<T>(
  held: readonly (() => void | Promise<void>)[],
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    for (const release of held) await release();
    throw error;
  }
}

function restore(trainer: Trainer, tensors: ReadonlyMap<string, Float32Array>, path: string): void {
  for (const [name, values] of trainer.state) {
    const saved = tensors.get(name);
    if (saved === undefined || saved.length !== values.length) {
      throw new RunError({
        where: path,
        expected: `${name} of ${values.length} values in the checkpoint`,
        received: saved === undefined ? "none" : `${saved.length}`,
        hint: "The checkpoint was made by another version of the method.",
      });
    }
    values.set(saved);
  }
}

/** Hears every event of a training. */
export type RunListener = (event: TrainEvent) => void;

const CHECKPOINTS_KEPT = 2;
const METRICS_BUFFER = 20;

/**
 * Trains to the end or to the signal, and writes as it goes: metrics, samples, weights, checkpoints. Returns true when the run
 * is complete. The listener hears every event after it is on disk.
 */
export async function runToEnd(
  run: ActiveRun,
  listener: RunListener,
  signal?: AbortSignal,
): Promise<boolean> {
  const { folder, trainer, from, prepared } = run;
  const { steps, restarts } = prepared.config.training;
  if ((from?.step ?? 0) < steps) await remove(folder.at(JUDGED)); // of earlier weights
  const events = train(trainer, {
    ...(restarts > 1 && {
      score: labelFreeScore(prepared),
      candidates: candidateFiles(folder, trainer),
    }),
    ...(signal && { signal }),
    ...(from && { from }),
  });
  const metrics = new MetricsWriter(folder);
  try {
    for await (const event of events) {
      await record(run, metrics, event);
      listener(event);
      if (event.kind === "done") return true;
    }
    return false;
  } catch (error) {
    if (!(error instanceof DivergenceError)) throw error;
    await metrics.flush(); // what led there
    throw await withCheckpoint(error, folder);
  }
}

/** Puts on disk what an event is about. */
async function record(
  { folder, trainer }: ActiveRun,
  metrics: MetricsWriter,
  event: TrainEvent,
): Promise<void> {
  const { position } = event;
  if (event.kind === "step") return metrics.add(position, event.metrics);
  await metrics.flush();
  if (event.kind === "sample" && position.chosen) await writeSample(folder, position, event.model);
  if (event.kind === "stopped" && event.model !== undefined && position.step > 0)
    await writeWeights(folder, WEIGHTS, event.model, position.step);
  if (event.kind === "checkpoint") {
    await folder.writeCheckpoint(position, trainer);
    await folder.pruneCheckpoints(CHECKPOINTS_KEPT);
    if (position.chosen) await folder.removeStarts();
  }
}

/** The same error, with the last checkpoint to go back to. */
async function withCheckpoint(error: DivergenceError, folder: RunFolder): Promise<DivergenceError> {
  const { where, expected, received, hint } = error;
  const good = await folder.lastGoodCheckpoint();
  const saved =
    good === undefined
      ? "No checkpoint of finite weights was written before."
      : `Last good checkpoint: ${good}`;
  return new DivergenceError(
    { where, expected, received, hint: hint === undefined ? saved : `${hint}\n  ${saved}` },
    { cause: error },
  );
}

/** Keeps the state of every start until one is chosen. */
function candidateFiles(folder: RunFolder, trainer: Trainer) {
  const path = (candidate: number) => folder.at("checkpoints", `start-${candidate}.safetensors`);
  return {
    save: (candidate: number) =>
      writeWhole(
        path(candidate),
        encodeSafeTensors({ tensors: trainer.state, shapes: trainer.shapes, metadata: {} }),
      ),
    load: async (candidate: number) => {
      restore(
        trainer,
        decodeSafeTensors(await readWhole(path(candidate)), path(candidate)).tensors,
        path(candidate),
      );
    },
  };
}

/** metrics.jsonl, a few lines at a time. `seconds` is the time since the line before, so that their sum survives a resume. */
class MetricsWriter {
  private lines: MetricLine[] = [];
  private last = performance.now();

  constructor(private readonly folder: RunFolder) {}

  async add({ candidate, chosen, step }: Position, metrics: Readonly<Record<string, number>>): Promise<void> {
    const now = performance.now();
    this.lines.push({ step, candidate, chosen, seconds: (now - this.last) / 1000, ...metrics });
    this.last = now;
    if (this.lines.length >= METRICS_BUFFER) await this.flush();
  }

  async flush(): Promise<void> {
    const { lines } = this;
    this.lines = [];
    if (lines.length > 0) await this.folder.appendMetrics(lines);
  }
}

const SAMPLE_SIDE = 8;

/** A sheet of pictures from the same latents at every step, where the method makes any, and the weights as they were. */
async function writeSample(folder: RunFolder, { step }: Position, model: Model): Promise<void> {
  if (model.latent.length > 0) {
    const latents = drawLatents(model.latent, SAMPLE_SIDE ** 2, folder.config.training.seed, "samples");
    const images = await model.generate(latents);
    const png = grid({ images, shape: folder.config.data.image, columns: SAMPLE_SIDE });
    await writeWhole(folder.at("samples", `step-${String(step).padStart(7, "0")}.png`), png);
  }
  await writeWeights(folder, WEIGHTS, model, step);
}
