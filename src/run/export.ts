import { hasEncoder } from "../methods/index.js";
import { EngineError } from "../errors.js";
import { type OnnxGraph, emitOnnx } from "../engine/compile/emit.js";
import { feedsOf } from "../engine/compile/compile.js";
import { simplify } from "../engine/compile/simplify.js";
import { viewOf } from "../engine/runtime/host.js";
import type { Tensor } from "../engine/tensor.js";
import { type Model, applyNetworks, drawLatents, featureTensors, modelInputs } from "../train/index.js";
import { writeWhole } from "./files.js";
import type { RunConfig } from "./config.js";

/** A model as ONNX, and the largest difference from the run's own results it was found to have. */
export interface ExportedModel {
  readonly file: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly difference: number;
}

const TOLERANCE = 1e-5;
const CHECK = 7;

/**
 * Writes generator.onnx (latent [batch,width] -> pictures) and, where the method has one, encoder.onnx (pictures -> features),
 * any batch size, weights inside, pre-processing in the metadata. Each is loaded again and compared with the model; throws
 * EngineError where they differ by more than 1e-5 (of the largest value, where that exceeds 1).
 */
export async function exportModels(
  model: Model,
  config: RunConfig,
  directory: string,
): Promise<ExportedModel[]> {
  const { spec } = model;
  const inputs = modelInputs(spec, CHECK);
  const networks = () => applyNetworks(spec.method.networks(spec.data, spec.options), { training: false });
  const latents = drawLatents(model.latent, CHECK, config.training.seed, "export");
  const pictures = await model.generate(latents);

  const generator = await exportOne(
    model,
    config,
    `${directory}/generator.onnx`,
    { pictures: spec.method.generate(networks(), inputs.latent, spec.options) },
    { latent: latents },
    { pictures },
  );
  if (!hasEncoder(spec.method, spec.options)) return [generator];
  const features = await model.features(pictures);
  const encoder = await exportOne(
    model,
    config,
    `${directory}/encoder.onnx`,
    featureTensors(spec, networks(), inputs.x),
    { x: pictures },
    Object.fromEntries(Object.entries(features).map(([name, { data }]) => [name, data])),
  );
  return [generator, encoder];
}

type Arrays = Readonly<Record<string, Float32Array>>;

async function exportOne(
  { spec, latent }: Model,
  config: RunConfig,
  file: string,
  outputs: Readonly<Record<string, Tensor>>,
  inputs: Arrays,
  expected: Arrays,
): Promise<ExportedModel> {
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
  const difference = await largestDifference(spec.host, graph, inputs, expected);
  if (!(difference <= TOLERANCE)) {
    throw new EngineError({
      where: file,
      expected: `results within ${TOLERANCE} of the run's own`,
      received: `a difference of ${difference}`,
    });
  }
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
  const part = (values: Float32Array) =>
    new Float32Array(new Float32Array(values.subarray(0, (values.length / CHECK) * rows)));
  const found = smaller.outputs.map(({ dtype, shape }) => viewOf(dtype, shape));
  await session
    .bind(
      smaller.inputs.map(({ name }) => part(inputs[name] ?? new Float32Array())),
      found,
    )
    .run();
  session.release();
  return Math.max(
    ...smaller.outputs.map(({ name }, i) => furthest(found[i] as Float32Array, expected[name])),
  );
}

/** Largest difference; where values exceed 1, in units of the largest, as float32 has no finer absolute steps there. */
function furthest(found: Float32Array, wanted: Float32Array = new Float32Array()): number {
  const scale = wanted.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
  return found.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (wanted[i] ?? NaN)) / scale), 0);
}
