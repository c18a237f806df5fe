import { basename } from "node:path";
import { formatNumber } from "../report/format.js";
import type { ReportNumber } from "../report/index.js";
import { CLASS, type Method } from "../methods/index.js";
import type { RunConfig } from "./config.js";
import type { Evaluation } from "./evaluation.js";

/** Below this, one picture more or less moves a share by more than 1 %. */
const FEW_PICTURES = 100;
const FOLDER = "folder:";
const UNIT = "0 to 1, higher is better";
const LOSS = "0 to 1, lower is better";

type Meaning = Pick<ReportNumber, "meaning" | "short" | "direction">;

/** What a metric means, and which way is better; docs/metrics.md has the definitions. */
const meanings: Readonly<Record<string, Meaning>> = {
  cluster_accuracy: {
    meaning: "share of test pictures whose code is the one matched to their class",
    short: "pictures given the code of their class",
    direction: UNIT,
  },
  nmi: {
    meaning: "normalised mutual information of codes and classes",
    short: "what codes and classes tell of each other",
    direction: UNIT,
  },
  code_balance: {
    meaning: "evenness of code use: 1 is every code equally often, 0 a single code",
    short: "how evenly the codes are used",
    direction: "0 to 1, higher is more even",
  },
  code_uncertainty: {
    meaning: "mean entropy of the code given the picture, in units of log(codes): 0 is certain, 1 a guess",
    short: "how unsure the encoder is of its code",
    direction: "0 to 1, lower is better",
  },
  mig: {
    meaning: "mutual information gap: how much better the best code tells a factor than the second best",
    short: "whether one code alone tells a factor",
    direction: UNIT,
  },
  dci_disentanglement: {
    meaning: "whether each code serves one factor",
    short: "one factor per code",
    direction: UNIT,
  },
  dci_completeness: {
    meaning: "whether each factor is served by one code",
    short: "one code per factor",
    direction: UNIT,
  },
  dci_informativeness: {
    meaning: "share of the factors' variance that the codes explain",
    short: "how much of the factors the codes tell",
    direction: UNIT,
  },
  target_information: {
    meaning:
      "entropy of the mean answer less the mean entropy of the answers on target pictures, in units of log(classes): needs no label",
    short: "how surely and evenly it names target pictures",
    direction: UNIT,
  },
  factorvae_score: {
    meaning: "accuracy of telling a fixed factor by the code that varies least",
    short: "fixed factors told by the stillest code",
    direction: UNIT,
  },
  test_error: {
    meaning: "share of test pictures whose class is not the one named",
    short: "test pictures named wrongly",
    direction: LOSS,
  },
  target_accuracy: {
    meaning: "share of test pictures of the target whose class it names",
    short: "pictures of the target named rightly",
    direction: UNIT,
  },
  domain_probe_accuracy: {
    meaning: "accuracy of a fresh logistic regression that tells source from target by the features",
    short: "domains told apart by the features",
    direction: "0.5 to 1, lower is better",
  },
  knn1_accuracy: {
    meaning: "share of test pictures whose nearest training picture, by the features, is of their class",
    short: "nearest neighbours of the same class",
    direction: UNIT,
  },
  linear_probe_accuracy: {
    meaning: "accuracy of a logistic regression on the features",
    short: "classes told by a linear map of the features",
    direction: UNIT,
  },
  retrieval_precision_10: {
    meaning: "share of the ten nearest test pictures that are of the same class",
    short: "the ten nearest of the same class",
    direction: UNIT,
  },
  kmeans_accuracy: {
    meaning:
      "share of test pictures whose k-means cluster, of as many as classes, is the one matched to their class",
    short: "clusters of features that are classes",
    direction: UNIT,
  },
  kmeans_nmi: {
    meaning: "normalised mutual information of k-means clusters and classes",
    short: "what clusters and classes tell of each other",
    direction: UNIT,
  },
  reconstruction_error: {
    meaning: "mean squared difference, per pixel in [0, 1], of test pictures and what comes back of them",
    short: "squared error of pictures there and back",
    direction: "from 0, lower is better",
  },
  reconstruction_error_of_others: {
    meaning: "the same with the reconstruction of another picture: what is reached without looking",
    short: "the same for another picture",
    direction: "what reconstruction_error is held against",
  },
  latent_error: {
    meaning:
      "mean squared difference of latent vectors and what the encoder says of the pictures made of them",
    short: "squared error of latents there and back",
    direction: "from 0, lower is better",
  },
  sharpness: {
    meaning: "mean length of the gradient of reconstructions",
    short: "sharpness of reconstructions",
    direction: "best near sharpness_of_data",
  },
  sharpness_of_data: {
    meaning: "mean length of the gradient of test pictures",
    short: "sharpness of test pictures",
  },
  frechet_distance: {
    meaning: "Frechet distance of generated and test pictures in the hidden features of the judge",
    short: "distance from test pictures, by the judge",
    direction: "from 0, lower is better",
  },
  frechet_floor: {
    meaning: "Frechet distance of two halves of the test pictures: what chance alone makes",
    short: "distance of two halves of the test pictures",
    direction: "what frechet_distance is held against",
  },
  class_accuracy: {
    meaning: "share of generated pictures that the judge takes for the class they were asked for",
    short: "pictures drawn of the class asked for",
    direction: UNIT,
  },
  class_kept: {
    meaning: "share of test pictures that the judge sees in the same class after the way there and back",
    short: "pictures that keep their class there and back",
    direction: UNIT,
  },
};

/** The numbers with what a reader needs to judge them. */
export function numbersInWords(
  { numbers }: Evaluation,
  config: Pick<RunConfig, "data" | "target" | "options">,
  method: Pick<Method, "published">,
): ReportNumber[] {
  const published = method.published?.(config.options)[domainsTitle(config)];
  return Object.entries(numbers).map(([key, value]) => {
    const paper = published?.[key];
    return { key, value, ...meaningOf(key), ...(paper !== undefined && { reference: `paper: ${paper}` }) };
  });
}

export function meaningOf(key: string): Meaning {
  const factor = /^code_correlation_(.+)$/.exec(key)?.[1];
  if (factor === undefined)
    return meanings[key] ?? meanings[key.replace(/^(frechet_\w+)_\d+$/, "$1")] ?? ofOther(key);
  return {
    meaning: `|Pearson correlation| of ${factor} and the code that follows it best`,
    short: `how well a code follows ${factor}`,
    direction: UNIT,
  };
}

const otherFeatures: Readonly<Record<string, string>> = {
  pixels: "of the pixels themselves",
  pca: "of as many principal components of the pixels",
  untrained: "of the encoder before its training",
};

/** A score of another feature than the method's own, or of what it is held against: its key ends in the name. */
function ofOther(key: string): Meaning {
  const score = ["knn1_accuracy", "linear_probe_accuracy"].find((name) => key.startsWith(`${name}_`));
  const known = score === undefined ? undefined : meanings[score];
  if (score === undefined || known === undefined) return { meaning: key };
  const name = key.slice(score.length + 1);
  const whose = otherFeatures[name] ?? `of the feature ${name}`;
  return { ...known, meaning: `${known.meaning}: ${whose}`, short: `${known.short ?? ""}, ${whose}` };
}

/** "10,000 test pictures", "1 test picture". */
export function testPictures({ pictures }: Pick<Evaluation, "pictures">): string {
  return counted(pictures, "test picture");
}

export function counted(count: number, thing: string): string {
  return `${formatNumber(count)} ${thing}${count === 1 ? "" : "s"}`;
}

/** A data set by a name that is short enough for a title: of a folder, its last part. */
export function dataTitle(name: string): string {
  return name.startsWith(FOLDER) ? `${FOLDER}${basename(name)}` : name;
}

const percent = (share: number) => (100 * share).toFixed(1);

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
    const share = (100 * accuracy).toFixed(1);
    const where = `the ${testPictures(evaluation)} of ${dataTitle(data.name)}`;
    sentences.push(`Without labels, the code names the class of ${share} % of ${where}.`);
  }
  const knn1 = numbers["knn1_accuracy"];
  if (knn1 !== undefined)
    sentences.push(
      `By its features the nearest training picture of ${percent(knn1)} % is of the same class (by pixels: ${percent(numbers["knn1_accuracy_pixels"] ?? NaN)} %).`,
    );
  for (const [j, factor] of (correlations?.factors ?? []).entries()) {
    const values = correlations?.values.map((row) => row[j] ?? 0) ?? [];
    const best = values.indexOf(Math.max(...values));
    const value = values[best] ?? 0;
    if (value >= 0.5)
      sentences.push(`${correlations?.codes[best] ?? ""} follows ${factor} (|r| ${value.toFixed(2)}).`);
  }
  return sentences;
}

/** How often a classifier is right, on both domains where there are two. */
function classesInWords(
  evaluation: Evaluation,
  { data, target }: Pick<RunConfig, "data" | "target">,
): string[] {
  const { numbers, target: read } = evaluation;
  const share = (value: number) => `${(100 * value).toFixed(1)} %`;
  const error = numbers["test_error"];
  const accuracy = numbers["target_accuracy"];
  const sentences: string[] = [];
  if (error !== undefined) {
    const where = `the ${testPictures(evaluation)} of ${dataTitle(data.name)}`;
    sentences.push(`Of ${where} it names ${share(1 - error)} rightly.`);
  }
  if (accuracy !== undefined && read !== undefined && target !== undefined) {
    const where = `the ${counted(read.pictures, "target picture")} of ${dataTitle(target.name)}`;
    const unseen = read.taught ? "" : ", whose labels it never saw,";
    sentences.push(`Of ${where}${unseen} it names ${share(accuracy)} rightly.`);
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
  const codes = Array.from({ length: table.codes }, (_, code) => {
    const row = table.counts.subarray(code * table.classes, (code + 1) * table.classes);
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

/** What a reader of the numbers must be told before anything else. */
export function cautions(
  evaluation: Pick<Evaluation, "pictures">,
  { data }: Pick<RunConfig, "data">,
): string[] {
  const { pictures } = evaluation;
  if (pictures === 0 || pictures >= FEW_PICTURES) return [];
  const more = data.name.startsWith(FOLDER) ? "\n  --set testShare=0.5 holds out half of the pictures." : "";
  const moved = `a single one moves a share by ${Math.round(100 / pictures)} %`;
  return [
    `Measured on ${testPictures(evaluation)}: too few for the numbers to mean much, as ${moved}.${more}`,
  ];
}
