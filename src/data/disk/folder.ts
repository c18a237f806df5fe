import { join } from "node:path";
import { DataError } from "../../errors.js";
import type { Dataset, DataSplits, SkippedFile } from "../dataset.js";
import { readDataOptions } from "../options.js";
import type { DataOptions, DataOptionsInput } from "../options.js";
import { pictures } from "../pictures.js";
import { decodePicture, isGrey, writePlanes } from "./decode.js";
import { eachBounded } from "./each-bounded.js";
import { holdOut, mixed } from "../hold-out.js";
import { labelFromCsv } from "./labels-csv.js";
import { listPictures } from "./listing.js";
import type { Listing, PictureFile } from "./listing.js";

/** Called after each file, `total` included those that turned out bad. */
export type Progress = (done: number, total: number) => void;

/** A folder, and how its pictures are read; what is left out has the default of `dataOptions`. */
export interface PicturesOptions extends Pick<DataOptionsInput, "size" | "channels" | "skipBad"> {
  readonly path: string;
  readonly progress?: Progress;
}

/** `PicturesOptions`, what labels them, and how the held-out part is chosen. */
export interface FolderOptions
  extends
    PicturesOptions,
    Pick<DataOptionsInput, "testShare" | "seed" | "labelsCsv" | "labelColumn" | "fileColumn"> {}

/** All pictures of a folder, and the files left out of them. */
export interface LoadedPictures {
  readonly pictures: Dataset;
  readonly skipped: readonly SkippedFile[];
}

/**
 * A folder of PNG, JPEG and WebP files as a data set in two parts; sub-folders are classes (`listPictures`), or the table
 * `labelsCsv` says which picture is of which (`labelFromCsv`), each file is
 * read by `decodePicture`. Some are held out (`holdOut`); either part is in an order of its own (`mixed`). `size` is 28 where it is
 * left out. Without `channels`, pictures are grey when all are, else RGB. `skipped` lists the files that `skipBad` left out.
 * Throws DataError, naming the path, for a folder that is missing, unreadable, empty or of a single picture, a class without one, and, without
 * `skipBad`, for the first picture that cannot be decoded; OptionError for an option out of range.
 */
export async function loadFolder({ path, progress, ...input }: FolderOptions): Promise<DataSplits> {
  const options = readDataOptions(input);
  const listing = await labelled(path, await listPictures(path), options);
  const { length } = listing.files;
  checkEnough(path, length);
  let done = 0;
  const decoded = await decodeAll(path, listing.files, options, () => progress?.(++done, length));
  checkEnough(path, decoded.files.length);
  // Chosen among what could be read, so that a broken file never takes the place of a picture to be measured on.
  const heldOut = holdOut(decoded.files, options);
  const channels = options.channels ?? (decoded.grey ? 1 : 3);
  const order = mixed(decoded.files, options);
  const dataset = (wanted: (file: PictureFile) => boolean) =>
    toDataset(path, listing, part(decoded, order.filter(wanted)), channels);
  return {
    train: dataset((file) => !heldOut.has(file)),
    test: dataset((file) => heldOut.has(file)),
    skipped: decoded.skipped,
  };
}

/** All pictures of a folder in one set, in the order of their names: what features are extracted from. Else as `loadFolder`. */
export async function loadPictures({ path, progress, ...input }: PicturesOptions): Promise<LoadedPictures> {
  const options = readDataOptions(input);
  const listing = await listPictures(path);
  const { length } = listing.files;
  let done = 0;
  const decoded = await decodeAll(path, listing.files, options, () => progress?.(++done, length));
  const channels = options.channels ?? (decoded.grey ? 1 : 3);
  return { pictures: toDataset(path, listing, decoded, channels), skipped: decoded.skipped };
}

async function labelled(path: string, listing: Listing, options: DataOptions): Promise<Listing> {
  const { labelsCsv: csv, labelColumn, fileColumn } = options;
  if (csv !== null) return labelFromCsv(listing, path, { csv, labelColumn, fileColumn });
  checkClasses(path, listing);
  return listing;
}

function checkClasses(path: string, { classes, withoutPictures: [empty] }: Listing): void {
  if (empty === undefined || classes.length === 0) return;
  throw new DataError({
    where: join(path, empty),
    expected: "PNG, JPEG or WebP pictures, as sub-folders are classes",
    received: "none",
    hint: "Put pictures of the class there, or remove the sub-folder.",
  });
}

function checkEnough(path: string, count: number): void {
  if (count >= 2) return;
  throw new DataError({
    where: path,
    expected: "at least 2 pictures, one to be held out",
    received: `${count}`,
    hint: "Add pictures.",
  });
}

/** Height and width where none are asked for: those of MNIST. */
const usualSize = 28;

/** Pictures in memory: `planes` of size*size bytes for each of `files`. */
interface Decoded {
  readonly size: number;
  readonly files: readonly PictureFile[];
  readonly pixels: Uint8Array;
  readonly planes: 1 | 3;
  readonly grey: boolean;
  readonly skipped: readonly SkippedFile[];
}

async function decodeAll(
  path: string,
  files: readonly PictureFile[],
  { size: wanted, channels, skipBad }: DataOptions,
  step: () => void,
): Promise<Decoded> {
  const size = wanted ?? usualSize;
  const planes = channels ?? 3; // whether all are grey is known only at the end
  const length = planes * size * size;
  const pixels = new Uint8Array(files.length * length);
  const faults = new Map<number, DataError>();
  let grey = true;
  await eachBounded(files, async ({ file }, i) => {
    try {
      const rgb = await decodePicture(join(path, file), size);
      grey &&= isGrey(rgb);
      writePlanes(rgb, planes, pixels, i * length);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      faults.set(i, error);
    }
    step();
    return skipBad || faults.size === 0;
  });
  const bad = [...faults].toSorted(([a], [b]) => a - b).map(([, error]) => error); // in the files' order, whoever came first
  if (bad[0] !== undefined && !skipBad) throw bad[0];
  if (bad.length === files.length) {
    throw new DataError({
      where: path,
      expected: "a picture that can be read",
      received: "only broken ones",
      hint: "Save them as PNG, JPEG or WebP again.",
    });
  }
  const skipped = bad.map(({ where, received }) => ({ path: where, reason: received }));
  const broken = new Set(files.filter((_, i) => faults.has(i)));
  const all = { size, files, pixels, planes, grey, skipped };
  return bad.length === 0
    ? all
    : part(
        all,
        files.filter((file) => !broken.has(file)),
      );
}

/** Some of the pictures, in the order of `files`. */
function part(decoded: Decoded, files: readonly PictureFile[]): Decoded {
  const length = decoded.pixels.length / decoded.files.length;
  const places = new Map(decoded.files.map((file, i) => [file, i]));
  const pixels = new Uint8Array(files.length * length);
  for (const [i, file] of files.entries()) {
    const at = (places.get(file) ?? 0) * length;
    pixels.set(decoded.pixels.subarray(at, at + length), i * length);
  }
  return { ...decoded, files, pixels };
}

function toDataset(path: string, { classes }: Listing, decoded: Decoded, channels: 1 | 3): Dataset {
  const { size, files, planes, pixels } = decoded;
  const labelled = classes.length > 0 ? { classes, labels: files.map(({ label }) => label) } : {};
  return pictures({
    name: `folder:${path}`,
    image: { channels, height: size, width: size },
    pixels: planes === channels ? pixels : firstPlanes(pixels, size * size),
    files: files.map(({ file }) => file),
    preprocessing:
      `turned upright, transparency on white, resized to cover ${size}x${size}, ` +
      `centre crop, ${channels === 1 ? "grey" : "RGB"}`,
    ...labelled,
  });
}

/** The red plane of each picture: all there is to a grey one. */
function firstPlanes(pixels: Uint8Array, area: number): Uint8Array {
  const grey = new Uint8Array(pixels.length / 3);
  for (let start = 0; start < grey.length; start += area) {
    grey.set(pixels.subarray(3 * start, 3 * start + area), start);
  }
  return grey;
}
