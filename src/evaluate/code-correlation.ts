import { bestAssignment } from "./assignment.js";
import { checkPair, columns, matrix, type Matrix, transpose } from "./matrix.js";

export interface CodeCorrelation {
  /** Mean |r| of the matched pairs, in [0, 1]; higher is better. */
  readonly value: number;
  /** |r| of every code and factor, [k, f]. */
  readonly correlations: Matrix;
  /** [f]: the code matched to each factor, -1 for factors left over. */
  readonly matching: Int32Array;
  /** [f]: |r| of each factor with its code, 0 for factors left over. */
  readonly matched: Float32Array;
}

/**
 * How well each continuous factor follows one continuous code along a line: |Pearson r|, codes matched to
 * factors one to one so that the sum of |r| is greatest (codes swap roles and signs between runs). codes [n,
 * k], factors [n, f]; a constant column has r = 0. `value` is the mean over min(k, f) pairs. Our definition;
 * the matrix is the usual one.
 * Throws DataError for rows that do not fit or numbers that are not finite.
 */
export function codeCorrelation(codes: Matrix, factors: Matrix): CodeCorrelation {
  checkPair("code_correlation", codes, factors);
  const standardCodes = columns(codes).map(standardise);
  const byFactor = columns(factors).map((factor) => {
    const y = standardise(factor);
    return Float32Array.from(standardCodes, (x) => Math.min(1, Math.abs(dot(x, y))));
  });
  const matching = bestAssignment(matrix(byFactor));
  const matched = Float32Array.from(byFactor, (row, j) => row[matching[j]!] ?? 0); // no element -1
  const value = matched.reduce((sum, r) => sum + r, 0) / Math.min(codes.width, factors.width);
  return { value, correlations: transpose(matrix(byFactor)), matching, matched };
}

/**
 * Centred and scaled to length 1, so that r is a dot product; in double precision, as n products of float32
 * are summed.
 */
function standardise(values: Float32Array): Float64Array {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const centred = Float64Array.from(values, (v) => v - mean);
  const length = Math.sqrt(dot(centred, centred));
  return length === 0 ? centred : centred.map((v) => v / length);
}

function dot(x: Float64Array, y: Float64Array): number {
  return x.reduce((sum, v, i) => sum + v * y[i]!, 0);
}
