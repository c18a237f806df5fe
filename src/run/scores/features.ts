import { type Dataset, labelled, readPictures } from "../../data/index.js";
import { hostRandom } from "../../engine/random.js";
import {
  type LabelledSplit,
  type Matrix,
  applyPca,
  clusterAccuracy,
  confusion,
  fitPca,
  kMeans,
  knnAccuracy,
  linearProbe,
  nmi,
  retrievalPrecision,
  varying,
} from "../../evaluate/index.js";
import { CLASS, trainingOptions } from "../../methods/index.js";
import { type Features, type Model, createTrainer } from "../../train/index.js";
import type { Domains, Measured, Scores } from "./measured.js";
import { type Reading, concatenated, readFirst } from "./reading.js";

/** Numbers of the training pictures that features are compared with: 60,000 pictures of 1,024 numbers each, all of MNIST's. */
const TRAIN_NUMBERS = 60_000 * 1024;
/** Training pictures of an endless set. */
const TRAIN_ENDLESS = 5000;
/** Beyond this many values of a picture, principal components would take longer than all other scores together. */
const PCA_VALUES = 3072;

/**
 * How well classes can be read off wide features: by the nearest training picture, by a linear map, by retrieval and by k-means. Beside
 * them the same of pixels, of as many principal components as a feature has numbers (or the pictures span), where pixels have more, and
 * of the encoder before its training. The first wide feature has the plain keys, others end in their name.
 */
export async function featureScores(
  { model, domains, source, seed }: Measured,
  progress: (done: number, total: number) => void = () => {},
): Promise<Scores> {
  const wide = wideFeatures(model, source.features);
  const [main] = wide;
  if (main === undefined || !tellApart(source)) return { numbers: {} };
  const { train: data, test } = domains.data;
  const widthOf = (name: string) => source.features[name]?.width ?? 1;
  const widths = wide.map(widthOf);
  const endingOf = (name: string) => (name === main ? "" : `_${name}`);
  const values = test.image.channels * test.image.height * test.image.width;
  const most = Math.floor(TRAIN_NUMBERS / Math.max(1024, values, ...widths));
  const wanted = (set: Dataset) => (set.size === Infinity ? TRAIN_ENDLESS : Math.min(most, set.size));
  // Few labels lie anywhere in a set, so its first pictures would miss some. Components need no labels, and take them.
  const known = data.labelled === undefined ? data : labelled(data);
  const train = await readFirst(model, known, wanted(known));
  if (!tellApart(train)) return { numbers: {} };
  const pixels = new Map([train, source].map((reading) => [reading, pixelsOf(reading, values)]));
  const fitted = () =>
    known === data ? (pixels.get(train) ?? empty) : firstPixels(data, wanted(data), values);
  const compared: Readonly<Record<string, () => Feature | Promise<Feature>>> = {
    ...Object.fromEntries(wide.map((name) => [endingOf(name), () => featureOf(name)])),
    _pixels: () => (reading) => pixels.get(reading) ?? empty,
    ...Object.fromEntries(
      wide
        .filter((name) => values <= PCA_VALUES && widthOf(name) < values)
        .map((name) => [`${endingOf(name)}_pca`, () => components(fitted(), widthOf(name), pixels, model)]),
    ),
    _untrained: () => untrained(model, main, domains, [train, source], seed),
  };
  const total = Object.keys(compared).length;
  const numbers: Record<string, number> = {};
  const unconverged: string[] = [];
  for (const [i, [suffix, feature]] of Object.entries(compared).entries()) {
    progress(i, total);
    const of = await feature();
    const read = await readOff(of, suffix, { train, source, model });
    Object.assign(numbers, read.numbers, await groupScores(of(source), suffix, { source, model, seed }));
    unconverged.push(...read.unconverged);
  }
  progress(total, total);
  return { numbers, unconverged };
}

/** What the nearest training picture and a linear map make of a feature. */
async function readOff(
  of: Feature,
  suffix: string,
  { train, source, model }: { readonly train: Reading; readonly source: Reading; readonly model: Model },
): Promise<Required<Pick<Scores, "numbers" | "unconverged">>> {
  const split: LabelledSplit = {
    train: of(train),
    trainLabels: train.labels,
    test: of(source),
    testLabels: source.labels,
  };
  const { host } = model.spec;
  const knn1 = await knnAccuracy(split, host);
  const probe = await linearProbe(split, host);
  const probeKey = `linear_probe_accuracy${suffix}`;
  return {
    numbers: { [`knn1_accuracy${suffix}`]: knn1, [probeKey]: probe.value },
    unconverged: probe.converged ? [] : [probeKey],
  };
}

/** Whether there are labels to read off: two different ones. */
const tellApart = ({ labels }: Reading): boolean => new Set(labels.filter((label) => label >= 0)).size > 1;

/** What is read of pictures, as a matrix. */
type Feature = (reading: Reading) => Matrix;
const empty: Matrix = { data: new Float32Array(), n: 0, width: 1 };

/** Features of several numbers that are no probabilities of a class or of a categorical code. */
export function wideFeatures({ latent }: Model, features: Features): string[] {
  const categorical = new Set(latent.filter(({ kind }) => kind === "categorical").map(({ name }) => name));
  return Object.entries(features)
    .filter(([name, { width }]) => width > 1 && name !== CLASS && !categorical.has(name))
    .map(([name]) => name);
}

/** One feature of what was read. */
export const featureOf =
  (name: string): Feature =>
  ({ features, indices }) => {
    const { data, width } = features[name] ?? empty;
    return { data, n: indices.length, width };
  };

/** Rows of one width below one another. */
export function stacked(parts: readonly Matrix[]): Matrix {
  const n = parts.reduce((rows, part) => rows + part.n, 0);
  return { data: concatenated(parts.map(({ data }) => data)), n, width: parts[0]?.width ?? 1 };
}

const RETRIEVED = 10;
/** Of k-means, for each feature: ten would take most of the time of all scores. */
const STARTS = 3;

/** What needs no training pictures: retrieval among the test pictures, and clusters of them. Left out where they are too few. */
async function groupScores(
  features: Matrix,
  suffix: string,
  { source: { labels }, model: { spec }, seed }: Pick<Measured, "source" | "model" | "seed">,
): Promise<Scores["numbers"]> {
  const classes = labels.reduce((most, label) => Math.max(most, label + 1), 0);
  if (labels.filter((label) => label >= 0).length <= Math.max(RETRIEVED, classes)) return {};
  const random = hostRandom(seed, "k-means").uniform;
  const { assignment } = await kMeans(features, classes, random, spec.host, { starts: STARTS });
  const table = confusion(assignment, labels, classes, classes);
  return {
    [`retrieval_precision_${RETRIEVED}${suffix}`]: await retrievalPrecision(features, labels, spec.host, {
      k: RETRIEVED,
    }),
    [`kmeans_accuracy${suffix}`]: clusterAccuracy(table).value,
    [`kmeans_nmi${suffix}`]: nmi(table),
  };
}

function pixelsOf({ data, indices }: Reading, width: number): Matrix {
  return firstPixels(data, indices.length, width);
}

function firstPixels(data: Dataset, n: number, width: number): Matrix {
  return { data: readPictures(data, n).images, n, width };
}

/** As many principal components of the pixels as the feature has numbers, or as the pictures they are fitted on span. */
async function components(
  fitted: Matrix,
  wanted: number,
  pixels: ReadonlyMap<Reading, Matrix>,
  { spec }: Model,
): Promise<Feature> {
  // n rows span n - 1 directions at most: more would only take time.
  const pca = varying(await fitPca(fitted, Math.min(wanted, fitted.n - 1), spec.host));
  const found = new Map<Reading, Matrix>();
  for (const [reading, matrix] of pixels) found.set(reading, await applyPca(pca, matrix, spec.host));
  return (reading) => found.get(reading) ?? empty;
}

/** The same feature of an encoder as it was before its first step. */
async function untrained(
  { spec: { method, options, host } }: Model,
  name: string,
  { data, target }: Domains,
  readings: readonly Reading[],
  seed: number,
): Promise<Feature> {
  const training = trainingOptions.parse({ seed });
  const trainer = await createTrainer({
    method,
    options,
    training,
    data: data.train,
    ...(target && { target: target.train }),
    host,
  });
  try {
    const model = await trainer.model();
    const found = new Map<Reading, Matrix>();
    for (const reading of readings) {
      const before = await readFirst(model, reading.data, reading.indices.length);
      found.set(reading, featureOf(name)(before));
    }
    model.release();
    return (reading) => found.get(reading) ?? empty;
  } finally {
    trainer.release();
  }
}
