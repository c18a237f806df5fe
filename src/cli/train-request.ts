import type { DataOptionsInput } from "../data/index.js";
import { OptionError } from "../errors.js";
import { parseAssignments } from "../options.js";
import { type TrainRequest, findMethod } from "../run/session.js";
import { type OptionFlags, readAssignments } from "./assignments.js";
import { commandLine } from "./shared.js";
import { afterSet } from "./usage.js";

/** Flags of `train`, as commander gives them. */
export interface TrainFlags extends OptionFlags {
  readonly data?: string;
  readonly target?: string;
  readonly out?: string;
  readonly force?: boolean;
  readonly preset?: string;
  readonly set: readonly string[];
  readonly threads?: number;
  readonly device?: string;
  readonly resume?: string;
  readonly asBegun?: boolean;
  readonly features: boolean;
  readonly json?: boolean;
}

/** What the words of a `train` command ask for. Throws OptionError where they are not enough, or contradict each other. */
export function requestOf(method: string | undefined, flags: TrainFlags): TrainRequest {
  parseAssignments(flags.set); // first, as it takes all words up to the next flag, a method's name too
  if (method === undefined || flags.data === undefined) {
    throw new OptionError({
      where: "train",
      expected: "a method and --data",
      received: method === undefined ? "no method" : "no data",
      hint: "For example: ganymede train infogan --data mnist",
    });
  }
  if (method.includes("=")) {
    throw new OptionError({
      where: "train",
      expected: "a method",
      received: method,
      hint: afterSet(method),
    });
  }
  const { options, training, data: dataOptions } = readAssignments(findMethod(method), flags.set, flags);
  refuseStrayTable(dataOptions, [flags.data, flags.target]);
  return {
    method,
    data: flags.data,
    dataOptions,
    options,
    training,
    command: commandLine(),
    ...(flags.target !== undefined && { target: flags.target }),
    ...(flags.preset !== undefined && { preset: flags.preset }),
    ...(flags.device !== undefined && { device: flags.device }),
    ...(flags.threads !== undefined && { threads: flags.threads }),
  };
}

/** A table of labels that no set reads would leave a run without labels, and say nothing. */
function refuseStrayTable({ labelsCsv }: DataOptionsInput, sets: readonly (string | undefined)[]): void {
  if (labelsCsv == null || sets.some((set) => set?.startsWith("folder:"))) return;
  throw new OptionError({
    where: "--labels-csv",
    expected: "a folder of pictures to label, --data folder:PATH",
    received: sets.filter((set) => set !== undefined).join(" and "),
  });
}
