import { stat } from "node:fs/promises";
import { closest, distance } from "fastest-levenshtein";
import { OptionError } from "../../errors.js";
import type { DataSplits } from "../dataset.js";
import { fit } from "../fit.js";
import { dataSets, readDataOptions } from "../options.js";
import type { DataOptionsInput } from "../options.js";
import { strokes } from "../strokes.js";
import { loadFolder } from "./folder.js";
import type { Progress } from "./folder.js";
import { loadMnist } from "./mnist.js";

/**
 * Loads the data set that `--data` names: "mnist", "strokes" or "folder:PATH". `progress` counts the files of a folder.
 * Throws OptionError for an unknown name, an option out of range, or a size or channels that the set cannot have;
 * DataError, naming the path, for data that are missing or broken.
 */
export async function loadData(
  spec: string,
  input: DataOptionsInput = {},
  progress: Progress = () => undefined,
): Promise<DataSplits> {
  const options = readDataOptions(input);
  const path = /^folder:(.+)$/s.exec(spec)?.[1];
  if (path !== undefined) return loadFolder({ path, progress, ...options });
  if (spec === "strokes") {
    return fit(strokes({ seed: options.seed, size: options.size }), options);
  }
  if (spec === "mnist") {
    return fit(await loadMnist({ directory: options.directory }), options);
  }
  throw await unknownSet(spec);
}

async function unknownSet(spec: string): Promise<OptionError> {
  const names = dataSets.map(({ name }) => name);
  const hint = (await isFolder(spec)) ? asFolder(spec) : nearest(spec);
  return new OptionError({
    where: "data set",
    expected: `one of ${names.join(", ")}`,
    received: spec || "nothing",
    ...(hint !== undefined && { hint }),
  });
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

const asFolder = (path: string) => `For a folder of pictures write folder:${path}`;

/** What may have been meant; undefined where nothing is like it. */
function nearest(spec: string): string | undefined {
  const [head = "", ...rest] = spec.split(":");
  if (head === "folder") return "Write the path of the folder after the colon.";
  if (/[\\/.]/.test(head)) return asFolder(spec);
  const heads = dataSets.map(({ name }) => name.replace(":PATH", ""));
  const found = closest(head, heads);
  if (distance(head, found) > Math.max(2, head.length / 3)) return undefined;
  return `Did you mean ${found === "folder" ? `folder:${rest.join(":") || "PATH"}` : found}?`;
}
