import { type Matrix, codeEntropy, column, matrix } from "../../evaluate/index.js";
import { CLASS } from "../../methods/index.js";
import type { Features, Model } from "../../train/index.js";

/** A feature of every picture: rows of a width. */
export type Column = Features[string];

/** The first feature that estimates a categorical part of the latent vector which nobody named: a class is known by its name. */
export function categoricalCode(model: Model, features: Features): Column | undefined {
  const name = categoricalName(model, features);
  return name === undefined ? undefined : features[name];
}

/** Name of the part that `categoricalCode` reads; undefined where there is none. */
export function categoricalName({ latent }: Model, features: Features): string | undefined {
  return latent.find(
    ({ kind, name }) => kind === "categorical" && name !== CLASS && features[name] !== undefined,
  )?.name;
}

/** The dimensions of the features that estimate continuous parts, a column each: `c2`, or `z_0`, `z_1`, ... */
export function continuousColumns(
  model: Model,
  features: Features,
): { name: string; values: Float32Array }[] {
  return model.latent.flatMap(({ kind, name }) => {
    const feature = features[name];
    if (kind === "categorical" || feature === undefined) return [];
    return dimensions(name, feature, feature.width > 1);
  });
}

/** A feature in columns of their own, with a number each (`z_0`, `z_1`, ...) or under its own name. */
export function dimensions(
  name: string,
  { data, width }: Column,
  numbered: boolean,
): { name: string; values: Float32Array }[] {
  const rows = { data, n: data.length / width, width };
  return Array.from({ length: width }, (_, i) => ({
    name: numbered ? `${name}_${i}` : name,
    values: column(rows, i),
  }));
}

/** Most likely class of every row of probabilities [n, width]; of equals the first, -1 if none is a number. */
export function likeliest({ data, width }: Column): Int32Array {
  return Int32Array.from({ length: data.length / width }, (_, row) => {
    const values = data.subarray(row * width, (row + 1) * width);
    return values.indexOf(values.reduce((most, value) => (value > most ? value : most), -Infinity));
  });
}

/**
 * H(mean p) - mean H(p) of class probabilities p, in units of log(classes): what their class tells of the pictures. 0 where all
 * are read alike, 1 where each is read surely and every class is as frequent. Bridle et al. 1991, "Unsupervised classifiers".
 */
export function informationOf({ data, width }: Column): number {
  const { balance, conditional } = codeEntropy({ data, n: data.length / width, width });
  return balance - conditional;
}

/** One column per code: the most likely class of the categorical one, then the values of the continuous ones. */
export function codeMatrix(model: Model, features: Features, n: number): Matrix {
  const category = categoricalCode(model, features);
  const first = category === undefined ? [] : [likeliest(category)];
  const rest = continuousColumns(model, features).map(({ values }) => values);
  const all: ArrayLike<number>[] = [...first, ...rest];
  return matrix(Array.from({ length: n }, (_, row) => all.map((column) => column[row] ?? 0)));
}
