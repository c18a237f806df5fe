import { OptionError } from "../errors.js";
import { unknownName } from "../options.js";
import type { LatentPart } from "../methods/latent.js";

/** A part and where it begins in a latent vector. */
export interface Place {
  readonly part: LatentPart;
  readonly start: number;
}

/** Where each part lies. */
export function places(parts: readonly LatentPart[]): Place[] {
  let end = 0;
  return parts.map((part) => ({ part, start: (end += part.size) - part.size }));
}

/** Finds a part by name. Throws OptionError, with the nearest name, where there is none or it is empty. */
export function placeOf(parts: readonly LatentPart[], name: string): Place {
  const known = places(parts).filter(({ part }) => part.size > 0);
  const found = known.find(({ part }) => part.name === name);
  if (found !== undefined) return found;
  const names = known.map(({ part }) => part.name);
  const where = "part of the latent vector";
  if (names.length === 0)
    throw new OptionError({ where, expected: "a method with a latent vector", received: name || "nothing" });
  if (parts.some((part) => part.name === name))
    throw new OptionError({ where, expected: names.join(", "), received: name, hint: `${name} has size 0.` });
  throw unknownName(where, name, names);
}

/** Makes a categorical part one-hot, in place. */
export function setClass(vector: Float32Array, { part, start }: Place, value: number): void {
  vector.fill(0, start, start + part.size);
  vector[start + value] = 1;
}
