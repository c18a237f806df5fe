import { DataError, OptionError } from "../errors.js";
import { compile, type CompiledFunction } from "../engine/compile/compile.js";
import { Draws } from "../engine/draws.js";
import { placeholder } from "../engine/ops/index.js";
import type { Buffer, Host } from "../engine/runtime/host.js";
import type { Tensor } from "../engine/tensor.js";
import { type LatentPart, drawLatents, latentWidth } from "../methods/latent.js";
import {
  type AppliedNetworks,
  type DataShape,
  type Method,
  CLASS,
  type Networks,
  hasEncoder,
  hasGenerator,
} from "../methods/method.js";
import type { Mode, StatisticsRecord } from "../nn/network.js";

/** What a model is made of. */
export interface ModelSpec {
  readonly method: Method;
  readonly options: object;
  readonly data: DataShape;
  readonly host: Host;
  /** Variables of all networks by name; read in place, so a model made beside a running training follows it. */
  readonly weights: ReadonlyMap<string, Buffer>;
  /** Their shapes, for files. */
  readonly shapes?: ReadonlyMap<string, readonly number[]>;
}

/** Features of n pictures: for every name a row-major matrix [n, width]. */
export type Features = Readonly<Record<string, { readonly data: Float32Array; readonly width: number }>>;

/** What a trained method can do, on arrays of any length. Pictures are [n,C,H,W] in [0,1], flat. */
export interface Model {
  readonly spec: ModelSpec;
  /** Layout of its latent vectors; empty where the method generates nothing. */
  readonly latent: readonly LatentPart[];
  /** latents [n, width] -> pictures. Throws OptionError where the method generates nothing. */
  generate(latents: Float32Array): Promise<Float32Array>;
  /** Throws OptionError where the method has no encoder. */
  features(pictures: Float32Array): Promise<Features>;
  /** Pictures there and back. Throws OptionError where the method does not reconstruct. */
  reconstruct(pictures: Float32Array): Promise<Float32Array>;
  release(): void;
}

const CHUNK = 200;

/** Applies networks in a mode. */
export function applyNetworks(networks: Networks, mode: Mode): AppliedNetworks<Networks> {
  return Object.fromEntries(Object.entries(networks).map(([letter, net]) => [letter, net.in(mode)]));
}

/** A model of given weights. Graphs are compiled when first used. */
export function createModel(spec: ModelSpec): Model {
  const { method, options, data } = spec;
  const latent = latentOf(spec);
  const inputs = modelInputs(spec, CHUNK);
  const networks = () => applyNetworks(method.networks(data, options), { training: false });
  const chunked = lazily((outputs: Readonly<Record<string, Tensor>>) =>
    compile(outputs, spec.host, spec.weights),
  );
  const pictures = pictureSize(data);
  return {
    spec,
    latent,
    generate: async (latents) => {
      const f = await chunked("generate", () => ({ x: generated(spec, networks(), inputs.latent) }));
      const { x } = await inChunks(f, "latent", latents, latentWidth(latent), { x: pictures });
      return x ?? new Float32Array();
    },
    features: async (images) => {
      const f = await chunked("features", () => featureTensors(spec, networks(), inputs.x));
      const widths = Object.fromEntries(f.graph.outputs.map(({ name, shape }) => [name, shape[1] ?? 1]));
      const found = await inChunks(f, "x", images, pictures, widths);
      return Object.fromEntries(
        Object.entries(found).map(([name, rows]) => [name, { data: rows, width: widths[name] ?? 1 }]),
      );
    },
    reconstruct: async (images) => {
      const f = await chunked("reconstruct", () => {
        if (method.reconstruct === undefined) throw cannot(spec, "reconstructs pictures", ["reconstruct"]);
        return { reconstruction: method.reconstruct(networks(), inputs.x, options) };
      });
      const { reconstruction } = await inChunks(f, "x", images, pictures, { reconstruction: pictures });
      return reconstruction ?? new Float32Array();
    },
    release: () => chunked.release(),
  };
}

type Described = Pick<ModelSpec, "method" | "options" | "data">;

/** Layout of the latent vectors of a model; empty where nothing is generated. */
export function latentOf({ method, options, data }: Described): readonly LatentPart[] {
  return hasGenerator(method, options) ? (method.latent?.(options, data) ?? []) : [];
}

/** Pictures as a tensor; throws OptionError where the method makes none. */
export function generated(spec: Described, networks: AppliedNetworks<Networks>, latent: Tensor): Tensor {
  const { method, options } = spec;
  if (method.generate === undefined || !hasGenerator(method, options))
    throw cannot(spec, "trains a generator", ["generate"]);
  return method.generate(networks, latent, options);
}

/** That a model was asked for what its method does not do, or not with its options. `by`: what a method does it by. */
export function cannot(
  { method }: Pick<ModelSpec, "method">,
  does: string,
  by: readonly (keyof Method)[],
): OptionError {
  return new OptionError({
    where: method.name,
    expected: `a method that ${does}`,
    received: by.some((way) => way in method)
      ? "one that, with these options, does not"
      : "one that never does",
  });
}

/** The placeholders a model's graphs read: `x` [batch,C,H,W] and `latent` [batch,width]. */
export function modelInputs(spec: Described, batch: number) {
  const { channels, height, width } = spec.data.image;
  return {
    x: placeholder("x", [batch, channels, height, width]),
    latent: placeholder("latent", [batch, latentWidth(latentOf(spec))]),
  };
}

/** Features as tensors; throws OptionError where the method has none. */
export function featureTensors(
  spec: Pick<ModelSpec, "method" | "options">,
  networks: AppliedNetworks<Networks>,
  x: Tensor,
): Readonly<Record<string, Tensor>> {
  const { method, options } = spec;
  if (!hasEncoder(method, options)) throw cannot(spec, "trains an encoder", ["features", "classify"]);
  const classes = method.classify?.(networks, x, options);
  return { ...(classes && { [CLASS]: classes }), ...method.features?.(networks, x, options) };
}

/**
 * Batch statistics made anew for given weights: the mean over a few large batches of what the networks meet when they read
 * real pictures and make pictures from draws, or on the ways that the method says (`calibrate`). Returns the weights with the running statistics replaced. Batches of pictures
 * are smaller where there are fewer, and a last batch that is not whole is left out; batches of draws are always whole.
 */
export async function recalibrate(
  spec: ModelSpec,
  pictures: Float32Array,
  seed: number,
  largest = 500,
): Promise<ReadonlyMap<string, Buffer>> {
  const size = pictureSize(spec.data);
  // What a graph holds of a batch grows with the picture: 500 of 64x64 in colour are as much as is taken at once.
  const fitting = Math.max(2, Math.floor((largest * 3 * 64 * 64) / size));
  const whole = Math.min(largest, fitting);
  const batch = Math.min(whole, pictures.length / size);
  const rounds = Math.floor(pictures.length / size / batch);
  // Draws are never scarce. The variance over a few is near 0, and a generator divided by it answers any other draw with noise.
  const latents = drawLatents(latentOf(spec), rounds * whole, seed, "recalibrate");
  const { latent } = modelInputs(spec, whole);
  const weights = new Map(spec.weights);
  const { method, options } = spec;
  const { calibrate } = method;
  const passes: Pass[] = [];
  if (calibrate !== undefined) {
    const { x } = modelInputs(spec, whole);
    passes.push({
      inputs: { x: repeated(pictures, rounds * whole * size), latent: latents },
      outputs: (nets) => calibrate.call(method, nets, { x, latent }, options),
    });
  } else {
    if (hasGenerator(method, options))
      passes.push({
        inputs: { latent: latents },
        outputs: (nets) => [generated(spec, nets, latent)],
      });
    const { x } = modelInputs(spec, batch);
    if (hasEncoder(method, options))
      passes.push({
        inputs: { x: pictures.subarray(0, rounds * batch * size) },
        outputs: (nets) => Object.values(featureTensors(spec, nets, x)),
      });
  }
  await averageStatistics(spec, weights, rounds, passes);
  return weights;
}

/** The first values, from the beginning again where there are fewer. */
export function repeated(values: Float32Array, length: number): Float32Array {
  if (values.length >= length) return values.subarray(0, length);
  return Float32Array.from({ length }, (_, i) => values[i % values.length] ?? 0);
}

interface Pass {
  /** Values for all rounds, by the name of the input. */
  readonly inputs: Readonly<Record<string, Float32Array>>;
  readonly outputs: (networks: AppliedNetworks<Networks>) => readonly Tensor[];
}

async function averageStatistics(
  { method, options, data, host }: ModelSpec,
  weights: Map<string, Buffer>,
  rounds: number,
  passes: readonly Pass[],
): Promise<void> {
  for (const { inputs, outputs } of passes) {
    const records: StatisticsRecord[] = [];
    const mode: Mode = { training: true, draws: new Draws(), records, masks: false };
    outputs(applyNetworks(method.networks(data, options), mode));
    if (records.length === 0) continue;
    const tensors = Object.fromEntries(records.map((r) => [r.variable.name, r.value]));
    const f = await compile(prefixed(tensors), host, weights);
    const sums = new Map(records.map((r) => [r.variable.name, new Float32Array(r.variable.shape[0] ?? 1)]));
    const ofRound = (values: Float32Array, round: number) => {
      const size = values.length / rounds;
      return values.subarray(round * size, (round + 1) * size);
    };
    for (let round = 0; round < rounds; round++) {
      const found = await f.run(
        Object.fromEntries(Object.entries(inputs).map(([name, values]) => [name, ofRound(values, round)])),
      );
      for (const [name, sum] of sums)
        found[`batch/${name}`]?.forEach((v, i) => (sum[i] = (sum[i] ?? 0) + v / rounds));
    }
    f.release();
    for (const [name, sum] of sums) weights.set(name, sum);
  }
}

/** Outputs must not bear the names of inputs. */
function prefixed(tensors: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [`batch/${name}`, tensor]));
}

export function pictureSize({ image }: DataShape): number {
  return image.channels * image.height * image.width;
}

/** Compiles on first use, by name. */
function lazily(make: (outputs: Readonly<Record<string, Tensor>>) => Promise<CompiledFunction<string>>) {
  const made = new Map<string, Promise<CompiledFunction<string>>>();
  const get = (name: string, outputs: () => Readonly<Record<string, Tensor>>) => {
    const known = made.get(name) ?? make(outputs());
    made.set(name, known);
    known.catch(() => made.delete(name)); // one that failed may be tried again
    return known;
  };
  const release = () => {
    for (const f of made.values()) f.then((compiled) => compiled.release()).catch(() => {}); // its caller has heard
    made.clear();
  };
  return Object.assign(get, { release });
}

/** Runs a graph of fixed batch over any number of rows; the last chunk is filled up with zeros. */
async function inChunks(
  f: CompiledFunction<string>,
  input: string,
  rows: Float32Array,
  width: number,
  outputWidths: Readonly<Record<string, number>>,
): Promise<Record<string, Float32Array>> {
  const n = rows.length / width;
  if (!Number.isInteger(n)) {
    throw new DataError({
      where: input,
      expected: `rows of ${width} values`,
      received: `${rows.length} values`,
    });
  }
  const out = Object.fromEntries(
    Object.entries(outputWidths).map(([name, w]) => [name, new Float32Array(n * w)]),
  );
  const chunk = new Float32Array(CHUNK * width);
  for (let start = 0; start < n; start += CHUNK) {
    const size = Math.min(CHUNK, n - start);
    chunk.fill(0).set(rows.subarray(start * width, (start + size) * width));
    const found = await f.run({ [input]: chunk });
    for (const [name, w] of Object.entries(outputWidths))
      out[name]?.set(found[name]?.subarray(0, size * w) ?? [], start * w);
  }
  return out;
}
