import { DataError, OptionError } from "../errors.js";
import type { Dataset, ImageShape } from "./dataset.js";
import { hashBytes } from "./hash.js";

/** What `pictures` makes a data set from. */
export interface PictureParts {
  readonly name: string;
  readonly image: ImageShape;
  /** N * C*H*W bytes, 0 black, 255 white; each picture channel-major (CHW). Kept, not copied. */
  readonly pixels: Uint8Array;
  /** Class of each picture, 0 .. classes.length - 1, or -1 for none. Goes together with `classes`. */
  readonly labels?: ArrayLike<number>;
  readonly classes?: readonly string[];
  readonly preprocessing: string;
  /** File of each picture, relative to the folder. */
  readonly files?: readonly string[];
}

/**
 * A data set held in memory, one byte a value. Its fingerprint hashes the shape, the class names, the labels and every
 * pixel (`hashBytes`). Throws DataError when there is no picture, when the bytes are not whole pictures, or when labels
 * and pictures do not fit; `read` and `label` throw OptionError for an index outside 0 .. size - 1.
 */
export function pictures(parts: PictureParts): Dataset {
  const { name, image, pixels, labels, classes, preprocessing, files } = parts;
  const length = image.channels * image.height * image.width;
  const size = countPictures(parts, length);
  if (labels !== undefined) checkLabels(name, labels, size, classes?.length ?? 0);

  const checked = (index: number): number => {
    if (Number.isInteger(index) && index >= 0 && index < size) return index;
    throw new OptionError({
      where: name,
      expected: `a picture from 0 to ${size - 1}`,
      received: String(index),
    });
  };
  return {
    name,
    image,
    size,
    preprocessing,
    fingerprint: fingerprint(parts),
    ...(classes === undefined ? {} : { classes }),
    read(indices, out) {
      for (let i = 0; i < indices.length; i++) {
        const start = checked(indices[i] ?? NaN) * length;
        for (let j = 0; j < length; j++) out[i * length + j] = (pixels[start + j] ?? 0) / 255;
      }
    },
    label: (index) => labels?.[checked(index)] ?? -1,
    ...(files === undefined ? {} : { fileOf: (index: number) => files[checked(index)] ?? "" }),
  };
}

function countPictures({ name, pixels }: PictureParts, length: number): number {
  if (pixels.length > 0 && pixels.length % length === 0) return pixels.length / length;
  throw new DataError({
    where: name,
    expected: `one or more whole pictures of ${length} bytes`,
    received: `${pixels.length} bytes`,
  });
}

function checkLabels(name: string, labels: ArrayLike<number>, size: number, classes: number): void {
  if (labels.length !== size) {
    throw new DataError({ where: name, expected: `${size} labels`, received: String(labels.length) });
  }
  const wrong = Array.prototype.findIndex.call(
    labels,
    (label: number) => !Number.isInteger(label) || label < -1 || label >= classes,
  );
  if (wrong < 0) return;
  throw new DataError({
    where: `${name}, picture ${wrong}`,
    expected: `a label from 0 to ${classes - 1}, or -1 for none`,
    received: String(labels[wrong]),
  });
}

function fingerprint({ image, classes, labels, pixels }: PictureParts): string {
  const header = JSON.stringify([image.channels, image.height, image.width, classes ?? null]);
  const classOfEach = Int32Array.from(labels ?? []);
  return hashBytes([new TextEncoder().encode(header), new Uint8Array(classOfEach.buffer), pixels]);
}
