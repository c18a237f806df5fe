import { nodeHost } from "../engine/runtime/node.js";
import { RunError } from "../errors.js";
import { type Model, createModel } from "../train/index.js";
import { readWhole, writeWhole } from "./files.js";
import type { RunFolder } from "./folder.js";
import { decodeSafeTensors, encodeSafeTensors } from "./safetensors.js";
import { findMethod, optionsOf } from "./session.js";

/** Writes a model's weights into a file of a run, with the steps that they have seen. */
export async function writeWeights(
  folder: RunFolder,
  file: string,
  { spec: { weights, shapes } }: Model,
  step: number,
): Promise<void> {
  const tensors = new Map([...weights].map(([name, values]) => [name, values as Float32Array]));
  const metadata = { method: folder.config.method, step: String(step) };
  await writeWhole(folder.at(file), encodeSafeTensors({ tensors, ...(shapes && { shapes }), metadata }));
}

/** The model that a file of weights makes, with the run's options and `changed` put over them. Throws RunError for weights of another method. */
export async function readWeights(
  folder: RunFolder,
  file: string,
  { threads, changed = {} }: { readonly threads?: number; readonly changed?: object } = {},
): Promise<{ model: Model; step: number }> {
  const { config, path } = folder;
  const { tensors, shapes, metadata } = decodeSafeTensors(await readWhole(folder.at(file)), folder.at(file));
  const { method, data } = config;
  if (metadata["method"] !== method) {
    throw new RunError({
      where: folder.at(file),
      expected: `weights of ${method}`,
      received: metadata["method"] ?? "none",
      hint: `Remove it, and make it again: npx ganymede train --resume ${path}`,
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
