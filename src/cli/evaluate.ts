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
    .addOption(threadsOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nExample:\n  ganymede evaluate runs/infogan-mnist-default-1 --json\n\nThe scores are defined in docs/metrics.md.",
    )
    .action(async (path: string, { json, threads }: { json?: boolean; threads?: number }) => {
      const { folder, model } = await openRun(path, threads === undefined ? {} : { threads });
      const evaluation = await evaluateModel(
        model,
        await domainsOf(folder.config),
        folder.config.training.seed,
      );
      await writeEvaluation(folder.at("evaluation.json"), evaluation);
      model.release();
      for (const caution of cautions(evaluation, folder.config)) warn(caution);
      if (json === true) return print(JSON.stringify(evaluationJson(evaluation)));
      print(linesOf(evaluation, folder.config).join("\n"));
    });
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
