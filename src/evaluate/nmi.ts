import { type Confusion, requireLabels } from "./confusion.js";
import { entropy, marginals, mutualInformation } from "./information.js";

/**
 * Normalised mutual information of code and class, 2 I(U; V) / (H(U) + H(V)), in [0, 1]; higher is better.
 * The arithmetic mean is scikit-learn's default (Strehl & Ghosh 2002 use the geometric one). As there, two
 * constants agree perfectly: 1.
 * Throws DataError if no picture has a label.
 */
export function nmi(table: Confusion): number {
  requireLabels("nmi", table);
  const { code, class: klass } = marginals(table);
  const entropies = entropy(code) + entropy(klass);
  return entropies === 0 ? 1 : Math.min(1, (2 * mutualInformation(table)) / entropies);
}
