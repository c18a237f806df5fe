import { DataError } from "../../errors.js";
import { checkLengths, fromArrays, rastersOf } from "../arrays.js";
import type { ArrayPart } from "../arrays.js";
import type { DataSplits } from "../dataset.js";
import { integersOf, parseNpz } from "../npz.js";
import type { NpyArray } from "../npz.js";
import { readDataOptions } from "../options.js";
import type { DataOptionsInput } from "../options.js";
import { readBytes } from "./files.js";

/** A .npz file, and how its pictures are brought to one size. */
export interface NpzOptions extends DataOptionsInput {
  readonly path: string;
}

/** What the arrays of a part may be called, the usual first; capitals do not count. */
const spellings = {
  train: { images: ["train_images", "x_train", "train_x"], labels: ["train_labels", "y_train", "train_y"] },
  test: { images: ["test_images", "x_test", "test_x"], labels: ["test_labels", "y_test", "test_y"] },
  all: { images: ["images", "x", "data"], labels: ["labels", "y", "targets"] },
};

type Part = keyof typeof spellings;

const known = new Set(Object.values(spellings).flatMap(({ images, labels }) => [...images, ...labels]));

/**
 * Pictures of a .npz file (`numpy.savez`): `train_images`, `train_labels`, `test_images`, `test_labels`, or `x_train` and so on;
 * or a single part, `images` and `labels`, or one of the two alone, of which some are held out. Pictures are uint8 [N,H,W] or
 * [N,H,W,3], labels whole numbers [N] or [N,1], or absent. What is done with them: `fromArrays`. Throws DataError, naming the path
 * and the array, for a file that is missing, damaged or without pictures, another type or shape, lengths that
 * disagree; OptionError for an option out of range.
 */
export async function loadNpz({ path, ...input }: NpzOptions): Promise<DataSplits> {
  const options = readDataOptions(input);
  const { arrays, names } = parseNpz(await readBytes(path), path, (name) => known.has(name.toLowerCase()));
  const byName = new Map([...arrays].map(([name, array]) => [name.toLowerCase(), { name, array }]));
  const part = (which: Part) => readPart(path, byName, which);
  const [train, test] = [part("train"), part("test")];
  const name = `npz:${path}`;
  if (train !== undefined && test !== undefined) {
    checkBothLabelled(path, train, test);
    return fromArrays({ name, train, test }, options);
  }
  const only = train ?? test ?? part("all");
  if (only === undefined) throw noPictures(path, names);
  return fromArrays({ name, train: only }, options);
}

interface Named {
  readonly name: string;
  readonly array: NpyArray;
}

function readPart(path: string, byName: ReadonlyMap<string, Named>, part: Part): ArrayPart | undefined {
  const find = (names: readonly string[]) => names.map((name) => byName.get(name)).find((found) => found);
  const images = find(spellings[part].images);
  if (images === undefined) return undefined;
  const where = `${path}, ${images.name}`;
  checkBytes(images.array, where);
  const rasters = rastersOf(images.array.shape, images.array.bytes, where);
  const labels = find(spellings[part].labels);
  if (labels === undefined) return { images: rasters };
  return { images: rasters, labels: readLabels(path, labels, images.name, rasters.count) };
}

function checkBytes({ type }: NpyArray, where: string): void {
  if (type === "|u1") return;
  throw new DataError({
    where,
    expected: "pictures of type uint8, from 0 to 255",
    received: type,
    hint: "Values from 0 to 1: save (255 * x).round().astype('uint8').",
  });
}

function readLabels(path: string, { name, array }: Named, images: string, count: number): number[] {
  const where = `${path}, ${name}`;
  const [length = 0, ...rest] = array.shape;
  if (rest.length > 1 || (rest[0] ?? 1) !== 1) {
    throw new DataError({
      where,
      expected: "labels of shape [N]",
      received: `[${array.shape.join(", ")}]`,
      hint: "One-hot labels: save x.argmax(axis=1).",
    });
  }
  checkLengths(length, count, where, images);
  return integersOf(array, where);
}

/** Else a score would be measured on pictures without labels, or learned classes could not be named. */
function checkBothLabelled(path: string, train: ArrayPart, test: ArrayPart): void {
  if ((train.labels === undefined) === (test.labels === undefined)) return;
  throw new DataError({
    where: path,
    expected: "labels for both parts, or for none",
    received: `none for the ${train.labels === undefined ? "training" : "test"} pictures`,
  });
}

function noPictures(path: string, names: readonly string[]): DataError {
  return new DataError({
    where: path,
    expected: "arrays called train_images and test_images (or x_train and x_test), or images",
    received: names.length === 0 ? "no arrays" : names.join(", "),
  });
}
