import { type Command, Option } from "commander";
import { type Dataset, type DataSplits, type ImageShape, readPictures } from "../data/index.js";
import { loadPicture } from "../data/disk/index.js";
import { encodedLatents, interpolate, interpolateParts, unestimated } from "../latent/index.js";
import { drawLatents } from "../methods/index.js";
import { grid } from "../report/index.js";
import { OptionError } from "../errors.js";
import { exists, writeWhole } from "../run/files.js";
import { type OpenRun, openRun } from "../run/open-run.js";
import { dataOf } from "../run/session.js";
import { jsonOption, pngFile, print, warn, whole } from "./shared.js";

interface InterpolateFlags {
  readonly kind: "parts" | "linear" | "spherical";
  readonly columns: number;
  readonly seed: number;
  readonly out?: string;
  readonly json?: boolean;
}

export function addInterpolate(program: Command): void {
  program
    .command("interpolate")
    .summary("walk from one picture to another through the latent space")
    .description("Draws the way from one picture to another through the latent space of a run.")
    .argument("<run>", "run folder")
    .argument("<a>", "a picture file, test:N or train:N of the run's own data, or seed:N for a latent draw")
    .argument("<b>", "the other end")
    .addOption(
      new Option(
        "--kind <way>",
        "parts: spherical for normal parts of the latent vector, straight for others",
      )
        .choices(["parts", "linear", "spherical"])
        .default("parts"),
    )
    .option(
      "--columns <n>",
      "pictures that are drawn, both ends included; what was encoded stands beside them",
      whole("--columns", 2),
      10,
    )
    .option("--seed <n>", "decides what the encoder leaves open", whole("--seed"), 1)
    .option("-o, --out <file>", "PNG to write; RUN/interpolate.png by default", pngFile("--out"))
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Examples:
  ganymede interpolate runs/bigan-mnist-default-1 test:0 test:1
  ganymede interpolate runs/infogan-mnist-default-1 seed:1 seed:2 --kind linear --columns 12`,
    )
    .action(walk);
}

async function walk(path: string, a: string, b: string, flags: InterpolateFlags): Promise<void> {
  const run = await openRun(path);
  const { folder, model } = run;
  let loaded: Promise<DataSplits> | undefined;
  const splits = () => (loaded ??= dataOf(folder.config.data)); // once, and only where an end is of the data
  const [from, to] = [await endOf(run, a, splits, flags.seed), await endOf(run, b, splits, flags.seed)];
  const left = new Set([...from.open, ...to.open]);
  if (left.size > 0)
    warn(
      `The encoder says nothing of ${[...left].join(", ")}: drawn from the prior, the same wherever a picture was encoded.`,
    );
  const { columns, kind } = flags;
  const latents =
    kind === "parts"
      ? interpolateParts(model.latent, from.latent, to.latent, columns)
      : interpolate(from.latent, to.latent, columns, kind);
  const between = await model.generate(latents);
  model.release();
  // What was put in stands at both ends of the strip, beside what the model makes of it.
  const shown = [from.picture, between, to.picture].filter((picture) => picture !== undefined);
  const images = Float32Array.from(shown.flatMap((picture) => [...picture]));
  const file = flags.out ?? folder.at("interpolate.png");
  const ends = shown.length - 1;
  await writeWhole(file, grid({ images, shape: folder.config.data.image, columns: columns + ends }));
  print(flags.json === true ? JSON.stringify({ file, a, b, kind, columns }) : file);
}

interface End {
  readonly latent: Float32Array;
  /** What was encoded; absent for a draw. */
  readonly picture?: Float32Array;
  /** Parts of the latent vector that the encoder leaves open. */
  readonly open: readonly string[];
}

async function endOf(
  { folder, model }: OpenRun,
  what: string,
  splits: () => Promise<DataSplits>,
  seed: number,
): Promise<End> {
  const [, source, number = ""] = /^(test|train|seed):(.*)$/.exec(what) ?? [];
  if (source === "seed") {
    const drawn = whole(what)(number);
    return { latent: drawLatents(model.latent, 1, drawn, "interpolate"), open: [] };
  }
  const picture =
    source === "test" || source === "train"
      ? pictureOf((await splits())[source], what, number)
      : await fileOf(what, folder.config.data.image);
  const open = drawLatents(model.latent, 1, seed, "interpolate");
  const features = await model.features(picture);
  const latent = encodedLatents(model.latent, features, 1, open);
  return { latent, picture, open: unestimated(model.latent, features) };
}

async function fileOf(path: string, image: ImageShape): Promise<Float32Array> {
  if (await exists(path)) return loadPicture(path, image);
  throw new OptionError({
    where: "interpolate",
    expected: "a picture file, or test:N, train:N or seed:N",
    received: `${path}, which is no file`,
  });
}

function pictureOf(set: Dataset, what: string, number: string): Float32Array {
  return readPictures(set, 1, whole(what, 0, set.size - 1)(number)).images;
}
