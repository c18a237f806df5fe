import type { Command } from "commander";
import { grid } from "../report/index.js";
import { writeWhole } from "../run/files.js";
import { openRun } from "../run/open-run.js";
import { drawLatents } from "../methods/index.js";
import { jsonOption, pngFile, print, whole } from "./shared.js";

interface SampleFlags {
  readonly count: number;
  readonly columns?: number;
  readonly seed: number;
  readonly out?: string;
  readonly json?: boolean;
}

/** Pictures in one sheet: more would be a PNG that nothing opens. */
const MOST = 10_000;

export function addSample(program: Command): void {
  program
    .command("sample")
    .summary("draw pictures from a run's generator")
    .description("Draws new pictures from the generator of a run.")
    .argument("<run>", "run folder")
    .option("--count <n>", "number of pictures", whole("--count", 1, MOST), 64)
    .option("--columns <n>", "pictures in a row", whole("--columns", 1))
    .option("--seed <n>", "decides which", whole("--seed"), 1)
    .option("-o, --out <file>", "PNG to write; RUN/sample.png by default", pngFile("--out"))
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nExample:\n  ganymede sample runs/infogan-mnist-default-1 --count 100 -o digits.png",
    )
    .action(async (path: string, { count, columns, seed, out, json }: SampleFlags) => {
      const { folder, model } = await openRun(path);
      const images = await model.generate(drawLatents(model.latent, count, seed, "sample"));
      model.release();
      const file = out ?? folder.at("sample.png");
      const side = columns ?? Math.ceil(Math.sqrt(count));
      await writeWhole(file, grid({ images, shape: folder.config.data.image, columns: side }));
      print(json === true ? JSON.stringify({ file, count, seed }) : file);
    });
}
