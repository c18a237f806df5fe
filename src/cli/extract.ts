import type { Command } from "commander";
import { loadPictures } from "../data/disk/index.js";
import type { Dataset } from "../data/index.js";
import type { Features, Model } from "../train/index.js";
import { readPictures } from "../run/evaluation.js";
import { writeWhole } from "../run/files.js";
import { openRun } from "../run/open-run.js";
import type { RunConfig } from "../run/config.js";
import { dataOf } from "../run/session.js";
import { encodeTable, featureTable, tableFormat } from "../run/tables.js";
import { Progress } from "./progress.js";
import { jsonOption, print } from "./shared.js";

interface ExtractFlags {
  readonly out: string;
  readonly skipBad?: boolean;
  readonly json?: boolean;
}

export function addExtract(program: Command): void {
  program
    .command("extract")
    .summary("compute the features of pictures")
    .argument("<run>", "run folder")
    .argument("<input>", "folder of pictures, or `train` or `test`: that part of the run's own data")
    .requiredOption("-o, --out <file>", "file to write: .npy, .parquet, .csv or .jsonl")
    .option("--skip-bad", "leave out pictures that cannot be read, and count them")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Examples:
  ganymede extract runs/infogan-mnist-default-1 pictures -o features.csv
  ganymede extract runs/infogan-mnist-default-1 test -o features.npy`,
    )
    .action(async (path: string, input: string, flags: ExtractFlags) => {
      const format = tableFormat(flags.out);
      const { folder, model } = await openRun(path);
      const { pictures, skipped } = await picturesOf(input, folder.config, flags.skipBad === true);
      const { features, indices } = await readFeatures(model, pictures);
      model.release();
      const fileOf = pictures.fileOf?.bind(pictures);
      const label = indices.map((i) => pictures.label(i));
      const table = featureTable(features, {
        latent: model.latent,
        ...(fileOf && { file: indices.map((i) => fileOf(i)) }),
        ...(label.some((l) => l >= 0) && { label: Int32Array.from(label) }),
      });
      await writeWhole(flags.out, encodeTable(table, format));
      for (const { path: file, reason } of skipped) process.stderr.write(`left out ${file}: ${reason}\n`);
      const columns = table.columns.map(({ name }) => name);
      print(
        flags.json === true
          ? JSON.stringify({ file: flags.out, pictures: indices.length, skipped: skipped.length, columns })
          : `${flags.out}: ${indices.length} picture${indices.length === 1 ? "" : "s"}, ${columns.length} columns${skipped.length > 0 ? `, ${skipped.length} left out` : ""}`,
      );
    });
}

/** The run's own data, or a folder read as the run's pictures were. */
async function picturesOf(input: string, config: RunConfig, skipBad: boolean) {
  if (input === "train" || input === "test") return { pictures: (await dataOf(config))[input], skipped: [] };
  const { channels, height } = config.data.image;
  const progress = new Progress("pictures", 1);
  const loaded = await loadPictures({
    path: input,
    size: height,
    channels: channels === 1 ? 1 : 3,
    skipBad,
    progress: (done, total) => progress.update("reading pictures", done, total),
  });
  progress.stop();
  return loaded;
}

const CHUNK = 10_000;
const ENDLESS = 10_000;

/** Features of a whole set, a part at a time so that its pixels need not fit in memory as floats. */
async function readFeatures(model: Model, data: Dataset) {
  const n = data.size === Infinity ? ENDLESS : data.size;
  const parts: Features[] = [];
  const progress = new Progress("pictures", 1);
  for (let start = 0; start < n; start += CHUNK) {
    const size = Math.min(CHUNK, n - start);
    parts.push(await model.features(readPictures(data, size, start).images));
    progress.update("extracting", start + size, n);
  }
  progress.stop();
  const features = Object.fromEntries(
    Object.entries(parts[0] ?? {}).map(([name, { width }]) => {
      const data = new Float32Array(n * width);
      let at = 0;
      for (const part of parts) {
        const rows = part[name]?.data ?? new Float32Array();
        data.set(rows, at);
        at += rows.length;
      }
      return [name, { data, width }];
    }),
  );
  return { features, indices: Array.from({ length: n }, (_, i) => i) };
}
