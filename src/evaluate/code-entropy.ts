import { DataError } from "../errors.js";
import { entropy } from "./information.js";
import { checkMatrix, type Matrix } from "./matrix.js";

export interface CodeEntropy {
  /**
   * H(mean of the rows) / log k, in [0, 1]: 1 if all codes are used alike, 0 if only one is used; higher is
   * better.
   */
  readonly balance: number;
  /** Mean of H(row) / log k, in [0, 1]: 0 if every picture has one sure code; lower is better. */
  readonly conditional: number;
}

/**
 * How a categorical code is used: balance - conditional is the information between picture and code in units
 * of log k, which is what InfoGAN maximises (Chen et al. 2016, arXiv:1606.03657, section 5), here on real
 * pictures and without labels. probabilities [n, k], k >= 2: Q's softmax, or one-hot rows for the use of hard
 * assignments.
 * Throws DataError for a row that is no distribution (negative, or a sum more than 0.001 from 1).
 */
export function codeEntropy(probabilities: Matrix): CodeEntropy {
  checkMatrix("code_entropy", probabilities);
  const { data, n, width } = probabilities;
  if (width < 2)
    throw new DataError({ where: "code_entropy", expected: "at least two codes", received: `${width}` });
  const use = new Float64Array(width);
  let conditional = 0;
  for (let i = 0; i < n; i++) {
    const row = data.subarray(i * width, (i + 1) * width);
    requireDistribution(i, row);
    for (const [code, p] of row.entries()) use[code]! += p;
    conditional += entropy(row);
  }
  const unit = Math.log(width);
  return { balance: Math.min(1, entropy(use) / unit), conditional: Math.min(1, conditional / n / unit) };
}

function requireDistribution(i: number, row: Float32Array): void {
  const sum = row.reduce((total, p) => total + p, 0);
  if (row.every((p) => p >= 0) && Math.abs(sum - 1) <= 1e-3) return;
  throw new DataError({
    where: `code_entropy, row ${i}`,
    expected: "probabilities that sum to 1",
    received: `a least value of ${Math.min(...row)} and a sum of ${sum}`,
    hint: "Take the softmax of the logits first.",
  });
}
