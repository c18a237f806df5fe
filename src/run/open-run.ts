import { RunError } from "../errors.js";
import type { Model } from "../train/index.js";
import { exists } from "./files.js";
import { RunFolder, WEIGHTS } from "./folder.js";
import { readWeights } from "./weights.js";

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
  if (!(await exists(folder.at(WEIGHTS)))) {
    throw new RunError({
      where: path,
      expected: "a run with weights",
      received: "one without",
      hint: `Go on with: npx ganymede train --resume ${path}`,
    });
  }
  return { folder, ...(await readWeights(folder, WEIGHTS, options)) };
}
