import { bestAssignment } from "./assignment.js";
import { type Confusion, requireLabels } from "./confusion.js";

export interface ClusterAccuracy {
  /** Share of labelled pictures whose code is matched to their class, in [0, 1]; higher is better. */
  readonly value: number;
  /** [codes]: the class of each code, -1 for codes left over. */
  readonly matching: Int32Array;
}

/**
 * max over one-to-one matchings m of (1 / n) sum_i [m(code_i) = label_i]: the unsupervised clustering
 * accuracy of Xie et al. 2016, arXiv:1511.06335 (and the measure behind the 5 % error of Chen et al. 2016,
 * arXiv:1606.03657, section 7.2). With more codes than classes the pictures of the codes left over count as
 * wrong; with fewer, those of the classes left over do.
 * Throws DataError if no picture has a label.
 */
export function clusterAccuracy(table: Confusion): ClusterAccuracy {
  requireLabels("cluster_accuracy", table);
  const { counts, codes, classes, total } = table;
  const matching = bestAssignment({ data: Float32Array.from(counts), n: codes, width: classes });
  let right = 0;
  for (const [code, label] of matching.entries()) if (label !== -1) right += counts[code * classes + label]!;
  return { value: right / total, matching };
}
