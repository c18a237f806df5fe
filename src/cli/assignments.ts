import type { Command } from "commander";
import type { z } from "zod";
import { OptionError } from "../errors.js";
import { type DataOptionsInput, dataOptions } from "../data/index.js";
import { type Method, type TrainingOptions, trainingOptions } from "../methods/index.js";
import { parseAssignments, parseOption, unknownName } from "../options.js";

/** Flags of `train` for single options, as commander gives them. */
export interface OptionFlags {
  readonly steps?: number;
  readonly batch?: number;
  readonly seed?: number;
  readonly dataDir?: string;
  readonly size?: number;
  readonly channels?: number;
  readonly skipBad?: boolean;
  readonly labels?: number;
  readonly photos?: string;
  readonly labelsCsv?: string;
  readonly labelColumn?: string;
  readonly fileColumn?: string;
}

/** An option that has a flag of its own. */
interface FlaggedOption {
  readonly flag: string;
  readonly value: unknown;
}

/** A parser of a flag that sets an option: its range is the option's. */
const ranged = (flag: string, schema: z.ZodObject, name: string) => (text: string) =>
  parseOption(schema, name, text, flag);

/** Flags for the options of the training that are asked for most. */
export function trainingFlags(command: Command): Command {
  const ofTraining = (name: string) => ranged(`--${name}`, trainingOptions, name);
  return command
    .option("--steps <n>", "training steps", ofTraining("steps"))
    .option("--batch <n>", "pictures per step", ofTraining("batch"))
    .option(
      "--seed <n>",
      "decides the initial weights, every draw and the order of the data; 1 by default",
      ofTraining("seed"),
    );
}

/** Flags on how pictures are read. */
export function dataFlags(command: Command): Command {
  return command
    .option("--data-dir <dir>", "folder with the four MNIST files, plain or .gz")
    .option("--size <pixels>", "height and width of the pictures", ranged("--size", dataOptions, "size"))
    .option("--channels <n>", "1 for grey, 3 for colour", ranged("--channels", dataOptions, "channels"))
    .option("--skip-bad", "leave out pictures that cannot be read, and count them")
    .option(
      "--labels <n>",
      "training pictures that keep their label, as many of each class; all by default",
      ranged("--labels", dataOptions, "labels"),
    )
    .option("--photos <dir>", "folder of colour photos for mnist-m and strokes-m; drawn textures by default")
    .option("--labels-csv <file>", "table with the labels of a folder's pictures, in place of sub-folders")
    .option("--label-column <name>", "its column with the labels; label by default")
    .option("--file-column <name>", "its column with the pictures' paths below the folder; file by default");
}

/** The options that flags set, by the options' names. */
export function flaggedOptions(flags: OptionFlags): Record<string, FlaggedOption> {
  const all: Record<string, FlaggedOption> = {
    steps: { flag: "--steps", value: flags.steps },
    batch: { flag: "--batch", value: flags.batch },
    seed: { flag: "--seed", value: flags.seed },
    directory: { flag: "--data-dir", value: flags.dataDir },
    size: { flag: "--size", value: flags.size },
    channels: { flag: "--channels", value: flags.channels },
    skipBad: { flag: "--skip-bad", value: flags.skipBad },
    labels: { flag: "--labels", value: flags.labels },
    photos: { flag: "--photos", value: flags.photos },
    labelsCsv: { flag: "--labels-csv", value: flags.labelsCsv },
    labelColumn: { flag: "--label-column", value: flags.labelColumn },
    fileColumn: { flag: "--file-column", value: flags.fileColumn },
  };
  return Object.fromEntries(Object.entries(all).filter(([, { value }]) => value !== undefined));
}

/** How --set names the seed of the data: `seed` alone is the training's. */
const DATA_SEED = "data.seed";

/** Options by whom they belong to. */
export interface Assigned {
  readonly options: Readonly<Record<string, unknown>>;
  readonly training: Partial<TrainingOptions>;
  readonly data: DataOptionsInput;
}

/** What --set calls an option of the data. */
export function assignedDataName(name: string): string {
  return name === "seed" ? DATA_SEED : name;
}

/**
 * What --set and the flags say together, by whom it belongs to.
 * Throws OptionError for a name that nobody has, and where --set and a flag contradict each other.
 */
export function readAssignments(method: Method, set: readonly string[], flags: OptionFlags): Assigned {
  const assigned = parseAssignments(set);
  const all = { ...assigned };
  for (const [name, { flag, value }] of Object.entries(flaggedOptions(flags))) {
    refuseContradiction(name, assigned[name], flag, value);
    all[name] = value;
  }
  return split(method, all);
}

function refuseContradiction(name: string, assigned: unknown, flag: string, value: unknown): void {
  if (assigned === undefined || assigned === value) return;
  const shown = typeof assigned === "string" ? assigned : JSON.stringify(assigned);
  throw new OptionError({
    where: flag,
    expected: `${shown}, as --set ${name}=${shown} says`,
    received: String(value),
    hint: "Both set the same option: leave one out.",
  });
}

function split(method: Method, all: Readonly<Record<string, unknown>>): Assigned {
  const own = Object.keys(method.options.shape);
  const training = Object.keys(trainingOptions.shape);
  const data = Object.keys(dataOptions.shape);
  const known = [...own, ...training, ...data.map(assignedDataName)];
  const unknown = Object.keys(all).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw unknownName(`${method.name} option`, unknown, known, `ganymede list ${method.name}`);
  const among = (names: readonly string[], named = (name: string) => name) =>
    Object.fromEntries(
      names.filter((name) => all[named(name)] !== undefined).map((name) => [name, all[named(name)]]),
    );
  return { options: among(own), training: among(training), data: among(data, assignedDataName) };
}
