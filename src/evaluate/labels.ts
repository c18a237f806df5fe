import { DataError } from "../errors.js";
import { type Matrix, selectRows } from "./matrix.js";

/** Features to learn from and features to be judged on, with the class of each row; -1 where it has none. */
export interface LabelledSplit {
  /** [n, d] */
  readonly train: Matrix;
  /** [n], integers from 0, or -1 for a row that is left out. */
  readonly trainLabels: ArrayLike<number>;
  /** [m, d] */
  readonly test: Matrix;
  /** [m], as trainLabels. */
  readonly testLabels: ArrayLike<number>;
}

/** Rows that have a label, and their labels. */
export interface Labelled {
  readonly rows: Matrix;
  readonly labels: Int32Array;
}

/**
 * The rows that have a label: features [n, d], labels [n] -> [m, d] and [m]; no copy where all have one.
 * Throws DataError for another number of labels, a label that is no integer of at least -1, or none at all.
 */
export function labelled(where: string, features: Matrix, labels: ArrayLike<number>): Labelled {
  if (labels.length !== features.n) {
    throw new DataError({
      where,
      expected: "one label per row (-1 where there is none)",
      received: `${features.n} rows and ${labels.length} labels`,
    });
  }
  const all = Int32Array.from(labels);
  const bad = all.findIndex((label, i) => label !== labels[i] || label < -1);
  if (bad !== -1) {
    throw new DataError({
      where: `${where}, label of row ${bad}`,
      expected: "an integer from 0, or -1",
      received: `${labels[bad]}`,
    });
  }
  const known = [...all.keys()].filter((i) => all[i] !== -1);
  if (known.length === 0)
    throw new DataError({ where, expected: "at least one labelled row", received: "none" });
  if (known.length === all.length) return { rows: features, labels: all };
  return { rows: selectRows(features, known), labels: Int32Array.from(known, (i) => all[i]!) };
}
