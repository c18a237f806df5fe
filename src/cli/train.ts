import { join } from "node:path";
import { type Command, Option } from "commander";
import pc from "picocolors";
import type { TrainEvent } from "../train/index.js";
import { finishRun } from "../run/finish.js";
import { EVALUATION, REPORT, RunFolder } from "../run/folder.js";
import { exists } from "../run/files.js";
import { absoluteDataName, dataTitle } from "../run/data-names.js";
import { cautionsOfTraining } from "../run/in-words.js";
import { readJson } from "../run/json.js";
import { evaluationJson } from "../run/keep-evaluation.js";
import { type TrainRequest, settingsOf } from "../run/session.js";
import { type ActiveRun, isComplete, resumeRun, runToEnd, startRun } from "../run/train-run.js";
import { dataFlags, trainingFlags } from "./assignments.js";
import { refuseOtherOptions } from "./other-options.js";
import { Progress, duration, withProgress } from "./progress.js";
import { jsonOption, print, reportSkipped, threadsOption, warn } from "./shared.js";
import { type TrainFlags, requestOf } from "./train-request.js";

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
    const run = await endedBy(
      () => process.stderr.write("\nStopped before it went on: the run is as it was.\n"),
      () => resumeRun(path),
    );
    for (const change of run.prepared.changes)
      process.stderr.write(`${change}: the run may end on slightly other numbers.\n`);
    return trainAndFinish(run, flags);
  }
  const report = folder.at(REPORT);
  const { steps } = folder.config.training;
  if (flags.json === true) {
    const evaluation = (await readJson(folder.at(EVALUATION), "a JSON file of numbers")) as object;
    return print(JSON.stringify({ run: path, report, ...evaluation }));
  }
  print(`${path} is complete: all ${steps} steps are trained.\nReport: ${pc.bold(report)}`);
}

async function begin(method: string | undefined, flags: TrainFlags): Promise<ActiveRun> {
  const request = requestOf(method, flags);
  const out = flags.out ?? (await freeFolder(request));
  const run = await withProgress(new Progress("pictures", 1), (loading) =>
    endedBy(
      () => {
        loading.stop();
        process.stderr.write("\nStopped before the first step: there is nothing to save.\n");
      },
      () =>
        startRun(request, { out, force: flags.force === true }, (done, total) =>
          loading.update("reading pictures", done, total),
        ),
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
  const finished = await withProgress(new Progress("", 1), (stages) =>
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
