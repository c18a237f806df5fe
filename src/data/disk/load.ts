import { closest } from "fastest-levenshtein";
import { OptionError } from "../../errors.js";
import type { DataSplits } from "../dataset.js";
import { dataSets, readDataOptions } from "../options.js";
import type { DataOptions, DataOptionsInput } from "../options.js";
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
    checkFits(spec, options, { channels: 1 });
    return strokes({ seed: options.seed, size: options.size });
  }
  if (spec === "mnist") {
    checkFits(spec, options, { channels: 1, size: 28 });
    return loadMnist({ directory: options.directory });
  }
  throw unknownSet(spec);
}

function checkFits(
  set: string,
  { size, channels }: DataOptions,
  wanted: { readonly size?: number; readonly channels: 1 | 3 },
): void {
  if (wanted.size !== undefined && size !== wanted.size) {
    throw new OptionError({ where: `${set} size`, expected: String(wanted.size), received: String(size) });
  }
  if (channels !== null && channels !== wanted.channels) {
    throw new OptionError({
      where: `${set} channels`,
      expected: String(wanted.channels),
      received: String(channels),
    });
  }
}

function unknownSet(spec: string): OptionError {
  const names = dataSets.map(({ name }) => name);
  const expected = names.join(", ");
  return new OptionError({ where: "data set", expected, received: spec || "nothing", hint: nearest(spec) });
}

function nearest(spec: string): string {
  const [head = ""] = spec.split(":");
  if (/[\\/.]/.test(head)) return `For a folder of pictures write folder:${spec}`;
  const heads = new Map(dataSets.map(({ name }) => [name.replace(":PATH", ""), name]));
  return `Did you mean ${heads.get(closest(head, [...heads.keys()]))}?`;
}
