import type { Command } from "commander";
import type { RunConfig } from "../run/config.js";
import { type Evaluation, evaluateModel } from "../run/evaluation.js";
import { evaluationJson, writeEvaluation } from "../run/finish.js";
import { cautions, describe, testPictures } from "../run/in-words.js";
import { openRun } from "../run/open-run.js";
import { domainsOf } from "../run/session.js";
import { jsonOption, print, threadsOption, warn } from "./shared.js";

export function addEvaluate(program: Command): void {
  program
    .command("evaluate")
    .summary("measure a run on the test part of its data")
    .argument("<run>", "run folder")
    .option("--judge <run>", "a classifier of the same data, to judge what the run generates")
    .addOption(threadsOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nExamples:\n  ganymede evaluate runs/infogan-mnist-default-1 --json\n  ganymede evaluate runs/bigan-mnist-default-1 --judge runs/classifier-mnist-default-1\n\nThe scores are defined in docs/metrics.md.",
    )
    .action(evaluate);
}

interface EvaluateFlags {
  readonly judge?: string;
  readonly threads?: number;
  readonly json?: boolean;
}

async function evaluate(path: string, { judge, threads, json }: EvaluateFlags): Promise<void> {
  const on = threads === undefined ? {} : { threads };
  const { folder, model } = await openRun(path, on);
  const judging = judge === undefined ? undefined : (await openRun(judge, on)).model;
  const domains = await domainsOf(folder.config);
  const { seed } = folder.config.training;
  const evaluation = await evaluateModel(model, domains, { seed, ...(judging && { judge: judging }) });
  await writeEvaluation(folder.at("evaluation.json"), evaluation);
  model.release();
  judging?.release();
  for (const caution of cautions(evaluation, folder.config)) warn(caution);
  if (json === true) return print(JSON.stringify(evaluationJson(evaluation)));
  print(linesOf(evaluation, folder.config).join("\n"));
}

/** The numbers, a line each, and what they say. */
function linesOf(evaluation: Evaluation, config: RunConfig): string[] {
  const rows = Object.entries(evaluation.numbers).map(
    ([key, value]) => `${key.padEnd(30)} ${value.toFixed(4)}`,
  );
  if (rows.length === 0)
    return [`${config.method} with these options trains no encoder: nothing to measure.`];
  return [`On ${testPictures(evaluation)}:`, ...rows, ...describe(evaluation, config)];
}
