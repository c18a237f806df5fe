import { join } from "node:path";
import { DataError } from "../../errors.js";
import type { Photo, PhotoSource } from "../blend.js";
import type { SkippedFile } from "../dataset.js";
import { hashBytes } from "../hash.js";
import type { DataOptions } from "../options.js";
import { decodePhoto } from "./decode.js";
import { eachBounded } from "./each-bounded.js";
import type { Progress } from "./folder.js";
import { lowestRanked } from "../hold-out.js";
import { listPictures } from "./listing.js";
import type { PictureFile } from "./listing.js";

/** A folder of photos, and how its test part is chosen. */
export interface PhotosOptions extends Pick<DataOptions, "testShare" | "seed" | "skipBad"> {
  readonly path: string;
  /** Height and width of the patches, in pixels: no photo may be smaller. */
  readonly patch: number;
  readonly progress: Progress;
}

/** The photos of each part: none is in both. */
export interface LoadedPhotos {
  readonly train: PhotoSource;
  readonly test: PhotoSource;
  readonly skipped: readonly SkippedFile[];
}

/** A photo's longer side in memory, at most: as large as the photos that MNIST-M was made of. */
const longestSide = 512;

/** Photos of a part, at most: what varies is where a patch is cut, and these are 200 MB. */
const mostPhotos = 400;

/**
 * Photos to cut patches from: the PNG, JPEG and WebP files of a folder and its sub-folders, RGB, at most 512 pixels long, at most 400
 * a part. The share `testShare` is for the test part (`lowestRanked`). Throws DataError, naming the path, for a folder that is missing,
 * empty or of a single photo, and for the first photo that cannot be read or is smaller than a patch, unless `skipBad`.
 */
export async function loadPhotos(options: PhotosOptions): Promise<LoadedPhotos> {
  const { path } = options;
  const { files } = await listPictures(path);
  if (files.length < 2) throw tooFew(path, files.length);
  const held = new Set(lowestRanked(files, options));
  const parts = {
    train: files.filter((file) => !held.has(file)).slice(0, mostPhotos),
    test: files.filter((file) => held.has(file)).slice(0, mostPhotos),
  };
  const total = parts.train.length + parts.test.length;
  let done = 0;
  const step = () => options.progress(++done, total);
  const train = await decodeAll(parts.train, options, step);
  const test = await decodeAll(parts.test, options, step);
  return {
    train: source(path, train.photos),
    test: source(path, test.photos),
    skipped: [...train.skipped, ...test.skipped],
  };
}

async function decodeAll(
  files: readonly PictureFile[],
  { path, patch, skipBad }: PhotosOptions,
  step: () => void,
): Promise<{ photos: Photo[]; skipped: SkippedFile[] }> {
  const read: (Photo | DataError)[] = [];
  await eachBounded(files, async ({ file }, i) => {
    const photo = await readPhoto(join(path, file), patch).catch(onlyDataError);
    read[i] = photo;
    step();
    return skipBad || !(photo instanceof DataError);
  });
  const faults = read.filter((photo) => photo instanceof DataError);
  if (faults[0] !== undefined && !skipBad) throw faults[0];
  const photos = read.filter((photo): photo is Photo => !(photo instanceof DataError));
  return { photos, skipped: faults.map(({ where, received }) => ({ path: where, reason: received })) };
}

function onlyDataError(error: unknown): DataError {
  if (error instanceof DataError) return error;
  throw error;
}

async function readPhoto(path: string, patch: number): Promise<Photo> {
  const photo = await decodePhoto(path, longestSide);
  if (photo.width >= patch && photo.height >= patch) return photo;
  throw new DataError({
    where: path,
    expected: `a photo of at least ${patch}x${patch} pixels, to cut patches from`,
    received: `${photo.width}x${photo.height}`,
    hint: "Remove it, or leave out such files with --skip-bad.",
  });
}

function source(path: string, photos: readonly Photo[]): PhotoSource {
  if (photos.length === 0) throw tooFew(path, 0);
  return {
    count: photos.length,
    photo: (index) => photos[index] ?? empty,
    fingerprint: hashBytes(photos.map(({ pixels }) => pixels)),
    about: "photos",
  };
}

const empty: Photo = { width: 0, height: 0, pixels: new Uint8Array() };

function tooFew(path: string, count: number): DataError {
  return new DataError({
    where: path,
    expected: "at least 2 photos that can be read, one for the test part",
    received: count === 0 ? "none for one of the parts" : String(count),
  });
}
