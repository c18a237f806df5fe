import { RunError } from "../errors.js";
import { nodeHost } from "../engine/runtime/node.js";
import { type Model, createModel } from "../train/index.js";
import { exists, readWhole } from "./files.js";
import { RunFolder } from "./folder.js";
import { decodeSafeTensors } from "./safetensors.js";
import { findMethod, optionsOf } from "./session.js";
import { WEIGHTS } from "./train-run.js";

/** A run to be used: its configuration and its model as of its last sample. */
export interface OpenRun {
  readonly folder: RunFolder;
  readonly model: Model;
  /** Training steps the weights have seen. */
  readonly step: number;
}

/** Opens a run folder. Throws RunError where it is none, or holds no weights yet. */
export async function openRun(path: string, options: { readonly threads?: number } = {}): Promise<OpenRun> {
  const folder = await RunFolder.open(path);
  const file = folder.at(WEIGHTS);
  if (!(await exists(file))) {
    throw new RunError({
      where: path,
      expected: "a run with weights",
      received: "one that has not come to its first sample",
      hint: `Go on with: npx ganymede train --resume ${path}`,
    });
  }
  const { tensors, shapes, metadata } = decodeSafeTensors(await readWhole(file), file);
  const { method, data } = folder.config;
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
    options: optionsOf(folder.config, known),
    data: { image: data.image, classes: data.classes.length },
    host: nodeHost(options),
    weights: tensors,
    ...(shapes && { shapes }),
  });
  return { folder, model, step: Number(metadata["step"]) };
}
