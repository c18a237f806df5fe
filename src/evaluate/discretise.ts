import { OptionError } from "../errors.js";

/** Bins of a continuous column, as in disentanglement_lib. */
export const defaultBins = 20;

/** More distinct integers than this are an amount, not names. */
const mostCategories = 100;

/** A column as ids 0 .. count-1. */
export interface Discrete {
  readonly ids: Int32Array;
  readonly count: number;
}

/**
 * The values of a column that names categories, ascending, or undefined for a continuous column. The rule of
 * this room: a column of integers only, with at most 100 different ones, is categorical (a class, the index
 * of a one-hot code).
 */
export function categories(values: Float32Array): number[] | undefined {
  if (!values.every(Number.isInteger)) return undefined;
  const distinct = [...new Set(values)].toSorted((a, b) => a - b);
  return distinct.length <= mostCategories ? distinct : undefined;
}

/**
 * A column [n] as ids: categories keep one id each, so renaming them changes no score; a continuous column is
 * cut into `bins` bins of equal width between its least and its greatest value (disentanglement_lib's
 * histogram discretiser).
 * Throws OptionError unless bins is an integer of at least 2.
 */
export function discretise(values: Float32Array, bins = defaultBins): Discrete {
  if (!Number.isInteger(bins) || bins < 2) {
    throw new OptionError({ where: "bins", expected: "an integer of at least 2", received: `${bins}` });
  }
  const names = categories(values);
  if (names !== undefined) {
    const id = new Map(names.map((name, i) => [name, i]));
    return { ids: Int32Array.from(values, (value) => id.get(value)!), count: names.length };
  }
  let least = Infinity;
  let greatest = -Infinity;
  for (const value of values) {
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
  }
  const range = greatest - least || 1; // a constant that is no integer is all bin 0
  const ids = Int32Array.from(values, (v) => Math.min(bins - 1, Math.floor((bins * (v - least)) / range)));
  return { ids, count: bins };
}
