import { blend } from "../blend.js";
import type { PhotoSource } from "../blend.js";
import type { DataSplits, SkippedFile } from "../dataset.js";
import type { DataOptions } from "../options.js";
import { textures } from "../textures.js";
import type { Progress } from "./folder.js";
import { loadPhotos } from "./photos.js";

/**
 * Digits on patches of the photos in the folder `photos`, or of textures drawn by code (`blend`): the test part on other photos
 * than the training part. Throws OptionError for a size below that of the digits, DataError for photos (`loadPhotos`).
 */
export async function loadBlended(
  name: string,
  digits: DataSplits,
  threshold: number,
  options: DataOptions,
  progress: Progress,
): Promise<DataSplits> {
  const size = options.size ?? digits.train.image.width;
  const { train, test, skipped } = await sources(options, size, progress);
  const common = { name, size, threshold, seed: options.seed };
  return {
    train: blend({ ...common, part: "train", digits: digits.train, photos: train }),
    test: blend({ ...common, part: "test", digits: digits.test, photos: test }),
    ...(skipped && { skipped }),
  };
}

interface Sources {
  readonly train: PhotoSource;
  readonly test: PhotoSource;
  readonly skipped?: readonly SkippedFile[];
}

async function sources(options: DataOptions, patch: number, progress: Progress): Promise<Sources> {
  const { photos: path, seed } = options;
  if (path !== null) return loadPhotos({ ...options, path, patch, progress });
  return { train: textures("train", { seed, patch }), test: textures("test", { seed, patch }) };
}
