import { DataError } from "../errors.js";
import type { Dataset } from "./dataset.js";
import { labelledIndices, labelsComeFrom } from "./keep-labels.js";

/**
 * The pictures of a set that have a label, as a set of their own. An endless set with all of its labels is that set
 * already. Throws DataError for data of fewer than two classes, and where a class has no picture.
 */
export function labelled(data: Dataset): Dataset {
  const { name, classes = [] } = data;
  if (classes.length === 0) {
    throw new DataError({
      where: name,
      expected: "pictures with labels",
      received: "none",
      hint: labelsComeFrom,
    });
  }
  if (classes.length === 1) {
    throw new DataError({
      where: name,
      expected: "pictures of at least 2 classes",
      received: `1: ${classes[0]}`,
      hint: "Name two or more in sub-folders of folder:PATH, in the table of --labels-csv, or in the labels of the file.",
    });
  }
  const indices = labelledIndices(data);
  if (indices === undefined) return data;
  checkEveryClass(data, indices);
  const original = (index: number) => indices[index] ?? NaN;
  const { labelled: _, ...rest } = data;
  const [factorsOf, fileOf] = [data.factorsOf?.bind(data), data.fileOf?.bind(data)];
  return {
    ...rest,
    size: indices.length,
    read: (wanted, out) => data.read(Array.from(wanted, original), out),
    label: (index) => data.label(original(index)),
    ...(factorsOf && { factorsOf: (index: number) => factorsOf(original(index)) }),
    ...(fileOf && { fileOf: (index: number) => fileOf(original(index)) }),
  };
}

function checkEveryClass(data: Dataset, indices: readonly number[]): void {
  const { name, classes = [] } = data;
  const seen = new Set(indices.map((index) => data.label(index)));
  const missing = classes.find((_, number) => !seen.has(number));
  if (missing === undefined) return;
  throw new DataError({
    where: name,
    expected: "a labelled training picture of every class",
    received: `none of class "${missing}"`,
    hint: "Give it one, or leave the class out, also of the pictures that are measured on.",
  });
}
