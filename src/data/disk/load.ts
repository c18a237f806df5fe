import { stat } from "node:fs/promises";
import { OptionError } from "../../errors.js";
import { nearestName } from "../../options.js";
import type { DataSplits } from "../dataset.js";
import { avatars } from "../avatars.js";
import { enlarged } from "../enlarge.js";
import { keepLabels } from "../keep-labels.js";
import { dataSets, readDataOptions } from "../options.js";
import type { DataOptions, DataOptionsInput } from "../options.js";
import { strokes } from "../strokes.js";
import { loadBlended } from "./blended.js";
import { loadFolder } from "./folder.js";
import type { Progress } from "./folder.js";
import { loadIdx } from "./idx.js";
import { loadMnist } from "./mnist.js";
import { loadNpz } from "./npz.js";

/**
 * Loads the data set that `--data` names: one of `dataSets`. `progress` counts the files of a folder.
 * With `labels`, all other training pictures lose theirs (`keepLabels`).
 * Throws OptionError for an unknown name, an option out of range, or a size or channels that the set cannot have;
 * DataError, naming the path, for data that are missing or broken.
 */
export async function loadData(
  spec: string,
  input: DataOptionsInput = {},
  progress: Progress = () => undefined,
): Promise<DataSplits> {
  const options = readDataOptions(input);
  const splits = await loadSplits(spec, options, progress);
  if (options.labels === null) return splits;
  return { ...splits, train: keepLabels(splits.train, options.labels, options.labelSeed) };
}

async function loadSplits(spec: string, options: DataOptions, progress: Progress): Promise<DataSplits> {
  const [, kind = "", path] = /^(folder|npz|idx):(.+)$/s.exec(spec) ?? [];
  if (path !== undefined) return fromPath(kind, path, options, progress);
  if (spec === "strokes") {
    return enlarged(strokes(seedAndSize(options)), options);
  }
  if (spec === "avatars") {
    checkColour(spec, options);
    return avatars(seedAndSize(options));
  }
  if (spec === "mnist") {
    return enlarged(await loadMnist({ directory: options.directory }), options);
  }
  if (spec === "mnist-m") {
    checkColour(spec, options);
    // MNIST-M counts every grey as digit; the digits of strokes would grow thicker so.
    return loadBlended(spec, await loadMnist({ directory: options.directory }), 0, options, progress);
  }
  if (spec === "strokes-m") {
    checkColour(spec, options);
    return loadBlended(spec, strokes(seedAndSize(options)), 0.5, options, progress);
  }
  throw await unknownSet(spec);
}

function fromPath(kind: string, path: string, options: DataOptions, progress: Progress): Promise<DataSplits> {
  if (kind === "npz") return loadNpz({ path, ...options });
  if (kind === "idx") return loadIdx({ path, ...options });
  return loadFolder({ path, progress, ...options });
}

/** What a drawn set takes. */
const seedAndSize = ({ seed, size }: DataOptions) => ({ seed, ...(size !== null && { size }) });

/** For the sets that are there in colour alone. */
function checkColour(set: string, { channels }: DataOptions): void {
  if (channels === null || channels === 3) return;
  throw new OptionError({ where: `${set} channels`, expected: "3", received: String(channels) });
}

async function unknownSet(spec: string): Promise<OptionError> {
  const names = dataSets.map(({ name }) => name);
  const hint = (await asWhatItIs(spec)) ?? nearest(spec);
  return new OptionError({
    where: "data set",
    expected: `one of ${names.join(", ")}`,
    received: spec || "nothing",
    ...(hint !== undefined && { hint }),
  });
}

/** What to write for a path that is there; undefined for what is none. */
async function asWhatItIs(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() === true) return asFolder(path);
  return found?.isFile() === true && path.endsWith(".npz") ? `For NumPy arrays write npz:${path}` : undefined;
}

const asFolder = (path: string) => `For a folder of pictures write folder:${path}`;

/** What may have been meant; undefined where nothing is like it. */
function nearest(spec: string): string | undefined {
  const [head = "", ...rest] = spec.split(":");
  const heads = dataSets.map(({ name }) => name.replace(":PATH", ""));
  const withPath = dataSets.some(({ name }) => name === `${head}:PATH`);
  if (withPath) return `Write the path ${head === "npz" ? "of the file" : "of the folder"} after the colon.`;
  if (/[\\/.]/.test(head)) return asFolder(spec);
  const found = nearestName(head, heads);
  if (found === undefined) return undefined;
  const takesPath = dataSets.some(({ name }) => name === `${found}:PATH`);
  return `Did you mean ${takesPath ? `${found}:${rest.join(":") || "PATH"}` : found}?`;
}
