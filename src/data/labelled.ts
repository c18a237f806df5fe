import { DataError } from "../errors.js";
import type { Dataset } from "./dataset.js";

/** Of an endless set with labels kept for some pictures only, these are among the first so many. */
export const LABELLED_AMONG = 10_000;

/**
 * The pictures of a set that have a label, as a set of their own. An endless set whose first pictures all have one is that set
 * already. Throws DataError for data without classes, and where a class has no picture.
 */
export function labelled(data: Dataset): Dataset {
  const { name, classes = [], size } = data;
  if (classes.length === 0) {
    throw new DataError({
      where: name,
      expected: "pictures with labels",
      received: "none",
      hint: "Labels are the sub-folders of folder:PATH, or come with the set.",
    });
  }
  const indices = labelledIndices(data);
  checkEveryClass(data, indices);
  if (size === Infinity && indices.length === LABELLED_AMONG) return data;
  const original = (index: number) => indices[index] ?? NaN;
  return {
    ...data,
    size: indices.length,
    read: (wanted, out) => data.read(Array.from(wanted, original), out),
    label: (index) => data.label(original(index)),
  };
}

function labelledIndices(data: Dataset): number[] {
  const size = Math.min(data.size, LABELLED_AMONG * (data.size === Infinity ? 1 : Infinity));
  return Array.from({ length: size }, (_, index) => index).filter((index) => data.label(index) >= 0);
}

function checkEveryClass({ name, classes = [], label }: Dataset, indices: readonly number[]): void {
  const seen = new Set(indices.map((index) => label(index)));
  const missing = classes.find((_, number) => !seen.has(number));
  if (missing === undefined) return;
  throw new DataError({
    where: name,
    expected: "a labelled picture of every class",
    received: `none of ${missing}`,
    hint: "Give it one, or leave the class out.",
  });
}
