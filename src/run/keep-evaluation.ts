import { rowsOf } from "../evaluate/index.js";
import type { Model } from "../train/index.js";
import { openBaseline } from "./baseline.js";
import type { Evaluation } from "./evaluation.js";
import { exportedFiles } from "./export.js";
import { exists, writeWhole } from "./files.js";
import { EVALUATION, JUDGED, REPORT, type RunFolder } from "./folder.js";
import { cautions, cautionsOfTraining } from "./in-words.js";
import { numbersOf, unconvergedOf } from "./numbers.js";
import { writeReport } from "./report-run.js";
import type { Domains } from "./scores/measured.js";

/** What was measured of a run, and how. */
export interface Measurement {
  readonly evaluation: Evaluation;
  /** Whether features were scored; without them evaluation.json stays as it was. */
  readonly features: boolean;
  /** What a judge said, and which. */
  readonly judged?: Readonly<Record<string, number | string>>;
  readonly threads?: number;
}

/** Keeps what was measured of a run, and writes its report anew where there is one: numbers that were not measured now stay. */
export async function keepEvaluation(
  run: { readonly folder: RunFolder; readonly model: Model; readonly domains: Domains },
  { evaluation, features, judged, threads }: Measurement,
): Promise<void> {
  const { folder, model, domains } = run;
  const { config } = folder;
  if (features) await writeEvaluation(folder, evaluation);
  if (judged) await writeWhole(folder.at(JUDGED), `${JSON.stringify(judged, null, 2)}\n`);
  if (!(await exists(folder.at(REPORT)))) return;
  const kept = (await unconvergedOf(folder)).filter((key) => !(key in evaluation.numbers));
  const whole = {
    ...evaluation,
    numbers: { ...(await numbersOf(folder)), ...evaluation.numbers },
    unconverged: [...kept, ...(evaluation.unconverged ?? [])],
  };
  const warnings = [
    ...cautionsOfTraining(domains, config),
    ...cautions(whole, config),
    ...(await missingExports(folder, model)),
  ];
  const baseline = await openBaseline(folder, threads === undefined ? {} : { threads });
  const parts = { ...run, evaluation: whole, warnings };
  await writeReport({ ...parts, ...(baseline && { baseline }) });
  baseline?.model.release();
}

async function missingExports(folder: RunFolder, model: Model): Promise<string[]> {
  const missing: string[] = [];
  for (const file of exportedFiles(model))
    if (!(await exists(folder.at("models", file)))) missing.push(`models/${file}`);
  if (missing.length === 0) return [];
  return [`Not exported: ${missing.join(", ")}.\n  Try again: npx ganymede export ${folder.path}`];
}

/** evaluation.json: the numbers, the confusion and the correlations. */
export async function writeEvaluation(folder: RunFolder, evaluation: Evaluation): Promise<void> {
  await writeWhole(folder.at(EVALUATION), `${JSON.stringify(evaluationJson(evaluation), null, 2)}\n`);
}

/** What evaluation.json holds. */
export function evaluationJson(evaluation: Evaluation): object {
  const { numbers, unconverged = [], confusion, correlations, ...counts } = evaluation;
  const { table, matching, classes } = confusion ?? {};
  return {
    ...counts,
    ...numbers,
    ...(unconverged.length > 0 && { unconverged }),
    ...(table && {
      confusion: {
        classes,
        matching,
        counts: rowsOf(table),
      },
    }),
    ...(correlations && { correlations }),
  };
}
