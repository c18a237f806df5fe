import { z } from "zod";
import type { Draws } from "../engine/draws.js";
import type { Tensor } from "../engine/tensor.js";
import type { Update } from "../engine/update.js";
import type { ImageShape } from "../data/dataset.js";
import type { Applied, Network } from "../nn/network.js";
import type { LatentPart } from "./latent.js";

/** What a method is told of the data before it builds networks. */
export interface DataShape {
  readonly image: ImageShape;
  /** Number of classes, 0 where the data has no labels. */
  readonly classes: number;
}

/** Options every training takes, whatever the method; presets set them, the command line overrides. */
export const trainingOptions = z.strictObject({
  steps: z.int().min(1).default(3000).describe("training steps; schedules stretch over them"),
  batch: z.int().min(2).default(64).describe("pictures per step"),
  seed: z
    .int()
    .min(0)
    .default(1)
    .describe("decides every draw, the initial weights and the order of the data"),
  averageDecay: z
    .number()
    .min(0)
    .max(0.99999)
    .default(0)
    .describe("decay of a moving average of the weights, which is then what is sampled and read; 0 for none"),
  restarts: z
    .int()
    .min(1)
    .max(20)
    .default(1)
    .describe("starts from different seeds, the best of which goes on"),
  restartSteps: z.int().min(1).default(600).describe("steps after which starts are compared, without labels"),
  sampleEvery: z.int().min(1).default(500).describe("steps between sample pictures"),
  baselineSteps: z
    .int()
    .min(0)
    .default(300)
    .describe(
      "steps of the simpler method that is trained afterwards for comparison in the report, at most as many as the run's; 0 for none",
    ),
  checkpointEvery: z.int().min(1).default(500).describe("steps between checkpoints"),
});
/** Training options, resolved. */
export type TrainingOptions = z.infer<typeof trainingOptions>;

/** A named setting of a method and its training, with a sentence on what it is for. */
export interface Preset<O> {
  readonly about: string;
  readonly options?: Partial<O>;
  readonly training?: Partial<TrainingOptions>;
}

/** A batch of training pictures. */
export interface Batch {
  /** [B,C,H,W] in [0,1]. */
  readonly x: Tensor;
}

/** A batch of pictures with their classes. */
export interface LabelledBatch extends Batch {
  /** One-hot [B,classes], in the order of the data's classes. */
  readonly y: Tensor;
}

/** Where a batch comes from. */
export interface BatchOf {
  /** The data of `--data` (the default), or that of `--target`. */
  readonly domain?: "source" | "target";
  /** Pictures; `batchSize` where absent. */
  readonly size?: number;
}

/** What a step may ask for. */
export interface StepInputs {
  readonly batchSize: number;
  /**
   * A batch of its own at every call: the first call of a step gives its first batch, the next another. Throws OptionError for
   * a domain that the run does not have.
   */
  readonly batch: (of?: BatchOf) => Batch;
  /** As `batch`, of the pictures that have a label alone. Throws DataError where some class has none. */
  readonly labelled: (of?: BatchOf) => LabelledBatch;
  readonly draws: Draws;
  /** Steps of the planned run, for methods whose updates take turns (`times`). */
  readonly steps: number;
  /** Share of the planned run that is done, 0 to 1, as a scalar: for weights that ramp. */
  readonly progress: Tensor;
}

/** Networks by their letter; any inputs, any result. */
// oxlint-disable-next-line typescript/no-explicit-any -- a record of networks of different signatures has no common type
export type Networks = Readonly<Record<string, Network<any, any>>>;
/** The same networks in a mode, to be called. */
export type AppliedNetworks<N extends Networks> = {
  readonly [K in keyof N]: N[K] extends Network<infer I, infer O> ? Applied<I, O> : never;
};

/** What a paper reports of one setting of its method. */
export interface Published<O extends object = object> {
  /** Data set; "source to target" where there are two. */
  readonly data: string;
  /** Presets with whose options a run is shown beside it, however long it trains; by default `paper` alone. */
  readonly presets?: readonly string[];
  /** What is set beside the preset. */
  readonly options?: Partial<O>;
  /** How many labels the training was given; all where absent. */
  readonly labels?: number;
  /** As the paper states them, by metric key. */
  readonly values: Readonly<Record<string, string>>;
}

/** A method: what it trains, in one step, and what the result can do. Reads like the algorithm box of its paper. */
export interface Method<O extends object = object, N extends Networks = Networks> {
  readonly name: string;
  /** One line: what it is for. */
  readonly about: string;
  /** Paper, as "Author year, arXiv:number". */
  readonly reference: string;
  /** Every option with its range, default and description; help, docs and config.json come from it. */
  readonly options: z.ZodObject;
  /** The first preset is what runs by default. */
  readonly presets: Readonly<Record<string, Preset<O>>>;
  networks(data: DataShape, options: O): N;
  /** Options of a simpler method to show beside this one, with a word for it; absent where there is none. */
  readonly baseline?: { readonly name: string; readonly options: Partial<O> };
  /** What its paper reports: shown beside runs with the options of a named preset. */
  readonly published?: readonly Published<O>[];
  /** Logged values that belong into one chart of the report; losses that no chart names share one. */
  readonly charts?: readonly { readonly title: string; readonly metrics: readonly string[] }[];
  /** One training step: its updates in order. Networks come in training mode. */
  step(networks: AppliedNetworks<N>, inputs: StepInputs, options: O): Update[];
  /** What these options take from which domain; where absent, labels of the source and statistics of both. No other labels are handed out. */
  domains?(options: O): DomainsRead;
  /** Layout of the latent vector that `generate` takes; absent where nothing is generated. A part called "class" takes a class. */
  latent?(options: O, data: DataShape): readonly LatentPart[];
  /** latent [B,width] -> pictures [B,C,H,W] in [0,1]. Networks come in inference mode. */
  generate?(networks: AppliedNetworks<N>, latent: Tensor, options: O): Tensor;
  /**
   * What the batch statistics of a trained model are made from, where that is not `features` of pictures and `generate` of draws:
   * x [B,C,H,W] in [0,1] and latent [B,width] on the ways that they go in training. Whatever normalises on the way to the results
   * counts. A network is called once; what it meets of several kinds, as one batch. Networks come in training mode.
   */
  calibrate?(
    networks: AppliedNetworks<N>,
    inputs: { readonly x: Tensor; readonly latent: Tensor },
    options: O,
  ): readonly Tensor[];
  /** Whether these options train an encoder; where absent, a method that has `features` or `classify` always does. */
  encodes?(options: O): boolean;
  /** Whether these options train a generator; where absent, a method that has `generate` always does. */
  generates?(options: O): boolean;
  /**
   * Pictures [B,C,H,W] in [0,1] -> features by name. A feature that estimates a part of the latent vector bears its name:
   * class probabilities [B,size] for a categorical part, values [B,size] for others.
   */
  features?(networks: AppliedNetworks<N>, x: Tensor, options: O): Readonly<Record<string, Tensor>>;
  /** Pictures -> probabilities [B,classes] of the data's classes: the feature "class". */
  classify?(networks: AppliedNetworks<N>, x: Tensor, options: O): Tensor;
  /** Pictures -> the pictures that the model makes of them, there and back. */
  reconstruct?(networks: AppliedNetworks<N>, x: Tensor, options: O): Tensor;
}

/** Name of the feature, and of the part of the latent vector, that is a class of the data. */
export const CLASS = "class";

/** Whether a method, so set, can read pictures. */
export function hasEncoder({ features, classify, encodes }: Method, options: object): boolean {
  return (features !== undefined || classify !== undefined) && (encodes?.(options) ?? true);
}

/** Whether a method, so set, can make pictures. */
export function hasGenerator({ generate, generates }: Method, options: object): boolean {
  return generate !== undefined && (generates?.(options) ?? true);
}

/** The domain whose labels a method, so set, learns from. */
export function taughtDomain({ domains }: Method, options: object): "source" | "target" {
  return domains?.(options).labels ?? "source";
}

/** What a training takes from the source and from the target. */
export interface DomainsRead {
  /** Whose labels it learns from. */
  readonly labels: "source" | "target";
  /** Whose pictures the batch statistics are made from that a trained model reads with. */
  readonly statistics: "source" | "target" | "both";
}

/** Types a method by its schema and networks. */
export function defineMethod<S extends z.ZodObject, N extends Networks>(
  method: Method<z.infer<S>, N> & { readonly options: S },
): Method<z.infer<S>, N> & { readonly options: S } {
  return method;
}
