import { z } from "zod";
import { infogan, trainingOptions } from "../../src/methods/index.js";

/** A training that Node and the page both do. */
export interface Recipe {
  readonly options: Readonly<Record<string, unknown>>;
  readonly batch: number;
  readonly steps: number;
  /** Side of a picture. */
  readonly size: number;
}

export const optionsOf = ({ options }: Recipe): z.infer<typeof infogan.options> =>
  infogan.options.parse(options);
export const trainingOf = ({ batch, steps }: Recipe) =>
  trainingOptions.parse({ batch, steps, averageDecay: 0.9 });

/** The length of every tensor of a state, as a vector. */
export const normsOf = (state: ReadonlyMap<string, Float32Array>): Record<string, number> =>
  Object.fromEntries(
    [...state].map(([name, values]) => [name, Math.sqrt(values.reduce((sum, v) => sum + v * v, 0))]),
  );
