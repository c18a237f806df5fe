import { batchIndices } from "../data/batches.js";
import { type Dataset, readPictures } from "../data/dataset.js";
import { labelled } from "../data/labelled.js";
import { type Program, compileProgram } from "../engine/compile/program.js";
import { Draws } from "../engine/draws.js";
import { placeholder } from "../engine/ops/index.js";
import { OptionError } from "../errors.js";
import type { Host } from "../engine/runtime/host.js";
import type { Tensor } from "../engine/tensor.js";
import type { Feed, Moment } from "../engine/update.js";
import {
  type Batch,
  type BatchOf,
  type DataShape,
  type LabelledBatch,
  type Method,
  type TrainingOptions,
  taughtDomain,
} from "../methods/method.js";
import type { StatisticsRecord } from "../nn/network.js";
import {
  type Model,
  type ModelSpec,
  applyNetworks,
  createModel,
  pictureSize,
  recalibrate,
  repeated,
} from "./model.js";

/** What is trained, on what, where. */
export interface TrainerSpec {
  readonly method: Method;
  readonly options: object;
  readonly training: TrainingOptions;
  readonly data: Dataset;
  /** Pictures of a second domain, of the same shape and classes, for methods that ask for them. */
  readonly target?: Dataset;
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
  const { method, options, training, data, target, host } = spec;
  if (target !== undefined) {
    checkSameClasses(spec, target); // first: where classes differ, no size makes the two fit
    checkSameShape(spec, target);
  }
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
      pictures ??= recalibrationPictures(spec);
      return createModel({ ...raw, weights: await recalibrate(raw, pictures, training.seed) });
    },
    release: () => program.release(),
  };
}

/** Of both domains where both are read, one after the other, so that any batch of even size holds as many of each. */
function recalibrationPictures({ method, options, data, target = data }: TrainerSpec): Float32Array {
  const shape = dataShape(data);
  const wanted = Math.min(RECALIBRATION_PICTURES, picturesIn(RECALIBRATION_BYTES, shape));
  const { statistics } = method.domains?.(options) ?? { statistics: "both" };
  if (target === data || statistics === "source") return readPictures(data, wanted).images;
  if (statistics === "target") return readPictures(target, wanted).images;
  const size = pictureSize(shape);
  const each = Math.min(Math.floor(wanted / 2), Math.max(data.size, target.size));
  // The smaller one from the beginning again.
  const domains = [data, target].map((domain) => repeated(readPictures(domain, each).images, each * size));
  const mixed = new Float32Array(2 * each * size);
  for (let i = 0; i < 2 * each; i++) {
    const at = (i >> 1) * size;
    mixed.set(domains[i % 2]?.subarray(at, at + size) ?? [], i * size);
  }
  return mixed;
}

function checkSameShape({ data }: TrainerSpec, target: Dataset): void {
  const [a, b] = [data.image, target.image];
  const shown = ({ channels, height, width }: Dataset["image"]) =>
    `${height}x${width} of ${channels === 1 ? "1 channel" : `${channels} channels`}`;
  if (shown(a) === shown(b)) return;
  const says = [
    ...(a.height === b.height && a.width === b.width ? [] : [`--size ${Math.max(a.height, b.height)}`]),
    ...(a.channels === b.channels ? [] : ["--channels 3"]),
  ];
  throw new OptionError({
    where: `target ${target.name}`,
    expected: `pictures of ${shown(data.image)}, as those of ${data.name}`,
    received: shown(target.image),
    hint: `Add ${says.join(" ")}: it holds for both.`,
  });
}

function checkSameClasses({ method, options, data }: TrainerSpec, target: Dataset): void {
  const [own, other] = [data.classes ?? [], target.classes ?? []];
  if (own.length === 0 || other.length === 0 || own.join("\n") === other.join("\n")) return;
  throw new OptionError({
    where: `target ${target.name}`,
    expected: `the classes of ${data.name}: ${own.join(", ")}`,
    received: other.join(", "),
    hint:
      taughtDomain(method, options) === "target"
        ? "Name the classes of both alike."
        : "Its labels only measure. Choose a target of the same classes, or one without labels: a folder without sub-folders, a file " +
          "without labels.",
  });
}

async function traceAndCompile(spec: TrainerSpec): Promise<Program> {
  const { method, options, training, data, host } = spec;
  const draws = new Draws();
  const records: StatisticsRecord[] = [];
  const networks = method.networks(dataShape(data), options);
  const batches = new BatchFeeds(spec);
  const clock = clockFeed();
  const updates = method.step(
    applyNetworks(networks, { training: true, draws, records }),
    {
      batchSize: training.batch,
      steps: training.steps,
      batch: (of) => batches.next(of),
      labelled: (of) => batches.nextLabelled(of),
      draws,
      progress: clock.tensor,
    },
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
  private batches = 0;
  private readonly withLabels = new Map<Dataset, Dataset>();

  constructor(private readonly spec: TrainerSpec) {}

  next(of: BatchOf = {}): Batch {
    return { x: this.pictures(this.batches++, this.dataOf(of), of) };
  }

  nextLabelled(of: BatchOf = {}): LabelledBatch {
    this.checkTaught(of);
    const whole = this.dataOf(of);
    const data = this.withLabels.get(whole) ?? labelled(whole);
    this.withLabels.set(whole, data);
    const number = this.batches++;
    return { x: this.pictures(number, data, of), y: this.classes(number, data, of) };
  }

  /** Labels that a method does not say it learns from are out of its reach. */
  private checkTaught({ domain = "source" }: BatchOf): void {
    const { method, options } = this.spec;
    const taught = taughtDomain(method, options);
    if (domain === taught) return;
    throw new OptionError({
      where: method.name,
      expected: `labels of the ${taught} alone, as its \`domains\` says`,
      received: `a step that asks for labels of the ${domain}`,
    });
  }

  private dataOf({ domain = "source" }: BatchOf): Dataset {
    const { data, target, method } = this.spec;
    if (domain === "source") return data;
    if (target !== undefined) return target;
    throw new OptionError({
      where: method.name,
      expected: "a second set of pictures",
      received: "none",
      hint: "Name it with --target, such as --target mnist-m.",
    });
  }

  private pictures(number: number, data: Dataset, { size = this.spec.training.batch }: BatchOf): Tensor {
    const { channels, height, width } = data.image;
    const indices = this.indices(number, data.size, size);
    return this.feed(`batch/${number}/x`, [size, channels, height, width], ({ view, seed }, moment) =>
      data.read(indices(seed, moment), view as Float32Array),
    );
  }

  /** Filled from the same indices as the pictures of the same number. */
  private classes(number: number, data: Dataset, { size = this.spec.training.batch }: BatchOf): Tensor {
    const width = data.classes?.length ?? 0;
    const indices = this.indices(number, data.size, size);
    return this.feed(`batch/${number}/y`, [size, width], ({ view, seed }, moment) => {
      const rows = view as Float32Array;
      rows.fill(0);
      Array.from(indices(seed, moment)).forEach((index, row) => (rows[row * width + data.label(index)] = 1));
    });
  }

  private feed(name: string, shape: readonly number[], fill: Feed["fill"]): Tensor {
    const tensor = placeholder(name, shape);
    this.feeds.push({ tensor, fill });
    return tensor;
  }

  private indices(number: number, size: number, batch: number) {
    const orders = new Map<string, (step: number) => ArrayLike<number>>();
    return (seed: number, { step, repetition }: Moment): ArrayLike<number> => {
      const stream = `${number}.${repetition}`;
      const key = `${seed} ${stream}`;
      const order = orders.get(key) ?? batchIndices({ size, batch, seed, stream });
      orders.set(key, order);
      return order(step);
    };
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
