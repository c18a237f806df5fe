import { isDeepStrictEqual } from "node:util";
import { rowsOf } from "../evaluate/index.js";
import { formatNumber } from "../report/format.js";
import type { ReportNumber } from "../report/index.js";
import { CLASS, type Method } from "../methods/index.js";
import type { DataSplits } from "../data/index.js";
import type { DataConfig, RunConfig } from "./config.js";
import { dataTitle, isPath } from "./data-names.js";
import type { Evaluation } from "./evaluation.js";
import { directionOf, metricOf } from "./metrics.js";
import type { Domains } from "./scores/measured.js";

/** Below this, one picture more or less moves a share by more than 1 %. */
const FEW_PICTURES = 100;
/** Least |r| at which a code is said to follow a factor. */
const FOLLOWS = 0.5;
/** Least lead over the next code: among many codes, several follow a factor by chance. */
const AHEAD = 0.2;

/** The numbers with what a reader needs to judge them. */
export function numbersInWords(
  { numbers }: Evaluation,
  config: SettingOfRun,
  method: PublishedMethod,
): ReportNumber[] {
  const published = publishedOf(config, method);
  return Object.entries(numbers).map(([key, value]) => {
    const metric = metricOf(key);
    const [{ meaning, short }, direction] = [metric, directionOf(metric)];
    const words = { meaning, ...(short && { short }), ...(direction && { direction }) };
    const paper = published?.[key];
    return { key, value, ...words, ...(paper !== undefined && { reference: `paper: ${paper}` }) };
  });
}

/** What a run was made of, its options resolved. */
type SettingOfRun = Pick<RunConfig, "data" | "target"> & { readonly options: object };
type PublishedMethod = Pick<Method, "published" | "presets" | "options">;

/** What the paper reports, for a run with the options, labels and data set that it is shown beside. */
function publishedOf(
  config: SettingOfRun,
  { published = [], presets, options: schema }: PublishedMethod,
): Readonly<Record<string, string>> | undefined {
  return published.find(({ data, presets: names = ["paper"], options, labels = null }) => {
    const same = (name: string) =>
      isDeepStrictEqual(config.options, schema.parse({ ...presets[name]?.options, ...options }));
    return data === domainsTitle(config) && labels === config.data.options.labels && names.some(same);
  })?.values;
}

type Counts = Pick<Evaluation, "pictures" | "labelled">;

/** "10,000 test pictures", "1 test picture", "10 test pictures, 4 of them labelled". */
export function testPictures({ pictures, labelled }: Counts): string {
  const some = labelled > 0 && labelled < pictures;
  return counted(pictures, "test picture") + (some ? `, ${formatNumber(labelled)} of them labelled` : "");
}

/** Those that have a label to be held against: "4 labelled test pictures"; "10 test pictures" where all of them have one. */
function withLabel({ pictures, labelled }: Counts, thing: string): string {
  return counted(labelled, labelled < pictures ? `labelled ${thing}` : thing);
}

/** A number with what it counts: "1 test picture", "10,000 test pictures". */
export function counted(count: number, thing: string): string {
  return `${formatNumber(count)} ${thing}${count === 1 ? "" : "s"}`;
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** The data of a run by name, with that of a second domain: "mnist to mnist-m". */
export function domainsTitle({ data, target }: Pick<RunConfig, "data" | "target">): string {
  return [data, ...(target ? [target] : [])].map(({ name }) => dataTitle(name)).join(" to ");
}

/** What came out, in sentences. */
export function summary(evaluation: Evaluation, config: Pick<RunConfig, "data" | "target">): string[] {
  const { numbers, confusion, correlations } = evaluation;
  const { data } = config;
  const sentences = classesInWords(evaluation, config);
  const accuracy = numbers["cluster_accuracy"];
  if (accuracy !== undefined && confusion !== undefined) {
    const where = `the ${withLabel(evaluation, "test picture")} of ${dataTitle(data.name)}`;
    sentences.push(`Without labels, the code names the class of ${percent(accuracy)} of ${where}.`);
  }
  const knn1 = numbers["knn1_accuracy"];
  if (knn1 !== undefined) sentences.push(neighboursInWords(knn1, evaluation, data));
  for (const [j, factor] of (correlations?.factors ?? []).entries()) {
    const values = correlations?.values.map((row) => row[j] ?? 0) ?? [];
    const [value = 0, second = 0] = values.toSorted((a, b) => b - a);
    const code = correlations?.codes[values.indexOf(value)] ?? "";
    if (value >= FOLLOWS && value - second >= AHEAD)
      sentences.push(`${code} follows ${factor} (|r| ${value.toFixed(2)}).`);
  }
  return sentences;
}

/** How far the nearest neighbour by features tells the class, beside what pixels and an untrained encoder do. */
function neighboursInWords(
  knn1: number,
  { numbers, pictures, labelled }: Evaluation,
  { options }: Pick<RunConfig["data"], "options">,
): string {
  const share = (key: string) => percent(numbers[key] ?? NaN);
  const training = options?.labels == null ? "training" : "labelled training";
  const beside = `by pixels ${share("knn1_accuracy_pixels")}, by the encoder before its training ${share("knn1_accuracy_untrained")}`;
  const gained = knn1 > (numbers["knn1_accuracy_untrained"] ?? -Infinity);
  const known = labelled < pictures ? "labelled test" : "test";
  return (
    `For ${percent(knn1)} of the ${known} pictures the nearest ${training} picture by its features is of the same class (${beside}).` +
    (gained ? "" : " The training has not brought the classes nearer together.")
  );
}

/** How often a classifier is right, on both domains where there are two. */
function classesInWords(
  evaluation: Evaluation,
  { data, target }: Pick<RunConfig, "data" | "target">,
): string[] {
  const { numbers, target: read } = evaluation;
  const error = numbers["test_error"];
  const accuracy = numbers["target_accuracy"];
  const sentences: string[] = [];
  if (error !== undefined) {
    const where = `the ${withLabel(evaluation, "test picture")} of ${dataTitle(data.name)}`;
    sentences.push(`Of ${where} it names ${percent(1 - error)} rightly.`);
  }
  if (accuracy !== undefined && read !== undefined && target !== undefined) {
    const where = `the ${withLabel(read, "target picture")} of ${dataTitle(target.name)}`;
    const unseen = read.taught ? "" : ", whose labels it never saw,";
    sentences.push(`Of ${where}${unseen} it names ${percent(accuracy)} rightly.`);
  }
  return sentences;
}

/** What came out and what each code stands for, for the terminal. */
export function describe(evaluation: Evaluation, config: Pick<RunConfig, "data" | "target">): string[] {
  const { confusion } = evaluation;
  // What was taught as a class stands for it.
  const codes = confusion === undefined || confusion.code === CLASS ? [] : codesInWords(confusion);
  return [...summary(evaluation, config), ...codes];
}

/** The values of the code: those that stand for a class with how many of their pictures are of it, then the others, if any. */
function codesInWords({
  code: part,
  table,
  matching,
  classes,
}: NonNullable<Evaluation["confusion"]>): string[] {
  const codes = rowsOf(table).map((row, code) => {
    const total = row.reduce((a, b) => a + b, 0);
    const column = matching[code] ?? -1;
    return { code, total, own: row[column] ?? 0, name: classes[column] };
  });
  const used = codes.filter(({ total }) => total > 0);
  const named = used.filter(({ name }) => name !== undefined);
  const nameless = used.filter(({ name }) => name === undefined);
  const unused = codes.filter(({ total }) => total === 0);
  const inWords = named.map(
    ({ code, total, own, name }) =>
      `${code} = ${name} (${Math.round((100 * own) / total)} % of ${formatNumber(total)})`,
  );
  const list = (some: readonly { code: number }[]) => some.map(({ code }) => code).join(", ");
  return [
    ...(inWords.length > 0 ? [`${part}: ${inWords.join(", ")}`] : []),
    ...(nameless.length > 0
      ? [`${part} stands for no class, as there are fewer classes than codes: ${list(nameless)}`]
      : []),
    ...(unused.length > 0 ? [`${part} was given to no test picture: ${list(unused)}`] : []),
  ];
}

/** What must be known of the pictures before they are trained on: with few of them, a batch then holds each several times. */
export function cautionsOfTraining(
  { data, target }: Domains,
  { training: { batch }, ...config }: Pick<RunConfig, "training" | "data" | "target">,
): string[] {
  const few = ({ train }: DataSplits, of: string, share: number, wanted: string) => {
    if (train.size >= share) return [];
    const pictures = `${counted(train.size, "training picture")}${of} ${train.size === 1 ? "is" : "are"}`;
    return [
      `${pictures} fewer than ${wanted} of ${batch}: a batch holds each several times.\n` +
        "  With so few, what is learned is those pictures. --batch makes batches smaller.",
    ];
  };
  if (target === undefined) return few(data, "", batch, "a batch");
  const half = Math.floor(batch / 2);
  const same = samePictures(config.data, config.target);
  return [
    ...(same
      ? ["Source and target are the same pictures, so the numbers of the target tell nothing new."]
      : []),
    ...few(data, "", half, "half a batch"),
    ...few(target, " of the target", half, "half a batch"),
  ];
}

/** Whether both sets have the same training pictures with the same labels, or the same test pictures. */
function samePictures(data: DataConfig, target: DataConfig | undefined): boolean {
  if (target === undefined) return false;
  const tests = data.testFingerprint !== undefined && data.testFingerprint === target.testFingerprint;
  return tests || data.fingerprint === target.fingerprint;
}

/** Other data to measure on, in place of the run's own: of a run with a target, in place of the target's. */
export interface MeasuredOn {
  /** Whether all its pictures are measured on, and not its test part alone. */
  readonly whole: boolean;
}

/** What a reader of the numbers must be told before anything else. */
export function cautions(
  evaluation: Pick<Evaluation, "pictures" | "labelled" | "target" | "unconverged">,
  { data, target }: Pick<RunConfig, "data" | "target">,
  on?: MeasuredOn,
): string[] {
  const { target: read, unconverged = [] } = evaluation;
  const replaced = on && (target ?? data);
  const more = (set: DataConfig) => (set === replaced ? moreOfOther(on) : moreHeldOut(set));
  return [
    ...cautionsOfSet(evaluation, "", data, more(data)),
    ...(read && target ? cautionsOfSet(read, " of the target", target, more(target)) : []),
    ...unconverged.map(
      (key) =>
        `${key}: the fit was given up before it converged, so the number is no property of the features yet.`,
    ),
  ];
}

/** How to measure on more pictures of the run's own data. */
function moreHeldOut({ name, options }: DataConfig): string {
  if (!isPath(name) || options.testShare >= 0.5) return "";
  return "\n  Training with --set testShare=0.5 holds out half of the pictures.";
}

function moreOfOther(on: MeasuredOn | undefined): string {
  return on?.whole === false ? "\n  --whole measures on all of its pictures." : "";
}

function cautionsOfSet(counts: Counts, of: string, { classes }: DataConfig, more: string): string[] {
  const { pictures, labelled } = counts;
  const read = `${counted(pictures, "test picture")}${of}`;
  if (pictures > 0 && classes.length > 0 && labelled === 0)
    return [`Labels of the ${read}: none, so what needs them was not measured.`];
  const [count, measured] =
    labelled === 0 ? [pictures, read] : [labelled, `${withLabel(counts, "test picture")}${of}`];
  if (count === 0 || count >= FEW_PICTURES) return [];
  const moved = `a single one moves a share by ${Math.round(100 / count)} %`;
  return [`Measured on ${measured}: too few for the numbers to mean much, as ${moved}.${more}`];
}
