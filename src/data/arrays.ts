import { DataError } from "../errors.js";
import type { Dataset, DataSplits } from "./dataset.js";
import { fitted } from "./fit.js";
import type { Rasters } from "./fit.js";
import { type Candidate, holdOut, mixed } from "./hold-out.js";
import type { DataOptions } from "./options.js";
import { pictures } from "./pictures.js";

/** Pictures and, where they have any, their labels: whole numbers, below 0 for none. */
export interface ArrayPart {
  readonly images: Rasters;
  readonly labels?: readonly number[];
}

/** Arrays of a data set: in two parts, or in one of which some are to be held out. */
export interface ArrayParts {
  readonly name: string;
  readonly train: ArrayPart;
  readonly test?: ArrayPart;
}

/** Side of padded pictures where none is asked for: that of MNIST. */
const paddedSide = 28;

/**
 * Arrays as a data set, in memory. Classes are the labels that occur, in rising order, named by their number. `size` null leaves pictures
 * as large as they are, those that are not square cut to their shorter side, and padded ones (`fit`) 28. `channels` null: colour if
 * either part has it. Without a test part, some of each class are held out (`holdOut`). A part that comes class by class is mixed
 * (`mixed`). Throws DataError for a part without pictures, and for a single picture of which none could be held out.
 */
export function fromArrays({ name, ...parts }: ArrayParts, options: DataOptions): DataSplits {
  const { train, test } =
    parts.test === undefined ? heldOut(name, parts.train, options) : { ...parts, test: parts.test };
  const { height, width } = train.images;
  const side = options.size ?? (options.fit === "pad" ? paddedSide : Math.min(height, width));
  const colour = [train, test].some(({ images }) => images.channels === 3);
  const channels = options.channels ?? (colour ? 3 : 1);
  const values = [...(train.labels ?? []), ...(test.labels ?? [])];
  const classes = [...new Set(values.filter((value) => value >= 0))].toSorted((a, b) => a - b);
  const toDataset = (part: ArrayPart): Dataset => {
    const { images, labels } = outOfClassOrder(part, options);
    const { pixels, about } = fitted(images, { side, channels, fit: options.fit });
    return pictures({
      name,
      image: { channels, height: side, width: side },
      pixels,
      preprocessing: about,
      ...(labels &&
        classes.length > 0 && { classes: classes.map(String), labels: numbered(labels, classes) }),
    });
  };
  return { train: toDataset(train), test: toDataset(test) };
}

function numbered(labels: readonly number[], classes: readonly number[]): number[] {
  const numbers = new Map(classes.map((value, number) => [value, number]));
  return labels.map((label) => numbers.get(label) ?? -1);
}

function heldOut(name: string, all: ArrayPart, options: DataOptions): { train: ArrayPart; test: ArrayPart } {
  const { count } = all.images;
  if (count < 2) {
    throw new DataError({
      where: name,
      expected: "at least 2 pictures, one to be held out",
      received: String(count),
      hint: "Add pictures, or a test part.",
    });
  }
  const candidates = candidatesOf(all);
  const held = holdOut(candidates, options);
  const indices = (wanted: boolean) =>
    candidates.flatMap((candidate, i) => (held.has(candidate) === wanted ? [i] : []));
  return { train: some(all, indices(false)), test: some(all, indices(true)) };
}

/** A part as it is; of one that has all pictures of a class in a row, the same in another order. */
function outOfClassOrder(part: ArrayPart, options: DataOptions): ArrayPart {
  const { labels = [] } = part;
  const runs = labels.filter((label, i) => i === 0 || label !== labels[i - 1]).length;
  if (runs < 2 || runs > new Set(labels).size) return part;
  const order = mixed(candidatesOf(part), options).map(({ file }) => Number(file));
  return some(part, order);
}

/** Pictures named by their place. */
function candidatesOf({ images, labels }: ArrayPart): Candidate[] {
  return Array.from({ length: images.count }, (_, i) => ({
    file: String(i),
    label: Math.max(-1, labels?.[i] ?? -1),
  }));
}

function some({ images, labels }: ArrayPart, indices: readonly number[]): ArrayPart {
  const length = images.height * images.width * images.channels;
  const values = new Uint8Array(indices.length * length);
  indices.forEach((index, i) =>
    values.set(images.values.subarray(index * length, (index + 1) * length), i * length),
  );
  return {
    images: { ...images, count: indices.length, values },
    ...(labels && { labels: indices.map((index) => labels[index] ?? -1) }),
  };
}

/**
 * Pictures of an array of bytes: [N,H,W], [N,H,W,1] or [N,H,W,3]. Throws DataError for another shape and for an array without a
 * picture or pixel.
 */
export function rastersOf(shape: readonly number[], values: Uint8Array, where: string): Rasters {
  const [count = 0, height = 0, width = 0, channels = 1] = shape;
  const known = shape.length === 3 || (shape.length === 4 && (channels === 1 || channels === 3));
  if (known && count > 0 && height > 0 && width > 0)
    return { count, height, width, channels: channels === 3 ? 3 : 1, values };
  throw new DataError({
    where,
    expected: "pictures of shape [N, H, W], [N, H, W, 1] or [N, H, W, 3]",
    received: `${known && count === 0 ? "none: " : ""}[${shape.join(", ")}]`,
  });
}

/** A picture for each label. Throws DataError, naming both. */
export function checkLengths(labels: number, count: number, where: string, images: string): void {
  if (labels === count) return;
  throw new DataError({
    where,
    expected: `${count} labels, one for each picture of ${images}`,
    received: String(labels),
  });
}
