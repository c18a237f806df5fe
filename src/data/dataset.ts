/** Channels, height and width of a picture. */
export interface ImageShape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** A known cause of variation of a drawn data set, for scores that need the truth (mig, dci, factorvae_score). */
export interface Factor {
  readonly name: string;
  /** Number of values of a categorical factor; absent for a continuous one. */
  readonly values?: number;
  /** Names of those values, in their order, where they have any. */
  readonly names?: readonly string[];
  /** Range of a continuous factor. */
  readonly range?: readonly [number, number];
}

/**
 * Pictures that can be read by index; the same index always gives the same picture. Endless sets have size Infinity.
 * Runs in Node and in a page: whatever touches the disk has happened before a Dataset exists.
 */
export interface Dataset {
  /** As the user wrote it: "mnist", "strokes", "folder:pictures". */
  readonly name: string;
  readonly image: ImageShape;
  readonly size: number;
  /** Class names; absent for unlabelled data. */
  readonly classes?: readonly string[];
  /** Known factors; absent for real data. */
  readonly factors?: readonly Factor[];
  /** Hash that changes when the pictures do (recorded in the run, checked on resume). */
  readonly fingerprint: string;
  /** What was done to the files on the way in, in words ("resized to 28x28, centre crop, grey"). */
  readonly preprocessing: string;
  /** Writes picture `indices[i]` to `out[i * C*H*W ...]`, pixels in [0,1], channel-major (CHW). */
  read(indices: ArrayLike<number>, out: Float32Array): void;
  /** Class of a picture, or -1 where it has none. */
  label(index: number): number;
  /** Pictures that have a label, in rising order, where only some were left theirs (`keepLabels`); absent: ask `label`. */
  readonly labelled?: readonly number[];
  /** Values of the factors of a picture, in the order of `factors`. */
  factorsOf?(index: number): readonly number[];
  /** File a picture came from, relative to its folder, with "/"; absent where pictures have no file of their own. */
  fileOf?(index: number): string;
}

/** A file that was left out, and why. */
export interface SkippedFile {
  readonly path: string;
  readonly reason: string;
}

/** The two parts of a data set: what is trained on, and what is only ever measured on. */
export interface DataSplits {
  readonly train: Dataset;
  readonly test: Dataset;
  /** Files that could not be read and were left out on request (`skipBad`); absent where nothing can be skipped. */
  readonly skipped?: readonly SkippedFile[];
}

/** Pictures of a set from `start` on, at most `wanted`, with their indices. */
export function readPictures(
  data: Dataset,
  wanted: number,
  start = 0,
): { images: Float32Array; indices: number[] } {
  const indices = Array.from({ length: Math.min(wanted, data.size - start) }, (_, i) => start + i);
  const { channels, height, width } = data.image;
  const images = new Float32Array(indices.length * channels * height * width);
  data.read(indices, images);
  return { images, indices };
}
