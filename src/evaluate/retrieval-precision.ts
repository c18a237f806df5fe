import type { Host } from "../engine/runtime/host.js";
import { labelled } from "./labels.js";
import type { Matrix } from "./matrix.js";
import { nearestRows } from "./nearest-rows.js";

/** What `retrievalPrecision` may be told. */
export interface RetrievalOptions {
  /** How many are retrieved for each query; default 10. */
  readonly k?: number;
  /** Called now and then with the share of the work that is done, in (0, 1]. */
  readonly progress?: (share: number) => void;
}

/**
 * Precision at k: every row is a query; of its k nearest others (Euclidean) the share that has its class, mean over
 * queries, in [0, 1]; higher is better (Manning et al. 2008, "Introduction to Information Retrieval", section 8.4).
 * features [n, d], labels [n]; rows without a label are left out, as queries and as answers.
 * Throws DataError for features and labels that do not fit, OptionError unless 1 <= k < labelled rows.
 */
export async function retrievalPrecision(
  features: Matrix,
  labels: ArrayLike<number>,
  host: Host,
  { k = 10, progress = () => {} }: RetrievalOptions = {},
): Promise<number> {
  const known = labelled("retrieval_precision", features, labels);
  const { indices } = await nearestRows(known.rows, known.rows, k, host, { self: true, progress });
  let alike = 0;
  for (const [at, row] of indices.entries())
    alike += Number(known.labels[row] === known.labels[Math.floor(at / k)]);
  return alike / indices.length;
}
