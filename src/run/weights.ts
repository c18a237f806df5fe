import { nodeHost } from "../engine/runtime/node.js";
import { RunError } from "../errors.js";
import { type Model, createModel } from "../train/index.js";
import { readWhole, writeWhole } from "./files.js";
import type { RunFolder } from "./folder.js";
import { decodeSafeTensors, encodeSafeTensors } from "./safetensors.js";
import { findMethod, optionsOf } from "./session.js";

/** Weights of a run as of its last sample, or its end. */
export const WEIGHTS = "models/weights.safetensors";

/** Writes a model's weights into a run folder, with the steps that they have seen. */
export async function writeWeights(
  folder: RunFolder,
  { spec }: Model,
  step: number,
  name = WEIGHTS,
): Promise<void> {
  const tensors = new Map([...spec.weights].map(([name, values]) => [name, values as Float32Array]));
  const metadata = { method: folder.config.method, step: String(step) };
  await writeWhole(
    folder.at(name),
    encodeSafeTensors({ tensors, ...(spec.shapes && { shapes: spec.shapes }), metadata }),
  );
}

/** The model that a file of weights makes, with the run's options of its method but for some. Throws RunError for weights of another. */
export async function readModel(
  folder: RunFolder,
  name: string,
  { threads, changed = {} }: { readonly threads?: number; readonly changed?: object } = {},
): Promise<{ model: Model; step: number }> {
  const { config } = folder;
  const file = folder.at(name);
  const { tensors, shapes, metadata } = decodeSafeTensors(await readWhole(file), file);
  const { method, data } = config;
  if (metadata["method"] !== method) {
    throw new RunError({
      where: file,
      expected: `weights of ${method}`,
      received: metadata["method"] ?? "none",
    });
  }
  const known = findMethod(method);
  const model = createModel({
    method: known,
    options: { ...optionsOf(config, known), ...changed },
    data: { image: data.image, classes: data.classes.length },
    host: nodeHost(threads === undefined ? {} : { threads }),
    weights: tensors,
    ...(shapes && { shapes }),
  });
  return { model, step: Number(metadata["step"]) };
}
