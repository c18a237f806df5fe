import { rowsOf } from "../evaluate/index.js";
import { type Report, renderReport } from "../report/index.js";
import type { Model } from "../train/index.js";
import { CLASS, type Method } from "../methods/index.js";
import type { Baseline } from "./baseline.js";
import type { RunConfig } from "./config.js";
import type { Evaluation } from "./evaluation.js";
import { readWhole, writeWhole } from "./files.js";
import { type MetricLine, REPORT, type RunFolder } from "./folder.js";
import { loggedNames, ownLines, pointsOf, sampleSheets } from "./logged.js";
import { panels } from "./panels.js";
import { projections } from "./projections.js";
import type { Domains } from "./scores/measured.js";
import { counted, domainsTitle, numbersInWords, summary, testPictures } from "./in-words.js";

export interface ReportParts {
  readonly folder: RunFolder;
  readonly model: Model;
  readonly domains: Domains;
  readonly evaluation: Evaluation;
  /** What a reader must know, and what went wrong beside the training. */
  readonly warnings: readonly string[];
  readonly baseline?: Baseline;
}

/** Writes report.html from what is in the run folder and returns its path. */
export async function writeReport(parts: ReportParts): Promise<string> {
  const { folder, model, domains, evaluation, warnings, baseline } = parts;
  const { config } = folder;
  const report: Report = {
    title: `${config.method} on ${domainsTitle(config)}`,
    subtitle: `preset ${config.preset}, seed ${config.training.seed}, ${config.training.steps} steps of ${config.training.batch} pictures`,
    command: config.command,
    started: config.started,
    seconds: await folder.trainedSeconds(),
    facts: evaluation.pictures > 0 ? [`measured on ${testPictures(evaluation)}`] : [],
    warnings,
    summary: summary(evaluation, config),
    numbers: numbersInWords(evaluation, { ...config, options: model.spec.options }, model.spec.method),
    panels: await panels(model, config, domains, baseline),
    projections: await projections(model, domains, config.training.seed),
    timeline: await timeline(folder),
    curves: curves(await folder.readMetrics(), model.spec.method),
    ...(evaluation.confusion && { confusion: confusionOf(evaluation.confusion) }),
    configuration: { ...config, command: undefined },
    notes: notes(evaluation, config),
  };
  await writeWhole(folder.at(REPORT), renderReport(report));
  return folder.at(REPORT);
}

async function timeline(folder: RunFolder): Promise<Report["timeline"]> {
  const sheets = await sampleSheets(folder);
  const every = Math.max(1, Math.ceil(sheets.length / 8));
  const shown = sheets.filter((_, i) => (sheets.length - 1 - i) % every === 0);
  return Promise.all(shown.map(async ({ step, path }) => ({ step, png: await readWhole(path) })));
}

/** A chart of the losses, the charts that the method asks for, with losses of another scale, and one of whatever else it monitors. */
function curves(lines: readonly MetricLine[], { charts = [] }: Method): Report["curves"] {
  const own = ownLines(lines);
  const names = loggedNames(own);
  const series = (name: string) => ({ name, points: pointsOf(own, name) });
  const charted = charts.flatMap(({ metrics }) => metrics);
  const others = names.filter((name) => !charted.includes(name));
  const losses = others.filter((name) => name.endsWith("_loss"));
  const rest = others.filter((name) => !losses.includes(name));
  return [
    { title: "Losses", series: losses.map(series) },
    ...charts.map(({ title, metrics }) => ({
      title,
      series: metrics.filter((name) => names.includes(name)).map(series),
    })),
    { title: rest.length === 1 ? String(rest[0]) : "Also monitored", series: rest.map(series) },
  ].filter((chart) => chart.series.length > 0);
}

function confusionOf({
  code,
  table,
  matching,
  classes,
  ofTarget = false,
}: NonNullable<Evaluation["confusion"]>): NonNullable<Report["confusion"]> {
  const named = code === CLASS;
  const rows = Array.from({ length: table.codes }, (_, row) => (named ? (classes[row] ?? "") : String(row)));
  const counts = rowsOf(table);
  const rowsAre = named ? "named" : "code";
  const pictures = ofTarget ? "target pictures" : "pictures";
  return { rowsAre, pictures, rows, columns: [...classes], counts, matching: [...matching] };
}

function notes({ confusion, skipped }: Evaluation, { training, host }: RunConfig): string[] {
  const restarts =
    training.restarts > 1
      ? [
          `The best of ${training.restarts} starts after ${training.restartSteps} steps, chosen without labels.`,
        ]
      : [];
  const matching =
    confusion !== undefined && confusion.code !== CLASS
      ? [
          "Codes are matched to classes one to one so that most test pictures agree; labels serve nothing else.",
        ]
      : [];
  const left = skipped > 0 ? [`${counted(skipped, "file")} of the data could not be read: left out.`] : [];
  return [
    ...restarts,
    ...matching,
    ...left,
    `Trained on ${host.processor}, ${counted(host.threads, "thread")}, ${host.name} host.`,
  ];
}
