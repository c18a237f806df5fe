import { hasEncoder, hasGenerator } from "../methods/index.js";
import { EngineError } from "../errors.js";
import { type OnnxGraph, emitOnnx } from "../engine/compile/emit.js";
import { feedsOf } from "../engine/compile/compile.js";
import { simplify } from "../engine/compile/simplify.js";
import { hostRandom } from "../engine/random.js";
import { type Buffer, viewOf } from "../engine/runtime/host.js";
import type { Tensor } from "../engine/tensor.js";
import {
  type Model,
  applyNetworks,
  createModel,
  drawLatents,
  featureTensors,
  generated,
  modelInputs,
} from "../train/index.js";
import { writeWhole } from "./files.js";
import type { RunConfig } from "./config.js";

/** A model as ONNX, and the largest difference from the run's own results it was found to have. */
export interface ExportedModel {
  readonly file: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly difference: number;
}

const GENERATOR = "generator.onnx";
const ENCODER = "encoder.onnx";
const TOLERANCE = 1e-5;
const CHECK = 7;
/** Rounding errors that may come together: a value is a sum of hundreds, a few layers deep. */
const ROUNDINGS = 32;
/** Where rounding alone moves results further than this, no comparison tells a right model from a wrong one. */
const WORST_TOLERANCE = 1e-2;

/** The files of a model that has been exported. */
export function exportedFiles({ spec: { method, options } }: Model): string[] {
  return [
    ...(hasGenerator(method, options) ? [GENERATOR] : []),
    ...(hasEncoder(method, options) ? [ENCODER] : []),
  ];
}

/**
 * Writes generator.onnx (latent [batch,width] -> pictures) and encoder.onnx (pictures -> features), where the method has them; any
 * batch size, weights inside, pre-processing in the metadata. Each is loaded again and compared with the model; throws
 * EngineError where they differ by more than 1e-5 (of the largest value, where that exceeds 1) and by more than rounding
 * explains.
 */
export async function exportModels(
  model: Model,
  config: RunConfig,
  directory: string,
): Promise<ExportedModel[]> {
  const { spec } = model;
  const inputs = modelInputs(spec, CHECK);
  const networks = () => applyNetworks(spec.method.networks(spec.data, spec.options), { training: false });
  const made: ExportedModel[] = [];
  let x = standInPictures(spec);
  if (hasGenerator(spec.method, spec.options)) {
    const latent = drawLatents(model.latent, CHECK, config.training.seed, "export");
    const generator = await exportOne(model, config, `${directory}/${GENERATOR}`, {
      outputs: { pictures: generated(spec, networks(), inputs.latent) },
      inputs: { latent },
      results: async (of) => ({ pictures: await of.generate(latent) }),
    });
    made.push(generator);
    x = await model.generate(latent);
  }
  if (!hasEncoder(spec.method, spec.options)) return made;
  const encoder = await exportOne(model, config, `${directory}/${ENCODER}`, {
    outputs: featureTensors(spec, networks(), inputs.x),
    inputs: { x },
    results: async (of) =>
      Object.fromEntries(Object.entries(await of.features(x)).map(([name, { data }]) => [name, data])),
  });
  return [...made, encoder];
}

/** Noise, to compare encoders on where no pictures are generated. */
function standInPictures({ data: { image } }: Model["spec"]): Float32Array {
  const { uniform } = hostRandom(1, "stand-in pictures");
  return Float32Array.from({ length: CHECK * image.channels * image.height * image.width }, uniform);
}

type Arrays = Readonly<Record<string, Float32Array>>;

/** What is exported, and how it is checked: arrays to put in, and what a model makes of them. */
interface Exported {
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly inputs: Arrays;
  readonly results: (of: Model) => Promise<Arrays>;
}

async function exportOne(
  model: Model,
  config: RunConfig,
  file: string,
  { outputs, inputs, results }: Exported,
): Promise<ExportedModel> {
  const { spec, latent } = model;
  const names = Object.keys(outputs);
  const simple = simplify(names.map((name) => outputs[name] as Tensor));
  const feeds = feedsOf(simple);
  const weights = new Map(
    [...feeds.keys()]
      .filter((name) => spec.weights.has(name))
      .map((name) => [name, spec.weights.get(name) as Float32Array]),
  );
  const graph = emitOnnx({
    inputs: feeds,
    outputs: new Map(names.map((name, i) => [name, simple[i] as Tensor])),
    weights,
    batchAxis: "batch",
    metadata: {
      ganymede: config.ganymede,
      method: config.method,
      options: JSON.stringify(config.options),
      latent: JSON.stringify(latent),
      pixels: "float32 in [0,1], batch x channels x height x width",
      preprocessing: config.data.preprocessing,
      classes: JSON.stringify(config.data.classes),
    },
  });
  const expected = await results(model);
  const difference = await largestDifference(spec.host, graph, inputs, expected);
  if (!(difference <= TOLERANCE)) await refuseUnlessRounding(file, model, difference, { expected, results });
  await writeWhole(file, graph.bytes);
  return { file, inputs: Object.keys(inputs), outputs: names, difference };
}

/** Runs the exported graph with another batch size than it was traced for, and compares the rows. */
async function largestDifference(
  host: Model["spec"]["host"],
  graph: OnnxGraph,
  inputs: Arrays,
  expected: Arrays,
): Promise<number> {
  const rows = CHECK - 2;
  const shrink = <T extends { readonly shape: readonly number[] }>(port: T): T => ({
    ...port,
    shape: [rows, ...port.shape.slice(1)],
  });
  const smaller = { ...graph, inputs: graph.inputs.map(shrink), outputs: graph.outputs.map(shrink) };
  const session = await host.load(smaller);
  const part = (values: Float32Array) => new Float32Array(values.subarray(0, (values.length / CHECK) * rows));
  const found = smaller.outputs.map(({ dtype, shape }) => viewOf(dtype, shape));
  await session
    .bind(
      smaller.inputs.map(({ name }) => part(inputs[name] ?? NONE)),
      found,
    )
    .run();
  session.release();
  return Math.max(
    ...smaller.outputs.map(({ name }, i) => furthest(found[i] as Float32Array, expected[name])),
  );
}

/**
 * Batch statistics of very few pictures have variances near 0, and a division by them magnifies every rounding. Two graphs that
 * add in another order then differ by more than 1e-5 although both are right. How far is right can be measured: as far as the
 * run's own results move when each of its weights moves by its last bit, times the roundings that come together.
 */
async function refuseUnlessRounding(
  file: string,
  model: Model,
  difference: number,
  { expected, results }: { readonly expected: Arrays; readonly results: Exported["results"] },
): Promise<void> {
  const moved = withLastBitsMoved(model);
  const found = await results(moved);
  moved.release();
  const rounding = Math.max(...Object.keys(expected).map((n) => furthest(found[n] ?? NONE, expected[n])));
  const tolerance = Math.min(WORST_TOLERANCE, Math.max(TOLERANCE, ROUNDINGS * rounding));
  if (difference <= tolerance) return;
  throw new EngineError({
    where: file,
    expected: `results within ${tolerance.toExponential(1)} of the run's own`,
    received: `a difference of ${difference.toExponential(1)}`,
    hint: "The run itself is whole; its weights are in models/weights.safetensors.",
  });
}

const LAST_BIT = 2 ** -23;

/** The same model, but for the last bit of each weight: up or down, as a seed decides. */
function withLastBitsMoved({ spec }: Model): Model {
  const { uniform } = hostRandom(1, "last bits");
  const move = (value: number) => value * (1 + (uniform() < 0.5 ? -LAST_BIT : LAST_BIT));
  const weights = [...spec.weights].map(([name, values]): [string, Buffer] => [
    name,
    values instanceof Float32Array ? values.map(move) : values,
  ]);
  return createModel({ ...spec, weights: new Map(weights) });
}

const NONE = new Float32Array();

/** Largest difference; where values exceed 1, in units of the largest, as float32 has no finer absolute steps there. */
function furthest(found: Float32Array, wanted: Float32Array = NONE): number {
  const scale = wanted.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
  return found.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (wanted[i] ?? NaN)) / scale), 0);
}
