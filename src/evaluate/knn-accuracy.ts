import type { Host } from "../engine/runtime/host.js";
import { labelled, type LabelledSplit } from "./labels.js";
import { nearestRows } from "./nearest-rows.js";

/** What `knnAccuracy` may be told. */
export interface KnnOptions {
  /** Neighbours that vote; default 1. */
  readonly k?: number;
  /** Called now and then with the share of the work that is done, in (0, 1]. */
  readonly progress?: (share: number) => void;
}

/**
 * Share of test rows whose class is that of their k nearest training rows (Cover & Hart 1967), in [0, 1]; higher is
 * better. With k = 1 it is the measure of features in Donahue et al. 2016, arXiv:1605.09782, table 1. Distances are
 * Euclidean on the features as they are; of equal distances the first row counts, and of equally many votes the class of
 * the nearest row. Rows without a label are left out.
 * Throws DataError for features and labels that do not fit, OptionError unless 1 <= k <= labelled training rows.
 */
export async function knnAccuracy(
  split: LabelledSplit,
  host: Host,
  { k = 1, progress = () => {} }: KnnOptions = {},
): Promise<number> {
  const train = labelled("knn_accuracy, train", split.train, split.trainLabels);
  const test = labelled("knn_accuracy, test", split.test, split.testLabels);
  const { indices } = await nearestRows(test.rows, train.rows, k, host, { progress });
  let right = 0;
  for (const [i, label] of test.labels.entries()) {
    const votes = Array.from(indices.subarray(i * k, (i + 1) * k), (row) => train.labels[row]!);
    right += Number(mostFrequent(votes) === label);
  }
  return right / test.labels.length;
}

/** The most frequent of some labels; of equally frequent ones that which comes first. */
function mostFrequent(labels: readonly number[]): number | undefined {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return labels.find((label) => counts.get(label) === most);
}
