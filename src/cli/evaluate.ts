import type { Command } from "commander";
import { type DataSplits, hashBytes, joined } from "../data/index.js";
import { DataError, OptionError } from "../errors.js";
import type { RunConfig } from "../run/config.js";
import { type Evaluation, type StageProgress, evaluateModel } from "../run/evaluation.js";
import { readWhole } from "../run/files.js";
import { WEIGHTS } from "../run/folder.js";
import { cautions, describe, testPictures } from "../run/in-words.js";
import { evaluationJson, keepEvaluation } from "../run/keep-evaluation.js";
import { openRun } from "../run/open-run.js";
import { judgedScores } from "../run/scores/judged.js";
import type { Domains } from "../run/scores/measured.js";
import { absoluteDataName } from "../run/data-names.js";
import { dataLike, domainsOf } from "../run/session.js";
import type { Model } from "../train/index.js";
import { Progress, withProgress } from "./progress.js";
import { jsonOption, print, reportSkipped, threadsOption, warn } from "./shared.js";

export function addEvaluate(program: Command): void {
  program
    .command("evaluate")
    .summary("measure a run on the test part of its data")
    .description("Measures a run on the test part of its data, and prints the scores.")
    .argument("<run>", "run folder")
    .option("--judge <run>", "a classifier of the same data, to judge what the run generates")
    .option("--on <set>", "other data of the same classes: of a run with a target, in place of the target's")
    .option("--whole", "with --on: all its pictures, where it has no test part of its own")
    .option("--skip-bad", "with --on: leave out pictures that cannot be read, and count them")
    .option("--no-features", "leave out the scores of features, which take longest")
    .addOption(threadsOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Writes RUN/evaluation.json (not with --no-features) and, with --judge, RUN/judged.json; then RUN/report.html anew, where there is one.
With --on it only prints.

Examples:
  ganymede evaluate runs/infogan-mnist-default-1 --json
  ganymede evaluate runs/bigan-mnist-default-1 --judge runs/classifier-mnist-default-1
  ganymede evaluate runs/dann-mnist-default-1 --on npz:mnistm.npz --whole

The scores are defined in docs/metrics.md.`,
    )
    .action(evaluate);
}

interface EvaluateFlags {
  readonly judge?: string;
  readonly on?: string;
  readonly whole?: boolean;
  readonly skipBad?: boolean;
  readonly features: boolean;
  readonly threads?: number;
  readonly json?: boolean;
}

async function evaluate(path: string, flags: EvaluateFlags): Promise<void> {
  const { judge, on: other, threads, json } = flags;
  checkFlags(flags);
  const on = threads === undefined ? {} : { threads };
  const { folder, model } = await openRun(path, on);
  const judging = judge === undefined ? undefined : await openJudge(judge, folder.config, on);
  const domains = await withProgress(new Progress("pictures", 1), async (bar) => {
    const progress = (done: number, total: number) => bar.update("reading pictures", done, total);
    const own = await domainsOf(folder.config, progress);
    return other === undefined ? own : onOther(own, other, folder.config, flags, progress);
  });
  const { seed } = folder.config.training;
  const { judged, evaluation } = await withProgress(new Progress("", 1), async (bar) => {
    const progress: StageProgress = (stage, done, total) => bar.update(stage, done, total);
    const judgedBy = (judge: Model) =>
      judgedScores({ model, domains, seed }, judge, (done, total) => progress("judging", done, total));
    return {
      judged: judging && (await judgedBy(judging.model)),
      evaluation: await evaluateModel(model, domains, { seed, features: flags.features, progress }),
    };
  });
  judging?.model.release();
  const shown = other === undefined ? folder.config : configOn(folder.config, other);
  const measuredOn = other === undefined ? undefined : { whole: flags.whole === true };
  for (const caution of cautions(evaluation, shown, measuredOn)) warn(caution);
  const all = { ...evaluation, numbers: { ...evaluation.numbers, ...judged } };
  print(
    json === true
      ? JSON.stringify({ ...evaluationJson(evaluation), ...judged })
      : linesOf(all, shown).join("\n"),
  );
  if (other === undefined) {
    await keepEvaluation(
      { folder, model, domains },
      {
        evaluation,
        features: flags.features,
        ...on,
        ...(judging && { judged: { ...judging.named, ...judged } }),
      },
    );
  }
  model.release();
}

/** A judge of the classes of the run's data, where that has classes. Throws DataError for one of others. */
async function openJudge(
  path: string,
  { data }: RunConfig,
  on: { readonly threads?: number },
): Promise<{ model: Model; named: { judge: string; judgeFingerprint: string } }> {
  const { folder, model } = await openRun(path, on);
  checkClasses(path, folder.config.data.classes, data.classes);
  const judgeFingerprint = hashBytes([await readWhole(folder.at(WEIGHTS))]);
  return { model, named: { judge: path, judgeFingerprint } };
}

/** --whole and --skip-bad are about other data. */
function checkFlags({ on, whole, skipBad }: EvaluateFlags): void {
  if (on !== undefined || (whole !== true && skipBad !== true)) return;
  throw new OptionError({
    where: `evaluate ${whole === true ? "--whole" : "--skip-bad"}`,
    expected: "--on SET beside it",
    received: "none",
    hint: "A run is measured on the test part of its own data, which it was not trained on.",
  });
}

/** The domains of a run with other pictures to measure on: in place of the target's test part, or of the only one. */
async function onOther(
  own: Domains,
  set: string,
  { data }: RunConfig,
  { whole, skipBad }: EvaluateFlags,
  progress: (done: number, total: number) => void,
): Promise<Domains> {
  if (absoluteDataName(set) === data.name) {
    throw new OptionError({
      where: "evaluate --on",
      expected: "other data than that of the run",
      received: set,
      hint: "Leave --on out: a run is measured on the test part of its own data.",
    });
  }
  const splits = await dataLike(data, set, { skipBad: skipBad === true, progress });
  const test = whole === true ? joined(splits) : splits.test;
  const { skipped = [] } = splits;
  reportSkipped(skipped);
  const replaced = ({ train }: DataSplits): DataSplits => ({ train, test, skipped });
  checkClasses(set, test.classes, own.data.train.classes);
  return own.target ? { ...own, target: replaced(own.target) } : { data: replaced(own.data) };
}

function checkClasses(set: string, found: readonly string[] = [], own: readonly string[] = []): void {
  if (found.length === 0 || own.length === 0 || found.join() === own.join()) return;
  throw new DataError({
    where: set,
    expected: `the classes of the run (${own.join(", ")})`,
    received: found.join(", "),
    hint: "Name pictures, or a judge, of those classes.",
  });
}

/** The configuration with the name of what was measured, for the sentences. */
function configOn(config: RunConfig, set: string): RunConfig {
  const name = absoluteDataName(set);
  if (config.target !== undefined) return { ...config, target: { ...config.target, name } };
  return { ...config, data: { ...config.data, name } };
}

/** The numbers, a line each, and what they say. */
function linesOf(evaluation: Evaluation, config: RunConfig): string[] {
  const numbers = Object.entries(evaluation.numbers);
  const width = Math.max(...numbers.map(([key]) => key.length));
  const rows = numbers.map(([key, value]) => `${key.padEnd(width)} ${value.toFixed(4)}`);
  if (rows.length === 0) return [`Nothing to measure: ${whyNothing(evaluation, config)}.`];
  return [`On ${testPictures(evaluation)}:`, ...rows, ...describe(evaluation, config)];
}

/** Pictures are read only where there is an encoder. */
function whyNothing({ pictures }: Evaluation, { method }: RunConfig): string {
  return pictures === 0 ? `${method} with these options trains no encoder` : "the pictures have no labels";
}
