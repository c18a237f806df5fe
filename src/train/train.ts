import { DivergenceError, RunError } from "../errors.js";
import type { Model } from "./model.js";
import type { Trainer } from "./trainer.js";

/** Where a run stands. With several restarts, candidates are trained one after the other and the best goes on. */
export interface Position {
  /** Which start is being trained. */
  readonly candidate: number;
  /** Scores of the starts that have been compared so far. */
  readonly scores: readonly number[];
  /** True once the best start has been chosen (at once where there is only one). */
  readonly chosen: boolean;
  /** Steps done by this start. */
  readonly step: number;
}

/** What happens during training, in order, for whoever listens: a terminal, a page, a run folder. */
export type TrainEvent =
  | { readonly kind: "step"; readonly position: Position; readonly metrics: Readonly<Record<string, number>> }
  | { readonly kind: "sample"; readonly position: Position; readonly model: Model }
  | { readonly kind: "checkpoint"; readonly position: Position }
  | { readonly kind: "candidate"; readonly position: Position; readonly score: number }
  | { readonly kind: "chosen"; readonly position: Position; readonly scores: readonly number[] }
  /** With the model as it stands, unless starts are still compared. */
  | { readonly kind: "stopped"; readonly position: Position; readonly model?: Model }
  | { readonly kind: "done"; readonly position: Position };

export interface TrainControl {
  /** Judges a start without labels; higher is better. Needed where there are several starts. */
  readonly score?: (model: Model) => Promise<number>;
  /** Ends the run after the current step, with a last checkpoint. */
  readonly signal?: AbortSignal;
  /** Where to go on; the trainer's state must already be that of the checkpoint. */
  readonly from?: Position;
  /** Keeps the state of a start that may be chosen, and brings it back. In memory where not given. */
  readonly candidates?: CandidateStore;
}
/** Where the states of the starts are kept until one is chosen. */
export interface CandidateStore {
  save(candidate: number, state: ReadonlyMap<string, Float32Array>): Promise<void>;
  load(candidate: number, state: ReadonlyMap<string, Float32Array>): Promise<void>;
}

/** Every start has a seed of its own, the first the run's. */
export function candidateSeed(seed: number, candidate: number): number {
  return seed + 1_000_003 * candidate;
}

const START: Position = { candidate: 0, scores: [], chosen: false, step: 0 };

/**
 * The training loop, in memory. Yields events; what a listener does between them (write a checkpoint, draw a picture) sees the
 * state as it stands. The same position and state go on to the same bytes.
 */
export async function* train(
  trainer: Trainer,
  control: TrainControl = {},
): AsyncGenerator<TrainEvent, void, void> {
  const { training } = trainer.spec;
  const candidates = control.candidates ?? inMemory();
  let position = control.from ?? { ...START, chosen: training.restarts === 1 };
  trainer.useSeed(candidateSeed(training.seed, position.candidate));
  if (position.step === 0) trainer.reset();

  while (!position.chosen) {
    const end = Math.min(training.restartSteps, training.steps);
    const trained = yield* advanceStart(trainer, position, end, control.signal);
    position = trained.position;
    if (!trained.diverged && position.step < end) return;
    await trainer.sync();
    const score = trained.diverged ? DIVERGED : await scoreOf(trainer, control);
    await candidates.save(position.candidate, trainer.state);
    const scores = [...position.scores, score];
    yield { kind: "candidate", position, score };
    if (scores.length === training.restarts && scores.every(lost)) throw noneLeft(position, scores.length);
    position =
      scores.length < training.restarts
        ? { candidate: position.candidate + 1, scores, chosen: false, step: 0 }
        : { candidate: best(scores), scores, chosen: true, step: end };
    trainer.useSeed(candidateSeed(training.seed, position.candidate));
    if (position.chosen) {
      await candidates.load(position.candidate, trainer.state);
      yield { kind: "chosen", position, scores };
    } else {
      trainer.reset();
    }
    yield { kind: "checkpoint", position };
  }
  // A start that was chosen after its last step, or a run whose files were lost after it: what is left is to show it.
  if (position.step === training.steps) {
    const at = position;
    yield* withModel(trainer, (model) => ({ kind: "sample", position: at, model }));
  }
  position = yield* advance(trainer, position, training.steps, control.signal);
  if (position.step === training.steps) yield { kind: "done", position };
}

/** Below every score; NaN after a checkpoint, since JSON has no infinity. */
const DIVERGED = -Infinity;
const lost = (score: number) => !Number.isFinite(score);

function noneLeft({ step }: Position, starts: number): DivergenceError {
  return new DivergenceError({
    where: `step ${step}`,
    expected: "a start that can go on",
    received: `${starts} that all diverged`,
    hint: "Likely learning rates that are too high for this data.",
  });
}

/** As `advance`; a start that diverges ends where it stands instead of ending the run, while others may still do better. */
async function* advanceStart(
  trainer: Trainer,
  start: Position,
  end: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<TrainEvent, { position: Position; diverged: boolean }, void> {
  try {
    return { position: yield* advance(trainer, start, end, signal), diverged: false };
  } catch (error) {
    if (!(error instanceof DivergenceError)) throw error;
    return { position: { ...start, step: end }, diverged: true };
  }
}

/** Steps up to `end`, or until the signal; returns where it stopped. */
async function* advance(
  trainer: Trainer,
  start: Position,
  end: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<TrainEvent, Position, void> {
  const { sampleEvery, checkpointEvery, steps } = trainer.spec.training;
  let position = start;
  while (position.step < end) {
    if (signal?.aborted) {
      await trainer.sync();
      yield* checkpoint(trainer, position);
      if (position.chosen) yield* withModel(trainer, (model) => ({ kind: "stopped", position, model }));
      else yield { kind: "stopped", position };
      return position;
    }
    const metrics = await trainer.step(position.step);
    position = { ...position, step: position.step + 1 };
    yield { kind: "step", position, metrics };
    const last = position.step === steps;
    const at = position;
    if (position.chosen && (last || position.step % sampleEvery === 0))
      yield* withModel(trainer, (model) => ({ kind: "sample", position: at, model }));
    if (last || position.step % checkpointEvery === 0) {
      await trainer.sync();
      yield* checkpoint(trainer, position);
    }
  }
  return position;
}

/** A gradient may be infinite behind a finite loss: what it did to the weights must not replace a good checkpoint. */
function* checkpoint(trainer: Trainer, position: Position): Generator<TrainEvent, void, void> {
  if (trainer.isFinite()) return yield { kind: "checkpoint", position };
  throw new DivergenceError({
    where: `step ${position.step}`,
    expected: "finite weights",
    received: "some that are not",
    hint: "Likely a learning rate that is too high, or a gradient with a root or logarithm of 0.",
  });
}

/** An event with the model as it stands, which is there until the listener is done. */
async function* withModel(
  trainer: Trainer,
  event: (model: Model) => TrainEvent,
): AsyncGenerator<TrainEvent, void, void> {
  const model = await trainer.model();
  try {
    yield event(model);
  } finally {
    model.release();
  }
}

async function scoreOf(trainer: Trainer, { score }: TrainControl): Promise<number> {
  if (score === undefined) throw new Error("several restarts need a score");
  const model = await trainer.model();
  try {
    return await score(model);
  } finally {
    model.release();
  }
}

/** The highest score, the first of equals; one that is not a number is the lowest. */
function best(scores: readonly number[]): number {
  const comparable = scores.map((score) => (lost(score) ? DIVERGED : score));
  return comparable.indexOf(Math.max(...comparable));
}

function inMemory(): CandidateStore {
  let kept: { candidate: number; state: Map<string, Float32Array> }[] = [];
  return {
    save: (candidate, state) => {
      const copy = new Map([...state].map(([name, values]) => [name, values.slice()]));
      kept = [...kept, { candidate, state: copy }];
      return Promise.resolve();
    },
    load: (candidate, state) => {
      const found = kept.find((k) => k.candidate === candidate);
      if (found === undefined) {
        throw new RunError({
          where: `start ${candidate}`,
          expected: "the state it was kept with",
          received: "none",
          hint: "A run that goes on needs the store of candidates that it began with.",
        });
      }
      for (const [name, values] of found.state) state.get(name)?.set(values);
      return Promise.resolve();
    },
  };
}
