import { type Dataset, type DataSplits, readPictures } from "../data/index.js";
import { hostRandom } from "../engine/random.js";
import {
  type Confusion,
  type Matrix,
  clusterAccuracy,
  codeCorrelation,
  codeEntropy,
  confusion,
  dci,
  factorVaeScore,
  matrix,
  mig,
  nearestNeighbours,
  neighbourAgreement,
  nmi,
  pool2,
  pooledSampler,
} from "../evaluate/index.js";
import { hasEncoder } from "../methods/index.js";
import type { Features, Model } from "../train/index.js";

/** What was measured of a model, on pictures it was not trained on. */
export interface Evaluation {
  /** Metric keys (docs/metrics.md) and values. */
  readonly numbers: Readonly<Record<string, number>>;
  /** How many test pictures were read. */
  readonly pictures: number;
  /** How many files of the data, of both parts, could not be read and were left out (`skipBad`). */
  readonly skipped: number;
  /** Codes against classes, where the data has labels and the method a categorical code. */
  readonly confusion?: {
    /** Name of the categorical part of the latent vector. */
    readonly code: string;
    readonly table: Confusion;
    readonly matching: readonly number[];
    readonly classes: readonly string[];
  };
  /** |Pearson correlation| of every continuous code with every factor, where the data has factors. */
  readonly correlations?: {
    readonly codes: readonly string[];
    readonly factors: readonly string[];
    readonly values: readonly number[][];
  };
}

const TEST_PICTURES = 10_000;
const NEIGHBOURS = 5;
/** Work of a neighbour search that takes about a second. */
const NEIGHBOUR_WORK = 4000 ** 2 * 196;

/** Every score that fits the method's features and what is known of the data. */
export async function evaluateModel(model: Model, data: DataSplits, seed: number): Promise<Evaluation> {
  const skipped = data.skipped?.length ?? 0;
  if (!hasEncoder(model.spec.method, model.spec.options)) return { numbers: {}, pictures: 0, skipped };
  const { features, indices } = await readFeatures(model, data.test, TEST_PICTURES);
  const labels = indices.map((i) => data.test.label(i));
  const clusters = clusterScores(model, features, labels, data.test.classes ?? []);
  const factors = await factorScores(model, features, data.test, indices, seed);
  return {
    numbers: { ...clusters.numbers, ...factors.numbers },
    pictures: indices.length,
    skipped,
    ...(clusters.confusion && { confusion: clusters.confusion }),
    ...(factors.correlations && { correlations: factors.correlations }),
  };
}

function clusterScores(
  model: Model,
  features: Features,
  labels: readonly number[],
  classes: readonly string[],
) {
  const code = categoricalCode(model, features);
  if (code === undefined) return { numbers: {} };
  const { balance, conditional } = codeEntropy({ data: code.data, n: labels.length, width: code.width });
  const entropy = { code_balance: balance, code_uncertainty: conditional };
  if (classes.length === 0 || labels.every((label) => label < 0)) return { numbers: entropy };
  const table = confusion(likeliest(code), labels, code.width, classes.length);
  const { value, matching } = clusterAccuracy(table);
  return {
    numbers: { cluster_accuracy: value, nmi: nmi(table), ...entropy },
    confusion: { code: categoricalName(model, features) ?? "", table, matching: [...matching], classes },
  };
}

async function factorScores(
  model: Model,
  features: Features,
  test: Dataset,
  indices: readonly number[],
  seed: number,
) {
  const { factors } = test;
  const factorsOf = test.factorsOf?.bind(test);
  if (factors === undefined || factorsOf === undefined) return { numbers: {} };
  const truth = matrix(indices.map((i) => factorsOf(i)));
  const codes = codeMatrix(model, features, indices.length);
  const names = continuousNames(model, features);
  // One code alone has no second best, and no factor to disentangle from another.
  if (codes.width < 2) return { numbers: {} };
  const scores: Record<string, number> = {
    mig: mig(codes, truth).value,
    ...pick(dci(codes, truth, hostRandom(seed, "dci").uniform), "dci"),
    factorvae_score: (
      await factorVaeScore(
        pooledSampler(codes, truth, hostRandom(seed, "factorvae sampler").uniform),
        hostRandom(seed, "factorvae").uniform,
      )
    ).value,
  };
  if (names.length === 0) return { numbers: scores };
  const continuous = factors.map((f, j) => ({ f, j })).filter(({ f }) => f.values === undefined);
  const { correlations, matched } = codeCorrelation(
    columns(
      codes,
      names.map((_, i) => codes.width - names.length + i),
    ),
    columns(
      truth,
      continuous.map(({ j }) => j),
    ),
  );
  const values = names.map((_, i) =>
    continuous.map((__, j) => correlations.data[i * continuous.length + j] ?? 0),
  );
  for (const [j, { f }] of continuous.entries()) {
    scores[`code_correlation_${f.name}`] = matched[j] ?? 0;
  }
  return {
    numbers: scores,
    correlations: { codes: names, factors: continuous.map(({ f }) => f.name), values },
  };
}

function pick({ disentanglement, completeness, informativeness }: ReturnType<typeof dci>, prefix: string) {
  return {
    [`${prefix}_disentanglement`]: disentanglement,
    [`${prefix}_completeness`]: completeness,
    [`${prefix}_informativeness`]: informativeness,
  };
}

/**
 * A judge of starts that needs no labels: how often the nearest neighbours of a training picture get the same code, times how
 * evenly the codes are used (one code for everything would agree with itself).
 */
export function labelFreeScore(train: Dataset): (model: Model) => Promise<number> {
  const { channels, height, width } = train.image;
  const pooledWidth = channels * Math.floor(height / 2) * Math.floor(width / 2);
  const rows = Math.floor(Math.min(4000, Math.sqrt(NEIGHBOUR_WORK / pooledWidth)));
  const { images } = readPictures(train, rows);
  let neighbours: Uint32Array | undefined;
  return async (model) => {
    const features = await model.features(images);
    const code = categoricalCode(model, features);
    if (code === undefined) return 0;
    const n = code.data.length / code.width;
    const k = Math.min(NEIGHBOURS, n - 1);
    if (k < 1) return 0;
    neighbours ??= nearestNeighbours(pool2(images, train.image), k);
    const { balance } = codeEntropy({ data: code.data, n, width: code.width });
    return neighbourAgreement(neighbours, likeliest(code), k) * balance;
  };
}

/** Pixels held as floats at a time, in bytes. */
const CHUNK_BYTES = 2 ** 26;

/** Features of the first pictures of a set, a part at a time, so that the pixels need not all be in memory as floats. */
export async function readFeatures(
  model: Model,
  data: Dataset,
  wanted: number,
  progress: (done: number, total: number) => void = () => {},
): Promise<{ features: Features; indices: number[] }> {
  const { channels, height, width } = data.image;
  const chunk = Math.max(1, Math.floor(CHUNK_BYTES / (4 * channels * height * width)));
  const total = Math.min(wanted, data.size);
  const parts: Features[] = [];
  for (let start = 0; start < total; start += chunk) {
    const size = Math.min(chunk, total - start);
    parts.push(await model.features(readPictures(data, size, start).images));
    progress(start + size, total);
  }
  return { features: joined(parts), indices: Array.from({ length: total }, (_, i) => i) };
}

function joined(parts: readonly Features[]): Features {
  const names = Object.entries(parts[0] ?? {});
  return Object.fromEntries(
    names.map(([name, { width }]) => {
      const rows = parts.map((part) => part[name]?.data ?? new Float32Array());
      const data = new Float32Array(rows.reduce((length, { length: own }) => length + own, 0));
      let at = 0;
      for (const values of rows) {
        data.set(values, at);
        at += values.length;
      }
      return [name, { data, width }];
    }),
  );
}

type Column = Features[string];

/** The first feature that estimates a categorical part of the latent vector. */
export function categoricalCode(model: Model, features: Features): Column | undefined {
  const name = categoricalName(model, features);
  return name === undefined ? undefined : features[name];
}

function categoricalName({ latent }: Model, features: Features): string | undefined {
  return latent.find(({ kind, name }) => kind === "categorical" && features[name] !== undefined)?.name;
}

/** Names of the features that estimate continuous parts. */
export function continuousNames(model: Model, features: Features): string[] {
  return model.latent
    .filter(({ kind, name }) => kind !== "categorical" && features[name] !== undefined)
    .map(({ name }) => name);
}

/** Most likely class of every row of probabilities [n, width]. */
export function likeliest({ data, width }: Column): Int32Array {
  return Int32Array.from({ length: data.length / width }, (_, row) => {
    const probabilities = data.subarray(row * width, (row + 1) * width);
    return probabilities.indexOf(Math.max(...probabilities));
  });
}

/** One column per code: the most likely class of the categorical one, then the values of the continuous ones. */
function codeMatrix(model: Model, features: Features, n: number): Matrix {
  const category = categoricalCode(model, features);
  const first = category === undefined ? [] : [likeliest(category)];
  const rest = continuousNames(model, features).map((name) => features[name]?.data ?? new Float32Array(n));
  const all: ArrayLike<number>[] = [...first, ...rest];
  return matrix(Array.from({ length: n }, (_, row) => all.map((column) => column[row] ?? 0)));
}

function columns({ data, n, width }: Matrix, wanted: readonly number[]): Matrix {
  return matrix(
    Array.from({ length: n }, (_, row) => wanted.map((column) => data[row * width + column] ?? 0)),
  );
}
