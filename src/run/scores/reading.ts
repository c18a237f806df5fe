import { type Dataset, readPictures } from "../../data/index.js";
import type { Features, Model } from "../../train/index.js";

/** What a model reads in pictures of a set. */
export interface Reading {
  readonly data: Dataset;
  readonly indices: readonly number[];
  /** Class of each, or -1. */
  readonly labels: readonly number[];
  readonly features: Features;
}

/** The first pictures of a set, with their labels. */
export async function readFirst(
  model: Model,
  data: Dataset,
  wanted: number,
  progress: (done: number, total: number) => void = () => {},
): Promise<Reading> {
  const { features, indices } = await readFeatures(model, data, wanted, progress);
  return { data, indices, labels: indices.map((index) => data.label(index)), features };
}

/** Pixels held as floats at a time, in bytes. */
const CHUNK_BYTES = 2 ** 26;

/** Features of the first pictures of a set, a part at a time, so that the pixels need not all be in memory as floats. */
export async function readFeatures(
  model: Model,
  data: Dataset,
  wanted: number,
  progress: (done: number, total: number) => void = () => {},
): Promise<{ features: Features; indices: number[] }> {
  const { channels, height, width } = data.image;
  const chunk = Math.max(1, Math.floor(CHUNK_BYTES / (4 * channels * height * width)));
  const total = Math.min(wanted, data.size);
  const parts: Features[] = [];
  for (let start = 0; start < total; start += chunk) {
    const size = Math.min(chunk, total - start);
    parts.push(await model.features(readPictures(data, size, start).images));
    progress(start + size, total);
  }
  return { features: joined(parts), indices: Array.from({ length: total }, (_, i) => i) };
}

function joined(parts: readonly Features[]): Features {
  const names = Object.entries(parts[0] ?? {});
  return Object.fromEntries(
    names.map(([name, { width }]) => {
      const data = concatenated(parts.map((part) => part[name]?.data ?? new Float32Array(0)));
      return [name, { data, width }];
    }),
  );
}

/** Arrays one after the other, copied. */
export function concatenated(parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((length, { length: own }) => length + own, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
