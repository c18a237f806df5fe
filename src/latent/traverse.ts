import { checkWhole } from "../check-whole.js";
import { DataError, OptionError } from "../errors.js";
import { type LatentPart, latentWidth } from "../methods/latent.js";
import { steps } from "./interpolate.js";
import { placeOf, setClass } from "./places.js";

/** How far a traversal goes, and in how many steps. */
export interface TraversalRange {
  /** Values along a row, at least 2; default 10. A categorical part has its classes: leave it out, or give their number. */
  readonly columns?: number | undefined;
  /** Multiplies the range about its middle: 2 takes U(-1, 1) from -2 to 2, as InfoGAN's figure 2 does. Default 1. */
  readonly reach?: number | undefined;
}

export interface TraversalOptions extends TraversalRange {
  /** Layout of a latent vector. */
  readonly parts: readonly LatentPart[];
  /** Latent vectors [rows,width], one for each row of the figure. */
  readonly base: Float32Array;
  /** Name of the part that varies. */
  readonly part: string;
  /** Which dimension of a uniform or normal part varies, from 0; default 0. A categorical part varies as a whole. */
  readonly index?: number | undefined;
}

/**
 * Latent vectors [rows*columns,width], row after row: each row repeats its base vector while one part runs through its
 * `traversalValues`, and nothing else changes. `columns` is the number of those values.
 * Throws OptionError for a part, dimension, number of columns or reach that cannot be; DataError for a base that is not rows
 * of latent vectors.
 */
export function traversal({ parts, base, part: name, index = 0, ...range }: TraversalOptions): Float32Array {
  const place = placeOf(parts, name);
  const { part, start } = place;
  checkWhole(`dimension of ${name}`, index, 0, { high: part.kind === "categorical" ? 0 : part.size - 1 });
  const width = latentWidth(parts);
  const rows = base.length / width;
  if (!Number.isInteger(rows)) {
    const received = `${base.length} values`;
    throw new DataError({ where: "base", expected: `rows of ${width} values`, received });
  }
  const values = traversalValues(part, range);
  const out = new Float32Array(rows * values.length * width);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    for (const value of values) {
      const vector = out.subarray(at, (at += width));
      vector.set(base.subarray(row * width, (row + 1) * width));
      if (part.kind === "categorical") setClass(vector, place, value);
      else vector[start + index] = value;
    }
  }
  return out;
}

/** How far a part is usually shown: a uniform code to twice its range, as InfoGAN's figure 2, others as far as they were drawn. */
export function usualReach(part: LatentPart): number {
  return part.kind === "uniform" && !isWide(part) ? 2 : 1;
}

/** Whether a part has too many dimensions to show each in a figure of its own. */
export function isWide({ kind, size }: LatentPart): boolean {
  return kind !== "categorical" && size > 1;
}

/** As `traversal` from one base [width], with a row for each of the first `rows` dimensions of the part. */
export function dimensionTraversal({
  rows,
  ...options
}: Omit<TraversalOptions, "index"> & { readonly rows: number }): Float32Array {
  checkWhole("rows", rows, 1, { high: placeOf(options.parts, options.part).part.size });
  const each = Array.from({ length: rows }, (_, index) => traversal({ ...options, index }));
  const out = new Float32Array(each.reduce((length, row) => length + row.length, 0));
  each.forEach((row, index) => out.set(row, index * row.length));
  return out;
}

/**
 * The values that a part runs through: the classes 0 ... size - 1 of a categorical part, which have no reach; else `columns`
 * even steps with both ends, from low to high for a uniform part and from -2 to 2 for a normal one.
 * Throws OptionError for a number of columns or a reach that cannot be.
 */
export function traversalValues(part: LatentPart, { columns, reach = 1 }: TraversalRange = {}): number[] {
  if (!(reach > 0 && reach < Infinity)) {
    throw new OptionError({ where: "reach", expected: "a finite number above 0", received: String(reach) });
  }
  if (part.kind === "categorical") {
    if (columns !== undefined && columns !== part.size) {
      const expected = `${part.size}, one for each class`;
      throw new OptionError({ where: `columns of ${part.name}`, expected, received: String(columns) });
    }
    return Array.from({ length: part.size }, (_, value) => value);
  }
  const { low, high } = part.kind === "uniform" ? part : { low: -2, high: 2 };
  const beyond = ((reach - 1) / 2) * (high - low);
  return steps(columns ?? 10).map((t) => (low - beyond) * (1 - t) + (high + beyond) * t);
}
