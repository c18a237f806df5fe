import { hostRandom } from "../engine/random.js";
import type { HostRandom } from "../engine/random.js";
import { OptionError } from "../errors.js";
import type { Dataset, Factor, ImageShape } from "./dataset.js";
import { hashBytes } from "./hash.js";

/** What `drawn` makes a data set from. `factors` begins with the class. */
export interface DrawnParts {
  readonly name: string;
  /** "train" or "test": two unconnected sequences. */
  readonly part: string;
  /** Number of pictures, or Infinity. */
  readonly size: number;
  readonly seed: number;
  readonly image: ImageShape;
  readonly classes: readonly string[];
  readonly factors: readonly Factor[];
  readonly preprocessing: string;
  /** Draws picture i into out[start ...], C*H*W values in [0,1], from its factors; `random` decides what they leave open. */
  readonly draw: (factors: readonly number[], random: HostRandom, out: Float32Array, start: number) => void;
}

/**
 * Pictures drawn by code, each a function of (seed, part, index): first its factors, independent and uniform over their values or
 * ranges, then the picture. Nothing is stored. The fingerprint hashes the first 32 pictures in 256 steps, so that it changes with the
 * seed and with the drawing alike. `read`, `label` and `factorsOf` throw OptionError for an index outside the set.
 */
export function drawn(parts: DrawnParts): Dataset {
  const { name, part, size, seed, image, classes, factors, preprocessing, draw } = parts;
  const length = image.channels * image.height * image.width;
  const randomOf = (index: number): HostRandom => {
    if (Number.isSafeInteger(index) && index >= 0 && index < size)
      return hostRandom(seed, `${name} ${part} ${index}`);
    throw new OptionError({
      where: name,
      expected: `a picture from 0 to ${size - 1}`,
      received: String(index),
    });
  };
  const read = (indices: ArrayLike<number>, out: Float32Array): void => {
    for (let i = 0; i < indices.length; i++) {
      const random = randomOf(indices[i] ?? NaN);
      draw(drawFactors(factors, random), random, out, i * length);
    }
  };
  const factorsOf = (index: number): readonly number[] => drawFactors(factors, randomOf(index));
  return {
    name,
    image,
    size,
    classes,
    factors,
    fingerprint: fingerprint(read, length),
    preprocessing,
    read,
    label: (index) => factorsOf(index)[0] ?? -1,
    factorsOf,
  };
}

function drawFactors(factors: readonly Factor[], random: HostRandom): number[] {
  return factors.map(({ values, range: [low, high] = [0, 1] }) =>
    values === undefined ? low + (high - low) * random.uniform() : random.integer(values),
  );
}

function fingerprint(read: Dataset["read"], length: number): string {
  const first = Float64Array.from({ length: 32 }, (_, i) => i);
  const pixels = new Float32Array(first.length * length);
  read(first, pixels);
  return hashBytes([Uint8Array.from(pixels, (value) => Math.round(255 * value))]);
}
