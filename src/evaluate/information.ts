import type { Confusion } from "./confusion.js";

/** H = -sum p log p in nats, p = weights / sum(weights); 0 log 0 = 0 and an all-zero list has H = 0. */
export function entropy(weights: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < weights.length; i++) total += weights[i]!;
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    const p = weights[i]! / total;
    if (p > 0) sum -= p * Math.log(p);
  }
  return sum;
}

/** Row sums (codes) and column sums (classes) of a table of counts. */
export function marginals({ counts, codes, classes }: Confusion): {
  code: Float64Array;
  class: Float64Array;
} {
  const code = new Float64Array(codes);
  const klass = new Float64Array(classes);
  for (const [cell, count] of counts.entries()) {
    code[Math.floor(cell / classes)]! += count;
    klass[cell % classes]! += count;
  }
  return { code, class: klass };
}

/**
 * I(U; V) = sum p(u, v) log(p(u, v) / (p(u) p(v))) in nats, from counts (the plug-in estimate, biased
 * upwards).
 */
export function mutualInformation(table: Confusion): number {
  const { code, class: klass } = marginals(table);
  let sum = 0;
  for (const [cell, count] of table.counts.entries()) {
    if (count === 0) continue;
    const independent =
      (code[Math.floor(cell / table.classes)]! * klass[cell % table.classes]!) / table.total;
    sum += (count / table.total) * Math.log(count / independent);
  }
  return Math.max(0, sum); // rounding may leave -1e-17
}
