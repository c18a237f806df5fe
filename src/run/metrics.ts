/** What is known of a metric beside its value. */
export interface Metric {
  /** One sentence: what it measures. */
  readonly meaning: string;
  /** The same in a few words. */
  readonly short?: string;
  /** Range, or what a value is held against. */
  readonly range?: string;
  /** Which way is better, where one is. */
  readonly better?: "higher" | "lower";
  /** What two values must share, beside the test pictures, to be held against one another. */
  readonly within?: "judge" | "labels" | "prior";
  /** Heading of docs/metrics.md that defines it. */
  readonly defined?: string;
  /** What guessing, or a code that is always the same, comes to. */
  readonly chance?: string;
}

const SHARE = { range: "0 to 1", better: "higher" } as const;
const FAULT = { range: "0 to 1", better: "lower" } as const;
const ERROR = { range: "from 0", better: "lower" } as const;

/** Every metric by its key, or by the beginning of keys that end in a number or a name; docs/metrics.md has the table. */
export const metrics: Readonly<Record<string, Metric>> = {
  cluster_accuracy: {
    meaning: "share of test pictures whose code is the one matched to their class",
    short: "pictures given the code of their class",
    ...SHARE,
    defined: "cluster_accuracy",
    chance: "share of the largest class",
  },
  nmi: {
    meaning: "normalised mutual information of codes and classes",
    short: "what codes and classes tell of each other",
    ...SHARE,
    defined: "nmi",
    chance: "0",
  },
  code_balance: {
    meaning: "evenness of code use: 1 is every code equally often, 0 a single code",
    short: "how evenly the codes are used",
    range: "0 to 1, higher is more even",
    defined: "code_balance-and-code_uncertainty",
  },
  code_uncertainty: {
    meaning: "mean entropy of the code given the picture, in units of log(codes): 0 is certain, 1 a guess",
    short: "how unsure the encoder is of its code",
    ...FAULT,
    defined: "code_balance-and-code_uncertainty",
  },
  mig: {
    meaning: "mutual information gap: how much better the best code tells a factor than the second best",
    short: "whether one code alone tells a factor",
    ...SHARE,
    defined: "mig",
    chance: "0",
  },
  dci_disentanglement: {
    meaning: "whether each code serves one factor",
    short: "one factor per code",
    ...SHARE,
    defined: "dci",
    chance: "0",
  },
  dci_completeness: {
    meaning: "whether each factor is served by one code",
    short: "one code per factor",
    ...SHARE,
    defined: "dci",
    chance: "0",
  },
  dci_informativeness: {
    meaning: "share of the factors' variance that the codes explain",
    short: "how much of the factors the codes tell",
    ...SHARE,
    defined: "dci",
    chance: "0",
  },
  target_information: {
    meaning:
      "entropy of the mean answer less the mean entropy of the answers on target pictures, in units of log(classes): needs no label",
    short: "how surely and evenly it names target pictures",
    ...SHARE,
    defined: "target_information",
    chance: "0",
  },
  code_correlation: {
    meaning: "size of the Pearson correlation of a factor and the code that follows it best",
    short: "how well a code follows a factor",
    ...SHARE,
    defined: "code_correlation",
    chance: "0",
  },
  factorvae_score: {
    meaning: "accuracy of telling a fixed factor by the code that varies least",
    short: "fixed factors told by the stillest code",
    ...SHARE,
    defined: "factorvae_score",
    chance: "1 / factors; 0 for constant codes",
  },
  test_error: {
    meaning: "share of test pictures whose class is not the one named",
    short: "test pictures named wrongly",
    ...FAULT,
    defined: "test_error",
    chance: "1 - share of the largest class",
  },
  target_accuracy: {
    meaning: "share of test pictures of the target whose class it names",
    short: "pictures of the target named rightly",
    ...SHARE,
    defined: "target_accuracy",
    chance: "share of the largest class",
  },
  domain_probe_accuracy: {
    meaning: "accuracy of a fresh logistic regression that tells source from target by the features",
    short: "domains told apart by the features",
    ...FAULT,
    defined: "linear_probe_accuracy",
    chance: "0.5",
  },
  knn1_accuracy: {
    meaning: "share of test pictures whose nearest training picture, by the features, is of their class",
    short: "nearest neighbours of the same class",
    ...SHARE,
    within: "labels",
    defined: "knn_accuracy",
    chance: "share of the largest class",
  },
  linear_probe_accuracy: {
    meaning: "accuracy of a logistic regression on the features",
    short: "classes told by a linear map of the features",
    ...SHARE,
    within: "labels",
    defined: "linear_probe_accuracy",
    chance: "share of the largest class",
  },
  retrieval_precision_10: {
    meaning: "share of the ten nearest test pictures that are of the same class",
    short: "the ten nearest of the same class",
    ...SHARE,
    defined: "retrieval_precision",
    chance: "sum of squared shares",
  },
  kmeans_accuracy: {
    meaning:
      "share of test pictures whose k-means cluster, of as many as classes, is the one matched to their class",
    short: "clusters of features that are classes",
    ...SHARE,
    defined: "k-means",
    chance: "share of the largest class",
  },
  kmeans_nmi: {
    meaning: "normalised mutual information of k-means clusters and classes",
    short: "what clusters and classes tell of each other",
    ...SHARE,
    defined: "k-means",
    chance: "0",
  },
  reconstruction_error: {
    meaning: "mean squared difference, per pixel in [0, 1], of test pictures and what comes back of them",
    short: "squared error of pictures there and back",
    ...ERROR,
    defined: "mean_squared_error-and-sharpness",
  },
  reconstruction_error_of_others: {
    meaning: "the same with the reconstruction of another picture: what is reached without looking",
    short: "the same for another picture",
    range: "what reconstruction_error is held against",
    defined: "mean_squared_error-and-sharpness",
  },
  latent_error: {
    meaning:
      "mean squared difference of latent vectors and what the encoder says of the pictures made of them",
    short: "squared error of latents there and back",
    ...ERROR,
    within: "prior",
    defined: "latent_error",
    chance: "variance of the prior: 1 for N(0, 1), 1/3 for U(-1, 1)",
  },
  sharpness: {
    meaning: "mean length of the gradient of reconstructions",
    short: "sharpness of reconstructions",
    range: "best near sharpness_of_data",
    defined: "mean_squared_error-and-sharpness",
    chance: "0 for plain pictures",
  },
  sharpness_of_data: {
    meaning: "mean length of the gradient of test pictures",
    short: "sharpness of test pictures",
    defined: "mean_squared_error-and-sharpness",
  },
  frechet_distance: {
    meaning: "Frechet distance of generated and test pictures in the hidden features of the judge",
    short: "distance from test pictures, by the judge",
    ...ERROR,
    within: "judge",
    defined: "frechet_distance",
  },
  frechet_floor: {
    meaning: "Frechet distance of two halves of the test pictures: what chance alone makes",
    short: "distance of two halves of the test pictures",
    range: "what frechet_distance is held against",
    defined: "frechet_distance",
  },
  class_accuracy: {
    meaning: "share of generated pictures that the judge takes for the class they were asked for",
    short: "pictures drawn of the class asked for",
    ...SHARE,
    within: "judge",
    defined: "class_accuracy-and-class_kept",
    chance: "share of the largest class",
  },
  class_kept: {
    meaning: "share of test pictures that the judge sees in the same class after the way there and back",
    short: "pictures that keep their class there and back",
    ...SHARE,
    within: "judge",
    defined: "class_accuracy-and-class_kept",
    chance: "share of the largest class",
  },
};

/** The range and which way is better, in words. */
export function directionOf({ range, better }: Metric): string | undefined {
  return better === undefined ? range : [range, `${better} is better`].filter(Boolean).join(", ");
}

/** What a key means; of one that nobody knows, itself. */
export function metricOf(key: string): Metric {
  const known = metrics[key] ?? metrics[key.replace(/^(frechet_\w+)_\d+$/, "$1")];
  return known ?? ofFactor(key) ?? ofOther(key) ?? { meaning: key };
}

function ofFactor(key: string): Metric | undefined {
  const factor = /^code_correlation_(.+)$/.exec(key)?.[1];
  const known = metrics["code_correlation"];
  if (factor === undefined || known === undefined) return undefined;
  const named = (text = "") => text.replace("a factor", factor);
  return { ...known, meaning: named(known.meaning), short: named(known.short) };
}

/** Endings of scores of what a feature is held against. */
export const baselines: Readonly<Record<string, string>> = {
  pixels: "of the pixels themselves",
  pca: "of as many principal components of the pixels, or as there are",
  untrained: "of the encoder before its training",
};

const OF_FEATURES = [
  "knn1_accuracy",
  "linear_probe_accuracy",
  "retrieval_precision_10",
  "kmeans_accuracy",
  "kmeans_nmi",
];

/** A score of another feature than the method's own, or of what it is held against: its key ends in the name. */
function ofOther(key: string): Metric | undefined {
  const score = OF_FEATURES.find((name) => key.startsWith(`${name}_`));
  const known = score === undefined ? undefined : metrics[score];
  if (score === undefined || known === undefined) return undefined;
  const name = key.slice(score.length + 1);
  const whose = baselines[name] ?? ofComponents(name) ?? `of the feature ${name}`;
  return { ...known, meaning: `${known.meaning}: ${whose}`, short: `${known.short ?? ""}, ${whose}` };
}

/** "z_pca": what z is held against. */
function ofComponents(name: string): string | undefined {
  const feature = /^(.+)_pca$/.exec(name)?.[1];
  return (
    feature && `of as many principal components of the pixels as ${feature} has numbers, or as there are`
  );
}
