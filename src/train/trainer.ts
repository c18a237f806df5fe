import { batchIndices } from "../data/batches.js";
import { type Dataset, readPictures } from "../data/dataset.js";
import { type Program, compileProgram } from "../engine/compile/program.js";
import { Draws } from "../engine/draws.js";
import { placeholder } from "../engine/ops/index.js";
import type { Host } from "../engine/runtime/host.js";
import type { Feed, Moment } from "../engine/update.js";
import type { DataShape, Method, TrainingOptions } from "../methods/method.js";
import type { StatisticsRecord } from "../nn/network.js";
import { type Model, type ModelSpec, applyNetworks, createModel, pictureSize, recalibrate } from "./model.js";

/** What is trained, on what, where. */
export interface TrainerSpec {
  readonly method: Method;
  readonly options: object;
  readonly training: TrainingOptions;
  readonly data: Dataset;
  readonly host: Host;
}

/** Pictures that batch statistics are made from when a model is read during or after training. */
export const RECALIBRATION_PICTURES = 5000;

/** Fewer where pictures are so large that these would take more memory than this, as floats. */
const RECALIBRATION_BYTES = 2 ** 28;
const picturesIn = (bytes: number, shape: DataShape) =>
  Math.max(2, Math.floor(bytes / (4 * pictureSize(shape))));

/** A method, compiled for its data, with its memory: moves one step at a time. */
export interface Trainer {
  readonly spec: TrainerSpec;
  /** Everything that training changes; views, so writing them restores a checkpoint. `sync` before reading them. */
  readonly state: ReadonlyMap<string, Float32Array>;
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly bytes: number;
  /** Brings `state`, and models that follow the training, up to date where a device holds what steps change. */
  sync(): Promise<void>;
  /** Decides all later draws and batches. */
  useSeed(seed: number): void;
  /** Initial weights of the seed in use. */
  reset(): void;
  /** Whether every value of the state is a finite number. */
  isFinite(): boolean;
  /** Runs a step (from 0) and returns its metrics. */
  step(step: number): Promise<Readonly<Record<string, number>>>;
  /**
   * The model as it stands: averaged weights where there are any, batch statistics made anew on real pictures. With
   * `recalibrated: false` it reads the statistics that run along instead; that costs nothing, and it follows the training.
   * It reads the trainer's own memory: use it before the next step.
   */
  model(options?: { readonly recalibrated?: boolean }): Promise<Model>;
  release(): void;
}

/** Traces a method's step and compiles it. */
export async function createTrainer(spec: TrainerSpec): Promise<Trainer> {
  const { method, options, training, data, host } = spec;
  const program = await traceAndCompile(spec);
  const shape = dataShape(data);
  let pictures: Float32Array | undefined;
  return {
    spec,
    state: program.state,
    shapes: program.shapes,
    bytes: program.bytes,
    sync: () => program.sync(),
    useSeed: (seed) => program.useSeed(seed),
    reset: () => program.reset(),
    isFinite: () => program.isFinite(),
    step: (step) => program.step(step, step / training.steps),
    model: async ({ recalibrated = true } = {}) => {
      await program.sync();
      const raw: ModelSpec = {
        method,
        options,
        data: shape,
        host,
        weights: program.memory(training.averageDecay > 0),
      };
      if (!recalibrated) return createModel(raw);
      pictures ??= readPictures(
        data,
        Math.min(RECALIBRATION_PICTURES, picturesIn(RECALIBRATION_BYTES, shape)),
      ).images;
      return createModel({ ...raw, weights: await recalibrate(raw, pictures, training.seed) });
    },
    release: () => program.release(),
  };
}

async function traceAndCompile({ method, options, training, data, host }: TrainerSpec): Promise<Program> {
  const draws = new Draws();
  const records: StatisticsRecord[] = [];
  const networks = method.networks(dataShape(data), options);
  const batches = new BatchFeeds(data, training.batch);
  const clock = clockFeed();
  const updates = method.step(
    applyNetworks(networks, { training: true, draws, records }),
    { batchSize: training.batch, batch: () => batches.next(), draws, progress: clock.tensor },
    options,
  );
  return compileProgram({
    updates,
    feeds: [...draws.feeds, ...batches.feeds, clock],
    host,
    seed: training.seed,
    averageDecay: training.averageDecay,
    variables: Object.values(networks).flatMap((net) => net.variables),
  });
}

/** Batches of pictures as feeds; every batch of a step, and every repetition, reads the data in an order of its own. */
class BatchFeeds {
  readonly feeds: Feed[] = [];
  private readonly orders = new Map<string, (step: number) => ArrayLike<number>>();

  constructor(
    private readonly data: Dataset,
    private readonly batch: number,
  ) {}

  next() {
    const number = this.feeds.length;
    const { channels, height, width } = this.data.image;
    const tensor = placeholder(`batch/${number}/x`, [this.batch, channels, height, width]);
    const fill: Feed["fill"] = ({ view, seed }, moment) =>
      this.data.read(this.indices(seed, number, moment), view as Float32Array);
    this.feeds.push({ tensor, fill });
    return { x: tensor };
  }

  private indices(seed: number, number: number, { step, repetition }: Moment): ArrayLike<number> {
    const stream = `${number}.${repetition}`;
    const key = `${seed} ${stream}`;
    const order =
      this.orders.get(key) ?? batchIndices({ size: this.data.size, batch: this.batch, seed, stream });
    this.orders.set(key, order);
    return order(step);
  }
}

function clockFeed(): Feed {
  return {
    tensor: placeholder("progress", []),
    fill: ({ view }, { progress }) => {
      view[0] = progress;
    },
  };
}

export function dataShape(data: Dataset): DataShape {
  return { image: data.image, classes: data.classes?.length ?? 0 };
}
