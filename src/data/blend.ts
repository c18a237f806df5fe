import { checkWhole } from "../check-whole.js";
import { hostRandom } from "../engine/random.js";
import { DataError } from "../errors.js";
import type { Dataset } from "./dataset.js";
import { hashBytes } from "./hash.js";

/** A colour picture that patches are cut from: width * height pixels of R, G, B, side by side, one byte a value. */
export interface Photo {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** Photos by number, 0 .. count - 1. Each is at least as wide and as high as a patch. */
export interface PhotoSource {
  readonly count: number;
  readonly photo: (index: number) => Photo;
  /** Changes when the photos do. */
  readonly fingerprint: string;
  /** What they are, in words: "photos", "textures drawn by code". */
  readonly about: string;
}

/** What `blend` makes a data set from. */
export interface BlendParts {
  /** "mnist-m". */
  readonly name: string;
  /** "train" or "test": the parts draw their patches apart. */
  readonly part: string;
  /** Grey pictures, square, white on black. */
  readonly digits: Dataset;
  readonly photos: PhotoSource;
  /** Which patch each digit lies on. */
  readonly seed: number;
  /** Height and width, at least those of the digits, which lie in the middle. */
  readonly size: number;
  /** What is brighter than this is digit; in [0,1). */
  readonly threshold: number;
}

/**
 * Digits on patches of photos: the absolute difference |digit - patch| in each of R, G and B, where a digit is 1 or 0 by
 * `threshold`, so that the patch is inverted below the digit and bare elsewhere. MNIST-M of Ganin & Lempitsky 2015,
 * arXiv:1409.7495, section 4.1. Labels and factors are those of the digits. Nothing is stored: photo and place of the patch
 * of picture i are a function of (seed, part, i). Throws OptionError for a size below that of the digits, DataError where a
 * photo is smaller than a patch.
 */
export function blend(parts: BlendParts): Dataset {
  const { name, digits, size, threshold } = parts;
  const inner = digits.image.width;
  checkWhole(`${name} size`, size, inner, { why: "the size of the digits" });
  const read = (indices: ArrayLike<number>, out: Float32Array): void => {
    const ink = new Float32Array(inner * inner);
    for (let i = 0; i < indices.length; i++) {
      const index = indices[i] ?? NaN;
      digits.read([index], ink);
      cutPatch(parts, index, out, i * 3 * size * size);
      invert(ink, inner, threshold, size, out, i * 3 * size * size);
    }
  };
  return {
    name,
    image: { channels: 3, height: size, width: size },
    size: digits.size,
    ...(digits.classes && { classes: digits.classes }),
    ...(digits.factors && { factors: digits.factors }),
    fingerprint: fingerprint(parts, read),
    preprocessing: inWords(parts),
    read,
    label: (index) => digits.label(index),
    ...(digits.factorsOf && { factorsOf: digits.factorsOf.bind(digits) }),
  };
}

const inWords = ({ digits, size, threshold, photos }: BlendParts): string =>
  `${digits.preprocessing}; digit where brighter than ${threshold}, in the middle of ${size}x${size}, ` +
  `|digit - patch| with patches of ${photos.about}, RGB`;

/** Writes a patch, channel-major, in [0,1]. */
function cutPatch(
  { name, part, photos, seed, size }: BlendParts,
  index: number,
  out: Float32Array,
  start: number,
): void {
  const random = hostRandom(seed, `${name} patch ${part} ${index}`);
  const { width, height, pixels } = photos.photo(random.integer(photos.count));
  if (width < size || height < size) {
    throw new DataError({
      where: name,
      expected: `photos of at least ${size}x${size} pixels`,
      received: `one of ${width}x${height}`,
    });
  }
  const left = random.integer(width - size + 1);
  const top = random.integer(height - size + 1);
  const area = size * size;
  for (let row = 0; row < size; row++) {
    let from = 3 * ((top + row) * width + left);
    for (let at = start + row * size; at < start + (row + 1) * size; at++) {
      out[at] = (pixels[from++] ?? 0) / 255;
      out[at + area] = (pixels[from++] ?? 0) / 255;
      out[at + 2 * area] = (pixels[from++] ?? 0) / 255;
    }
  }
}

/** |1 - patch| where the digit is. */
function invert(
  ink: Float32Array,
  inner: number,
  threshold: number,
  size: number,
  out: Float32Array,
  start: number,
): void {
  const margin = Math.floor((size - inner) / 2);
  for (let row = 0; row < inner; row++) {
    for (let column = 0; column < inner; column++) {
      if ((ink[row * inner + column] ?? 0) <= threshold) continue;
      const at = start + (row + margin) * size + column + margin;
      for (let plane = at; plane < at + 3 * size * size; plane += size * size)
        out[plane] = 1 - (out[plane] ?? 0);
    }
  }
}

/** Of digits, photos and the first pictures: it changes with the seed, the size and the threshold too. */
function fingerprint({ digits, photos, size }: BlendParts, read: Dataset["read"]): string {
  const first = Float64Array.from({ length: Math.min(8, digits.size) }, (_, i) => i);
  const pixels = new Float32Array(first.length * 3 * size * size);
  read(first, pixels);
  const sources = new TextEncoder().encode(`${digits.fingerprint} ${photos.fingerprint}`);
  return hashBytes([sources, Uint8Array.from(pixels, (value) => Math.round(255 * value))]);
}
