import { join, resolve } from "node:path";
import { type Command, Option } from "commander";
import pc from "picocolors";
import { OptionError } from "../errors.js";
import type { DataOptions } from "../data/index.js";
import { taughtDomain } from "../methods/index.js";
import { parseAssignments } from "../options.js";
import type { TrainEvent } from "../train/index.js";
import { finishRun } from "../run/finish.js";
import { EVALUATION, REPORT, RunFolder } from "../run/folder.js";
import { exists, readText } from "../run/files.js";
import { absoluteDataName, dataTitle } from "../run/data-names.js";
import { cautionsOfTraining } from "../run/in-words.js";
import { evaluationJson } from "../run/keep-evaluation.js";
import type { RunConfig } from "../run/config.js";
import { type TrainRequest, findMethod, settingsOf } from "../run/session.js";
import { type ActiveRun, isComplete, resumeRun, runToEnd, startRun } from "../run/train-run.js";
import { Progress, duration, withProgress } from "./progress.js";
import {
  type OptionFlags,
  assignedDataName,
  dataFlags,
  flaggedOptions,
  readAssignments,
  trainingFlags,
} from "./assignments.js";
import { afterSet } from "./usage.js";
import { commandLine, jsonOption, print, reportSkipped, threadsOption, warn } from "./shared.js";

interface TrainFlags extends OptionFlags {
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

/** What is said and left out at the end. */
type EndFlags = Pick<TrainFlags, "features" | "json">;

export function addTrain(program: Command): void {
  const command = program
    .command("train")
    .summary("train a method on pictures, measure it and write a report")
    .description(
      "Trains a method. Makes a run folder with checkpoints, samples, ONNX models and report.html.",
    )
    .argument("[method]", "what to train, such as infogan (see `ganymede list`)")
    .option("--data <set>", "mnist, strokes, avatars, folder:PATH or another of `ganymede list`")
    .option("--target <set>", "a second domain without labels, for methods that ask for one")
    .option("--preset <name>", "a named setting of the method (see `ganymede list METHOD`)");
  trainingFlags(command)
    .option("--out <dir>", "run folder; a new one in runs/ by default")
    .option("--force", "replace what is in the run folder")
    .addOption(
      new Option(
        "--set <key=value...>",
        "options of the method, the training or the data (see `ganymede list METHOD`)",
      ).default([], "none"),
    )
    .addOption(threadsOption())
    .option("--device <name>", "cpu, or another that `ganymede doctor` lists")
    .option("--resume <run>", "go on with a run that was stopped")
    .addOption(
      new Option(
        "--as-begun",
        "with --resume, for `reproduce`: options that are not given count too",
      ).hideHelp(),
    )
    .option("--no-features", "at the end leave out the scores of features, which take longest")
    .addOption(jsonOption());
  dataFlags(command)
    .addHelpText(
      "after",
      `
Examples:
  ganymede train infogan --data mnist
  ganymede train infogan --data folder:pictures --size 64 --steps 4000
  ganymede train infogan --data strokes --set categories=10 continuous=2 --seed 7
  ganymede train dann --data mnist --target mnist-m --channels 3
  ganymede train --resume runs/infogan-mnist-default-1`,
    )
    .action(async (method: string | undefined, flags: TrainFlags) => {
      if (flags.resume !== undefined) return goOn(flags.resume, method, flags);
      return trainAndFinish(await begin(method, flags), flags);
    });
}

/** Goes on with a run, unless it is complete. */
async function goOn(path: string, method: string | undefined, flags: TrainFlags): Promise<void> {
  const folder = await RunFolder.open(path);
  refuseOtherOptions(folder, method, flags);
  if (!(await isComplete(folder))) {
    const run = await resumeRun(path);
    for (const change of run.prepared.changes)
      process.stderr.write(`${change}: the run may end on slightly other numbers.\n`);
    return trainAndFinish(run, flags);
  }
  const report = folder.at(REPORT);
  const { steps } = folder.config.training;
  if (flags.json === true) {
    const evaluation = JSON.parse(await readText(folder.at(EVALUATION))) as object;
    return print(JSON.stringify({ run: path, report, ...evaluation }));
  }
  print(`${path} is complete: all ${steps} steps are trained.\nReport: ${pc.bold(report)}`);
}

/** What is asked for, beside what a run was begun with. */
type Asked = [name: string, asked: unknown, begun: unknown];

/** A run goes on with what it was begun with: throws OptionError where something else is asked for. */
function refuseOtherOptions(
  { config, path }: RunFolder,
  method: string | undefined,
  flags: TrainFlags,
): void {
  const shown = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  const asked = [
    ...askedOf(config, path, method, flags),
    ...(flags.asBegun === true ? unsaidOf(config, requestOf(method, flags)) : []),
  ];
  const other = asked.find(([, value, begun]) => value !== undefined && value !== begun);
  if (other === undefined) return;
  const [name, value, begun] = other;
  throw new OptionError({
    where: `--resume ${path}, ${name}`,
    expected: begun === undefined ? "none" : `${shown(begun)}, as the run was begun`,
    received: shown(value),
    hint: "A run goes on with its own options: leave others out, or begin a new run.",
  });
}

function askedOf(
  config: RunConfig,
  path: string,
  method: string | undefined,
  { set, preset, data, target, threads, device, out, force, ...flags }: TrainFlags,
): Asked[] {
  const begun = everyOption(config, optionsOfTaught(config));
  return [
    ["method", method, config.method],
    ["--data", data === undefined ? undefined : absoluteDataName(data), config.data.name],
    ["--target", target === undefined ? undefined : absoluteDataName(target), config.target?.name],
    ["--preset", preset, config.preset],
    ["--threads", threads, config.host.threads],
    ["--device", device, config.host.device],
    ["--out", out === undefined ? undefined : resolve(out), resolve(path)],
    ["--force", force, undefined],
    ...Object.entries(parseAssignments(set)).map(([key, value]): Asked => [
      `--set ${key}`,
      value,
      begun[key],
    ]),
    ...Object.entries(flaggedOptions(flags)).map(([key, { flag, value }]): Asked => [
      flag,
      value,
      begun[key],
    ]),
  ];
}

/** What a request comes to where it says nothing. */
function unsaidOf(config: RunConfig, request: TrainRequest): Asked[] {
  const settings = settingsOf(request);
  const begun = everyOption(config, optionsOfTaught(config));
  const all = Object.entries(everyOption(settings, settings.dataOptions));
  return [
    ["--preset", settings.preset, config.preset],
    ...all.map(([key, value]): Asked => [`--set ${key}`, value, begun[key]]),
  ];
}

/** Options by the names that --set has for them. */
function everyOption(
  { options, training }: Pick<RunConfig, "options" | "training">,
  dataOptions: DataOptions,
): Record<string, unknown> {
  const ofData = Object.entries(dataOptions).map(([name, value]) => [assignedDataName(name), value]);
  return { ...options, ...training, ...Object.fromEntries(ofData) };
}

/** How the domain was read whose labels are learned from: as it was asked for. */
function optionsOfTaught({ method, options, data, target = data }: RunConfig): DataOptions {
  return (taughtDomain(findMethod(method), options) === "source" ? data : target).options;
}

/** What the words of the command ask for. */
function requestOf(method: string | undefined, flags: TrainFlags): TrainRequest {
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

async function begin(method: string | undefined, flags: TrainFlags): Promise<ActiveRun> {
  const request = requestOf(method, flags);
  const out = flags.out ?? (await freeFolder(request));
  const run = await withProgress(new Progress("pictures", 1), (loading) =>
    startRun(request, { out, force: flags.force === true }, (done, total) =>
      loading.update("reading pictures", done, total),
    ),
  );
  reportSkipped(run.prepared.data.skipped ?? []);
  return run;
}

/** runs/METHOD-DATA-PRESET-SEED, with a number behind it where that is taken. */
async function freeFolder(request: TrainRequest): Promise<string> {
  const { method, data, preset = "default" } = request;
  const set = dataTitle(absoluteDataName(data)).replace(/[^a-z0-9]+/gi, "-");
  const name = [method, set, preset, settingsOf(request).training.seed].join("-");
  for (let number = 1; ; number++) {
    const path = join("runs", number === 1 ? name : `${name}-${number}`);
    if (!(await exists(path))) return path;
  }
}

async function trainAndFinish(run: ActiveRun, flags: EndFlags): Promise<void> {
  try {
    await trainToReport(run, flags);
  } finally {
    await run.release();
  }
}

async function trainToReport(run: ActiveRun, { features, json }: EndFlags): Promise<void> {
  const { config } = run.prepared;
  const { training } = config;
  const again = `npx ganymede train --resume ${run.folder.path}${features ? "" : " --no-features"}`;
  const said = cautionsOfTraining(run.prepared, config);
  for (const caution of said) warn(caution);
  const complete = await withProgress(new Progress("pictures", training.batch), (progress) =>
    interruptible((signal) => runToEnd(run, showEvent(progress, run), signal)),
  );
  if (!complete) {
    process.stderr.write(`Stopped and saved. Go on with: ${again}\n`);
    process.exitCode = 130;
    return;
  }
  const finished = await withProgress(new Progress("steps", 1), (stages) =>
    endedBy(
      () => {
        stages.stop();
        process.stderr.write(`\nThe training is saved. For the report: ${again}\n`);
      },
      () =>
        finishRun(run, {
          features,
          progress: (stage, done, total) => stages.update(stage, done, total),
        }),
    ),
  );
  for (const warning of finished.warnings) if (!said.includes(warning)) warn(warning);
  if (json === true) {
    print(
      JSON.stringify({
        run: run.folder.path,
        report: finished.report,
        seconds: finished.seconds,
        warnings: finished.warnings,
        ...evaluationJson(finished.evaluation),
      }),
    );
    return;
  }
  print(
    [
      `Trained in ${duration(finished.seconds)}.`,
      ...finished.lines,
      `Report: ${pc.bold(finished.report)}`,
    ].join("\n"),
  );
}

/** npm and npx pass on the Ctrl-C that the terminal has sent already: what follows so soon is the same one. */
const ECHO_MILLISECONDS = 500;

/** The first Ctrl-C asks for an orderly end, a second one ends at once. */
async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let asked = 0;
  const stop = () => {
    if (!controller.signal.aborted) {
      asked = performance.now();
      process.stderr.write("\nStopping after this step (Ctrl-C again to stop at once) ...\n");
      controller.abort();
    } else if (performance.now() - asked > ECHO_MILLISECONDS) process.exit(130);
  };
  return onInterrupt(stop, () => work(controller.signal));
}

/** For work that cannot be stopped in between but can be done again: the first Ctrl-C says `last` words and ends at once. */
function endedBy<T>(last: () => void, work: () => Promise<T>): Promise<T> {
  const stop = () => {
    last();
    process.exit(130);
  };
  return onInterrupt(stop, work);
}

async function onInterrupt<T>(stop: () => void, work: () => Promise<T>): Promise<T> {
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  try {
    return await work();
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  }
}

function showEvent(progress: Progress, run: ActiveRun): (event: TrainEvent) => void {
  const { training } = run.prepared.config;
  return (event) => {
    const { candidate, chosen } = event.position;
    if (event.kind === "candidate") {
      progress.stop();
      process.stderr.write(
        `start ${candidate + 1}: ${Number.isFinite(event.score) ? `score ${event.score.toFixed(3)}` : "diverged"}\n`,
      );
    }
    if (event.kind === "chosen") process.stderr.write(`start ${candidate + 1} goes on\n`);
    if (event.kind !== "step") return;
    const label = chosen ? "training" : `start ${candidate + 1} of ${training.restarts}`;
    const total = chosen ? training.steps : Math.min(training.restartSteps, training.steps);
    const losses = Object.entries(event.metrics)
      .filter(([name]) => name.endsWith("_loss"))
      .map(([name, value]) => `${name.slice(0, -"_loss".length)} ${value.toFixed(3)}`);
    progress.update(label, event.position.step, total, losses.join("  "));
  };
}
