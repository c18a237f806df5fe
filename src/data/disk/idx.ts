import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { DataError } from "../../errors.js";
import { checkLengths, fromArrays, rastersOf } from "../arrays.js";
import type { ArrayPart } from "../arrays.js";
import type { DataSplits } from "../dataset.js";
import { readDataOptions } from "../options.js";
import type { DataOptionsInput } from "../options.js";
import { unreadable } from "./files.js";
import { readIdx } from "./idx-file.js";

/** A folder of IDX files, and how their pictures are brought to one size. */
export interface IdxOptions extends DataOptionsInput {
  readonly path: string;
}

/** How the files of the parts may be called, whatever stands before. */
const stems = { training: "train", test: "(?:t10k|test)" };

type Part = keyof typeof stems;

/**
 * Four IDX files of one folder, of any size and number, each plain or .gz: pictures and labels to train on, `*train-images-idx3-ubyte` and
 * `*train-labels-idx1-ubyte`, and to test on, `*t10k-images...` or `*test-images...`, as MNIST, Fashion-MNIST, KMNIST and EMNIST are
 * given; `.idx3-ubyte` as well. Without the two of the test part, some pictures are held out. What is done with the
 * pictures: `fromArrays`. Throws DataError, naming the path, for a file that is missing, there twice, cut off or of another shape, and
 * for lengths that disagree; OptionError for an option out of range.
 */
export async function loadIdx({ path, ...input }: IdxOptions): Promise<DataSplits> {
  const options = readDataOptions(input);
  const names = await readdir(path).catch((error: unknown) => {
    throw unreadable(path, "a folder of IDX files", error);
  });
  const train = await readPart(path, names, "training");
  const hasTest = matching(names, "test", "images").length + matching(names, "test", "labels").length > 0;
  const name = `idx:${path}`;
  if (!hasTest) return fromArrays({ name, train }, options);
  return fromArrays({ name, train, test: await readPart(path, names, "test") }, options);
}

async function readPart(folder: string, names: readonly string[], part: Part): Promise<ArrayPart> {
  const imagesPath = find(folder, names, part, "images");
  const labelsPath = find(folder, names, part, "labels");
  const [images, labels] = await Promise.all([readIdx(imagesPath), readIdx(labelsPath)]);
  const rasters = rastersOf(images.dims, images.values, imagesPath);
  if (labels.dims.length !== 1) {
    throw new DataError({
      where: labelsPath,
      expected: "labels of shape [N]",
      received: `[${labels.dims.join(", ")}]`,
    });
  }
  checkLengths(labels.values.length, rasters.count, labelsPath, imagesPath);
  return { images: rasters, labels: Array.from(labels.values) };
}

function matching(names: readonly string[], part: Part, what: "images" | "labels"): string[] {
  const pattern = new RegExp(`(^|[-_.])${stems[part]}-${what}[-.]idx\\d-ubyte(\\.gz)?$`, "i");
  const found = names.filter((name) => pattern.test(name));
  return found.filter((name) => !found.includes(name.replace(/\.gz$/i, "")) || !/\.gz$/i.test(name));
}

function find(folder: string, names: readonly string[], part: Part, what: "images" | "labels"): string {
  const [first, ...more] = matching(names, part, what).toSorted();
  if (first !== undefined && more.length === 0) return join(folder, first);
  const usual = `${part === "test" ? "t10k" : "train"}-${what}-idx${what === "images" ? 3 : 1}-ubyte`;
  throw new DataError({
    where: folder,
    expected: `one file ${usual}, plain or .gz`,
    received: first === undefined ? "a folder without it" : [first, ...more].join(" and "),
  });
}
