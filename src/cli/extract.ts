import type { Command } from "commander";
import { loadPictures } from "../data/disk/index.js";
import { readFeatures } from "../run/evaluation.js";
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
      const wanted = pictures.size === Infinity ? ENDLESS : pictures.size;
      const progress = new Progress("pictures", 1);
      const { features, indices } = await readFeatures(model, pictures, wanted, (done, total) =>
        progress.update("extracting", done, total),
      );
      progress.stop();
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

/** What is read of an endless set. */
const ENDLESS = 10_000;
