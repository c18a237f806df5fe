import { baseLatents, traversal } from "../latent/index.js";
import { type Panel, type Report, grid, renderReport } from "../report/index.js";
import type { Model } from "../train/index.js";
import { CLASS, type LatentPart, type Method, codeNames } from "../methods/index.js";
import type { RunConfig } from "./config.js";
import type { Evaluation } from "./evaluation.js";
import { namesIn, readWhole, writeWhole } from "./files.js";
import type { MetricLine, RunFolder } from "./folder.js";
import { counted, domainsTitle, numbersInWords, summary, testPictures } from "./in-words.js";

/** A model trained only to be held against, with the word for it. */
export interface Baseline {
  readonly name: string;
  readonly model: Model;
  readonly steps: number;
}

export interface ReportParts {
  readonly folder: RunFolder;
  readonly model: Model;
  readonly evaluation: Evaluation;
  readonly warnings: readonly string[];
  readonly baseline?: Baseline;
  readonly seconds: number;
}

/** Writes report.html from what is in the run folder and returns its path. */
export async function writeReport(parts: ReportParts): Promise<string> {
  const { folder, model, evaluation, warnings, baseline, seconds } = parts;
  const { config } = folder;
  const report: Report = {
    title: `${config.method} on ${domainsTitle(config)}`,
    subtitle: `preset ${config.preset}, seed ${config.training.seed}, ${config.training.steps} steps of ${config.training.batch} pictures`,
    command: config.command,
    started: config.started,
    seconds,
    facts: evaluation.pictures > 0 ? [`measured on ${testPictures(evaluation)}`] : [],
    warnings,
    summary: summary(evaluation, config),
    numbers: numbersInWords(evaluation, config, model.spec.method),
    panels: await panels(model, config, baseline),
    timeline: await timeline(folder),
    curves: curves(await folder.readMetrics(), model.spec.method),
    ...(evaluation.confusion && { confusion: confusionOf(evaluation.confusion) }),
    configuration: { ...config, command: undefined },
    notes: notes(evaluation, config),
  };
  await writeWhole(folder.at("report.html"), renderReport(report));
  return folder.at("report.html");
}

const ROWS = 10;
const REACH = 2;

/** One traversal per code, rows at fixed noise; the categorical one also for the baseline. */
async function panels(model: Model, config: RunConfig, baseline: Baseline | undefined): Promise<Panel[]> {
  const made: Panel[] = [];
  const codes = codeNames(model.latent);
  for (const part of model.latent.filter(({ name }) => codes.includes(name))) {
    made.push(await panel(model, config, part, `${part.name} varied`));
    if (part.kind === "categorical" && baseline !== undefined) {
      made.push(
        await panel(
          baseline.model,
          config,
          part,
          `${part.name} varied in a ${baseline.name} (${baseline.steps} steps)`,
        ),
      );
    }
  }
  return made;
}

async function panel(model: Model, config: RunConfig, part: LatentPart, title: string): Promise<Panel> {
  const categorical = part.kind === "categorical";
  const base = baseLatents({
    parts: model.latent,
    rows: ROWS,
    seed: config.training.seed,
    spread: !categorical,
  });
  const columns = categorical ? part.size : 10;
  const latents = traversal({
    parts: model.latent,
    base,
    part: part.name,
    columns,
    reach: categorical ? 1 : REACH,
  });
  const images = await model.generate(latents);
  const range = categorical ? "takes each of its values" : `runs from -${REACH} to ${REACH}`;
  return {
    title,
    caption: `Along each row ${part.name} ${range} while everything else stays as it is.`,
    alt: `${ROWS} rows of generated pictures in which only ${part.name} changes from left to right`,
    png: grid({ images, shape: config.data.image, columns }),
    ...(categorical && { columnLabels: Array.from({ length: columns }, (_, i) => String(i)) }),
  };
}

async function timeline(folder: RunFolder): Promise<Report["timeline"]> {
  const names = (await namesIn(folder.at("samples"))).filter((name) => name.startsWith("step-"));
  const every = Math.max(1, Math.ceil(names.length / 8));
  const shown = names.filter((_, i) => (names.length - 1 - i) % every === 0);
  return Promise.all(
    shown.map(async (name) => ({
      step: Number(/\d+/.exec(name)?.[0]),
      png: await readWhole(folder.at("samples", name)),
    })),
  );
}

/** A chart of the losses, the charts that the method asks for, and one of whatever else it monitors. */
function curves(lines: readonly MetricLine[], { charts = [] }: Method): Report["curves"] {
  const chosen = lines.at(-1)?.candidate;
  const own = lines.filter((line) => line.candidate === chosen);
  const known = ["step", "candidate", "chosen", "seconds"];
  // An update that runs at some steps only logs at these only.
  const names = [...new Set(own.flatMap((line) => Object.keys(line)))].filter(
    (name) => !known.includes(name),
  );
  const series = (name: string) => ({
    name,
    points: own.filter((line) => name in line).map((line) => [line.step, Number(line[name])] as const),
  });
  const losses = names.filter((name) => name.endsWith("_loss"));
  const charted = [...losses, ...charts.flatMap(({ metrics }) => metrics)];
  const rest = names.filter((name) => !charted.includes(name));
  return [
    { title: "Losses", unit: "nats", series: losses.map(series) },
    ...charts.map(({ title, metrics }) => ({
      title,
      series: metrics.filter((name) => names.includes(name)).map(series),
    })),
    { title: "Also monitored", series: rest.map(series) },
  ].filter((chart) => chart.series.length > 0);
}

function confusionOf({
  table,
  matching,
  classes,
}: NonNullable<Evaluation["confusion"]>): NonNullable<Report["confusion"]> {
  const rows = Array.from({ length: table.codes }, (_, code) => String(code));
  const counts = rows.map((_, code) => [
    ...table.counts.subarray(code * table.classes, (code + 1) * table.classes),
  ]);
  return { rows, columns: [...classes], counts, matching: [...matching] };
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
    `Trained on ${host.processor}, ${host.threads} threads, ${host.name} host.`,
  ];
}
