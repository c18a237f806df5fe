import type { Command } from "commander";
import { type DataSplits, type Dataset, dataSets, joined } from "../data/index.js";
import { type LoadedPictures, loadPictures } from "../data/disk/index.js";
import { DataError, OptionError } from "../errors.js";
import { nearestName } from "../options.js";
import type { DataConfig, RunConfig } from "../run/config.js";
import { readFeatures } from "../run/scores/reading.js";
import { isPath, isSet } from "../run/data-names.js";
import { exists, writeWhole } from "../run/files.js";
import { counted } from "../run/in-words.js";
import { openRun } from "../run/open-run.js";
import { channelsOf, dataLike, dataOf } from "../run/session.js";
import {
  type Table,
  type TableFormat,
  columnNames,
  encodeTable,
  featureTable,
  tableFormat,
} from "../run/tables.js";
import type { Model } from "../train/index.js";
import { Progress, withProgress } from "./progress.js";
import { jsonOption, print, reportSkipped, warn, whole } from "./shared.js";

interface ExtractFlags {
  readonly out?: string;
  readonly count?: number;
  readonly skipBad?: boolean;
  readonly json?: boolean;
}

/** What is read of an endless set unless asked for otherwise. */
const ENDLESS = 10_000;

export function addExtract(program: Command): void {
  program
    .command("extract")
    .summary("compute the features of pictures")
    .description("Computes what a run says of pictures (features, codes, classes) and writes it as a table.")
    .argument("<run>", "run folder")
    .argument(
      "<input>",
      "folder of pictures, or a set as --data of `train` names it; `train` or `test`: that part of the run's own data; `target-train`, `target-test`: of its target",
    )
    .option("-o, --out <file>", "file to write: .npy, .parquet, .csv or .jsonl")
    .option(
      "--count <n>",
      `the first n pictures; all by default, ${ENDLESS} of an endless set`,
      whole("--count", 1),
    )
    .option("--skip-bad", "leave out pictures that cannot be read, and count them")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Examples:
  ganymede extract runs/infogan-mnist-default-1 pictures -o features.csv
  ganymede extract runs/infogan-mnist-default-1 test -o features.npy`,
    )
    .action(extract);
}

async function extract(path: string, input: string, flags: ExtractFlags): Promise<void> {
  const file = outOf(flags);
  const format = tableFormat(file);
  const { folder, model } = await openRun(path);
  const { pictures, skipped } = await picturesOf(input, folder.config, flags.skipBad === true);
  const table = await readTable(model, pictures, wanted(pictures, flags.count), folder.config);
  model.release();
  await writeWhole(file, encodeTable(table, format));
  const columns = columnNames(table, format);
  const names = await writeNames(file, format, columns);
  reportSkipped(skipped);
  if (flags.json === true) {
    print(
      JSON.stringify({
        file,
        ...(names !== undefined && { names }),
        pictures: table.rows,
        skipped: skipped.length,
        columns,
      }),
    );
    return;
  }
  const left = skipped.length > 0 ? `, ${skipped.length} left out` : "";
  const where = names === undefined ? "" : `; their names: ${names}`;
  print(`${file}: ${counted(table.rows, "picture")}, ${counted(columns.length, "column")}${left}${where}`);
}

function outOf({ out }: ExtractFlags): string {
  if (out !== undefined) return out;
  throw new OptionError({
    where: "extract",
    expected: "-o FILE, a file to write",
    received: "none",
    hint: "For example: -o features.csv, or .npy, .parquet, .jsonl",
  });
}

/** How many pictures are read; what differs from what one would expect is said. */
function wanted({ size }: Dataset, count?: number): number {
  if (count !== undefined && count > size) warn(`There are only ${counted(size, "picture")}.`);
  if (count === undefined && size === Infinity)
    warn(`This set is endless: the first ${counted(ENDLESS, "picture")}. --count takes more, or fewer.`);
  return Math.min(count ?? (size === Infinity ? ENDLESS : size), size);
}

async function readTable(
  model: Model,
  pictures: Dataset,
  count: number,
  { data }: RunConfig,
): Promise<Table> {
  const { features, indices } = await withProgress(new Progress("pictures", 1), (progress) =>
    readFeatures(model, pictures, count, (done, total) => progress.update("extracting", done, total)),
  );
  const fileOf = pictures.fileOf?.bind(pictures);
  const label = Int32Array.from(indices, (i) => pictures.label(i));
  return featureTable(features, {
    latent: model.latent,
    named: data.classes,
    ...(fileOf && { file: indices.map((i) => fileOf(i)) }),
    ...(label.some((number) => number >= 0) && { label, classes: pictures.classes }),
  });
}

/** An .npy file is a matrix and nothing else: the names of its columns go into a file beside it, whose path is returned. */
async function writeNames(
  file: string,
  format: TableFormat,
  columns: readonly string[],
): Promise<string | undefined> {
  if (format !== "npy") return undefined;
  const path = file.replace(/\.npy$/i, ".columns.json");
  await writeWhole(path, `${JSON.stringify(columns)}\n`);
  return path;
}

/** The run's own data, or a folder read as the run's pictures were. */
async function picturesOf(input: string, config: RunConfig, skipBad: boolean): Promise<LoadedPictures> {
  const [, ofTarget, part] = /^(target-)?(train|test)$/.exec(input) ?? [];
  if (part === "train" || part === "test") {
    const set = ofTarget === undefined ? config.data : targetOf(config, input);
    return ownPictures(input, part, set, skipBad);
  }
  return withProgress(new Progress("pictures", 1), async (shown) => {
    const progress = (done: number, total: number) => shown.update("reading pictures", done, total);
    if (isSet(input) && !input.startsWith(FOLDER))
      return allOf(await dataLike(config.data, input, { skipBad, progress }));
    const path = await folderOf(input);
    const { image } = config.data;
    return loadPictures({ path, size: image.height, channels: channelsOf(image), skipBad, progress });
  });
}

/** Pictures of a folder keep the names of their files. */
const FOLDER = "folder:";

async function folderOf(input: string): Promise<string> {
  const path = input.startsWith(FOLDER) ? input.slice(FOLDER.length) : input;
  if (await exists(path)) return path;
  const near = nearestName(input, [
    "train",
    "test",
    ...dataSets.map(({ name }) => name).filter((name) => !isPath(name)),
  ]);
  throw new DataError({
    where: path,
    expected: "a folder of pictures, a set as --data names it, `train` or `test`",
    received: "nothing of that name",
    ...(near !== undefined && { hint: `Did you mean ${near}?` }),
  });
}

/** Both parts of a set; of an endless one the pictures that are trained on. */
function allOf(splits: DataSplits): LoadedPictures {
  const { train, skipped = [] } = splits;
  return { pictures: train.size === Infinity ? train : joined(splits), skipped };
}

function targetOf({ target }: RunConfig, input: string): DataConfig {
  if (target !== undefined) return target;
  throw new OptionError({
    where: "extract",
    expected: "a folder of pictures, `train` or `test`, as the run has no target",
    received: input,
  });
}

/** A part of one of the run's own sets. It is read as it was for the training, so --skip-bad cannot differ from then. */
async function ownPictures(
  input: string,
  part: "train" | "test",
  set: DataConfig,
  skipBad: boolean,
): Promise<LoadedPictures> {
  if (skipBad && !set.options.skipBad) {
    throw new OptionError({
      where: "--skip-bad",
      expected: `none with \`${input}\`, as the run was trained without`,
      received: "--skip-bad",
      hint: "The run's own pictures are read as they were then. It serves other folders.",
    });
  }
  const data = await dataOf(set);
  return { pictures: data[part], skipped: data.skipped ?? [] };
}
