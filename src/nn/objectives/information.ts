import { add, exp, logSoftmax, mean, mul, neg, softmax, square, sub, sum } from "../../engine/ops/index.js";
import type { Tensor } from "../../engine/tensor.js";

/** -E log Q(c|x) of a categorical code. logits [B,K], code one-hot [B,K]. Chen et al. 2016, arXiv:1606.03657, eq. 5. */
export function categoricalNegativeLogLikelihood(logits: Tensor, code: Tensor): Tensor {
  return neg(mean(sum(mul(code, logSoftmax(logits)), [1])));
}

/** Mean entropy of the answers softmax(logits) [B,K], in nats. Grandvalet & Bengio 2005, "Semi-supervised learning by entropy minimization". */
export function categoricalEntropy(logits: Tensor): Tensor {
  return categoricalNegativeLogLikelihood(logits, softmax(logits));
}

/**
 * -E log Q(c|x) of independent Gaussians, without the constant log(2 pi)/2 per dimension, summed over dimensions. centre, code
 * [B,n]; logDeviation [B,n] or 0 for a deviation fixed at 1. Chen et al. 2016, section 6.
 */
export function gaussianNegativeLogLikelihood(
  centre: Tensor,
  logDeviation: Tensor | 0,
  code: Tensor,
): Tensor {
  const error = sub(code, centre);
  if (logDeviation === 0) return mean(sum(mul(0.5, square(error)), [1]));
  const scaled = mul(error, exp(neg(logDeviation)));
  return mean(sum(add(mul(0.5, square(scaled)), logDeviation), [1]));
}
