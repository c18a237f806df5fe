import { confusion } from "./confusion.js";
import { defaultBins, discretise } from "./discretise.js";
import { mutualInformation } from "./information.js";
import { checkPair, checkVaries, columns, matrix, type Matrix, transpose } from "./matrix.js";

export interface Mig {
  /** Mean of the gaps, in [0, 1]; higher is better. */
  readonly value: number;
  /** [f]: the gap of each factor. */
  readonly gaps: Float32Array;
  /** I(code; factor) / H(factor), [k, f], in [0, 1]. */
  readonly information: Matrix;
}

/**
 * Mutual information gap, Chen et al. 2018, arXiv:1802.04942, section 4: the mean over factors v of (I(z1; v)
 * - I(z2; v)) / H(v), z1 and z2 being the two codes that know most of v. A factor spread over two codes
 * scores near 0, as does one that no code knows. codes [n, k], factors [n, f]. Integer columns are
 * categories, others are cut into `bins` equal-width bins (20, as disentanglement_lib); with a single code
 * the second information is 0.
 * Throws DataError for rows that do not fit, numbers that are not finite or a factor that does not vary.
 */
export function mig(codes: Matrix, factors: Matrix, { bins = defaultBins }: { bins?: number } = {}): Mig {
  checkPair("mig", codes, factors);
  checkVaries("mig", factors);
  const discreteCodes = columns(codes).map((code) => discretise(code, bins));
  const shares = columns(factors).map((factor) => {
    const v = discretise(factor, bins);
    const known = mutualInformation(confusion(v.ids, v.ids, v.count, v.count)); // I(v; v) = H(v)
    return discreteCodes.map((z) => mutualInformation(confusion(z.ids, v.ids, z.count, v.count)) / known);
  });
  const gaps = Float32Array.from(shares, (share) => {
    const [first = 0, second = 0] = share.toSorted((a, b) => b - a);
    return first - second;
  });
  const value = gaps.reduce((sum, gap) => sum + gap, 0) / factors.width;
  return { value, gaps, information: transpose(matrix(shares)) };
}
