import { checkWhole } from "../check-whole.js";
import { hostRandom } from "../engine/random.js";
import { DataError, OptionError } from "../errors.js";
import type { Dataset } from "./dataset.js";
import { hashBytes } from "./hash.js";

/** Labels of an endless set are kept among its first pictures, this many. */
const firstOfEndless = 10_000;

/** What to do about pictures without labels. */
export const labelsComeFrom =
  "Labels are the sub-folders of folder:PATH, a table (--labels-csv FILE), or come with the set.";

/**
 * The same pictures, of which `n` keep their label, drawn with `seed` and balanced: the counts of any two classes differ by
 * at most one. All other labels are -1, and what gives them away (`factorsOf`, `fileOf`) is left out, so that training
 * cannot reach them. A larger `n` keeps all that a smaller one keeps. Of an endless set they are among the first 10,000.
 * Throws OptionError for an `n` below the number of classes or above that of the labelled pictures; DataError for data without
 * labels, a class without a picture, or one with too few.
 */
export function keepLabels(data: Dataset, n: number, seed = 1): Dataset {
  const byClass = labelledByClass(data);
  checkCount(data, n, byClass);
  const kept = new Map<number, number>();
  for (const [label, count] of countsOf(n, seed, byClass).entries()) {
    const candidates = byClass[label] ?? [];
    const order = hostRandom(seed, `labels kept of class ${label}`).permutation(candidates.length);
    for (const place of order.subarray(0, count)) kept.set(candidates[place] ?? NaN, label);
  }
  const labelled = [...kept.keys()].toSorted((a, b) => a - b);
  const { name, image, size, classes = [], preprocessing } = data;
  return {
    name,
    image,
    size,
    classes,
    preprocessing,
    labelled,
    fingerprint: hashBytes([new TextEncoder().encode(`${data.fingerprint} labels ${labelled.join()}`)]),
    read: (indices, out) => data.read(indices, out),
    label: (index) => kept.get(index) ?? withoutLabel(data, index),
  };
}

/**
 * Indices of the pictures that have a label, in rising order: what a training with few labels draws its labelled batches from.
 * Undefined for an endless set with all of its labels: every index has one.
 */
export function labelledIndices(data: Dataset): readonly number[] | undefined {
  if (data.labelled !== undefined) return data.labelled;
  if (data.classes === undefined) return [];
  if (data.size === Infinity) return undefined;
  return firstIndices(data.size).filter((index) => data.label(index) >= 0);
}

const firstIndices = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** -1; throws as the data does for an index that is none. */
function withoutLabel(data: Dataset, index: number): -1 {
  data.label(index);
  return -1;
}

function labelledByClass(data: Dataset): number[][] {
  if (data.classes === undefined) {
    throw new DataError({
      where: `${data.name}, --labels`,
      expected: "data with labels, some of which are kept",
      received: "pictures without any",
      hint: labelsComeFrom,
    });
  }
  const byClass: number[][] = data.classes.map(() => []);
  for (const index of firstIndices(data.size === Infinity ? firstOfEndless : data.size))
    byClass[data.label(index)]?.push(index);
  return byClass;
}

function checkCount(data: Dataset, n: number, byClass: readonly (readonly number[])[]): void {
  const sizes = byClass.map(({ length }) => length);
  const all = sizes.reduce((sum, size) => sum + size, 0);
  const among = data.size === Infinity ? ` among the first ${firstOfEndless}` : "";
  const where = `${data.name}, --labels`;
  checkWhole(where, n, sizes.length, { why: "one for each class" });
  if (n > all) {
    throw new OptionError({
      where,
      expected: `at most ${all}, the training pictures that have a label${among}`,
      received: String(n),
      hint: `Say --labels ${all} or fewer, or leave it out to keep them all.`,
    });
  }
  const smallest = Math.min(...sizes);
  const most = sizes.reduce((sum, size) => sum + Math.min(size, smallest + 1), 0);
  if (smallest === 0 || n > most) throw tooFew(data, n, sizes.indexOf(smallest), smallest, most);
}

function tooFew(data: Dataset, n: number, label: number, size: number, most: number): DataError {
  return new DataError({
    where: `${data.name}, class ${data.classes?.[label] ?? label}`,
    expected: `enough training pictures with a label for --labels ${n}, as many of each class`,
    received: size === 0 ? "none" : String(size),
    hint: size === 0 ? "Add pictures of this class, or remove it." : `Say --labels ${most} or fewer.`,
  });
}

/** How many of each class: all alike, and one more of those that a fixed order of the classes names first. */
function countsOf(n: number, seed: number, byClass: readonly (readonly number[])[]): number[] {
  const least = Math.floor(n / byClass.length);
  const order = Array.from(hostRandom(seed, "classes with one label more").permutation(byClass.length));
  const oneMore = order
    .filter((label) => (byClass[label]?.length ?? 0) > least)
    .slice(0, n - least * byClass.length);
  return byClass.map((_, label) => least + (oneMore.includes(label) ? 1 : 0));
}
