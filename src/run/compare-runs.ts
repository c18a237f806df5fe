import { basename, resolve } from "node:path";
import { OptionError, RunError } from "../errors.js";
import { flatten } from "../report/format.js";
import { type Comparison, renderComparison } from "../report/index.js";
import { whyIncomparable } from "./comparable.js";
import { readWhole, writeWhole } from "./files.js";
import { EVALUATION, RunFolder } from "./folder.js";
import { loggedNames, ownLines, pointsOf, sampleSheets } from "./logged.js";
import { type Metric, baselines, directionOf, metricOf } from "./metrics.js";
import { numbersOf } from "./numbers.js";

/** Several runs side by side, without their pictures and curves: what a table or a script wants. */
export type Compared = Pick<Comparison, "runs" | "numbers" | "settings" | "notes">;

/**
 * What is known of several runs: their numbers, and the settings in which they differ. Writes a page of it, with curves and samples.
 * Throws OptionError for fewer than two runs and for one named twice, RunError for a folder that is no run or was not measured yet.
 */
export async function compareRuns(paths: readonly string[], page: string): Promise<Compared> {
  if (paths.length < 2) {
    throw new OptionError({ where: "compare", expected: "two or more runs", received: `${paths.length}` });
  }
  const twice = paths.find((path, i) => paths.findIndex((other) => resolve(other) === resolve(path)) < i);
  if (twice !== undefined)
    throw new OptionError({ where: "compare", expected: "each run once", received: `${twice} twice` });
  const folders = await Promise.all(paths.map((path) => RunFolder.open(path)));
  const compared: Compared = {
    runs: names(paths),
    ...(await comparedNumbers(folders)),
    settings: settingsOf(folders),
  };
  const comparison: Comparison = {
    title: `${paths.length} runs compared`,
    ...compared,
    curves: await curvesOf(folders, compared.runs),
    panels: await samplesOf(folders, compared.runs),
  };
  await writeWhole(page, renderComparison(comparison));
  return compared;
}

/** Last parts of the paths where those differ, else the paths. */
function names(paths: readonly string[]): string[] {
  const short = paths.map((path) => basename(path));
  return new Set(short).size === paths.length ? short : [...paths];
}

async function comparedNumbers(folders: readonly RunFolder[]): Promise<Pick<Compared, "numbers" | "notes">> {
  const measured = await Promise.all(folders.map(measuredNumbers));
  const keys = [...new Set(measured.flatMap((numbers) => Object.keys(numbers)))];
  const reasons = await whyIncomparable(folders, measured, keys);
  const numbers = keys.map((key) => {
    const values = measured.map((numbers) => numbers[key]);
    const metric = metricOf(key);
    const [{ meaning, better }, direction] = [metric, directionOf(metric)];
    const best = reasons.has(key) || isBaseline(key) ? undefined : bestOf(values, better);
    return { key, meaning, values, ...(direction && { direction }), ...(best !== undefined && { best }) };
  });
  return { numbers, notes: notesOf(reasons, keys) };
}

/** A sentence for each reason, with the numbers that it holds for. */
function notesOf(reasons: ReadonlyMap<string, string>, keys: readonly string[]): string[] {
  return [...new Set(reasons.values())].map((reason) => {
    const concerned = keys.filter((key) => reasons.get(key) === reason);
    const which = concerned.length === keys.length ? "All numbers" : concerned.join(", ");
    return `${which}: ${reason}, so they cannot be held against one another, and none is marked as the best.`;
  });
}

async function measuredNumbers(folder: RunFolder): Promise<Record<string, number>> {
  const numbers = await numbersOf(folder);
  if (numbers !== undefined) return numbers;
  throw new RunError({
    where: folder.path,
    expected: "a run that was measured",
    received: `one without ${EVALUATION}`,
    hint: `Measure it: npx ganymede evaluate ${folder.path}`,
  });
}

/** Scores of pixels and the like are no run's own. */
const isBaseline = (key: string) => Object.keys(baselines).some((ending) => key.endsWith(`_${ending}`));

/** Where one value is better than all others; undefined where neither way is better, or the best is shared. */
function bestOf(values: readonly (number | undefined)[], better: Metric["better"]): number | undefined {
  const sign = better === undefined ? 0 : better === "higher" ? 1 : -1;
  const known = values.map((value) => (value === undefined ? -Infinity : sign * value));
  const most = Math.max(...known);
  const alone = known.filter((value) => value === most).length === 1;
  const several = values.filter((value) => value !== undefined).length > 1;
  return sign !== 0 && alone && several ? known.indexOf(most) : undefined;
}

/** Told by the name of the run, or different in every run without saying anything of it. */
const PASSED_OVER = [
  "command",
  "started",
  ...["data", "target"].flatMap((set) => [`${set}.fingerprint`, `${set}.testFingerprint`]),
];

/** Settings in which the runs differ, a row each; not the options of one method alone, and of a second set alone only its name. */
function settingsOf(folders: readonly RunFolder[]): Comparison["settings"] {
  const configs = folders.map(({ config }) => new Map(flatten(config)));
  const keys = [...new Set(configs.flatMap((config) => [...config.keys()]))];
  const sameMethod = new Set(folders.map(({ config }) => config.method)).size === 1;
  /** Whether it says something that only some runs have it. */
  const lackTells = (key: string) =>
    key.startsWith("options.") ? sameMethod : key === "target.name" || !key.startsWith("target.");
  const tells = (key: string) => {
    const having = configs.filter((config) => config.has(key));
    const differ = new Set(having.map((config) => config.get(key))).size > 1;
    return differ || (having.length < configs.length && lackTells(key));
  };
  return keys
    .filter((key) => !PASSED_OVER.includes(key) && tells(key))
    .map((key) => ({ key, values: configs.map((config) => config.get(key) ?? "-") }));
}

/** A chart for every value that is logged, a line for each run. */
async function curvesOf(
  folders: readonly RunFolder[],
  runs: readonly string[],
): Promise<Comparison["curves"]> {
  const logs = await Promise.all(folders.map(async (folder) => ownLines(await folder.readMetrics())));
  return loggedNames(logs.flat()).map((key) => ({
    title: key,
    series: runs.map((name, i) => ({ name, points: pointsOf(logs[i] ?? [], key) })),
  }));
}

/** The last sheet of samples of each run that draws any. */
async function samplesOf(
  folders: readonly RunFolder[],
  runs: readonly string[],
): Promise<Comparison["panels"]> {
  const panels = await Promise.all(
    folders.map(async (folder, i) => {
      const last = (await sampleSheets(folder)).at(-1);
      if (last === undefined) return [];
      const title = runs[i] ?? "";
      const caption = `Samples at step ${last.step}.`;
      return [{ title, caption, alt: `Samples of ${title}`, png: await readWhole(last.path) }];
    }),
  );
  return panels.flat();
}
