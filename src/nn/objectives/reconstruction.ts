import { abs, add, exp, flatten, mean, mul, softplus, square, sub, sum } from "../../engine/ops/index.js";
import type { Tensor } from "../../engine/tensor.js";

// Summed over the values of an example where nothing else is said, and averaged over the batch: weights belong to pictures of a size.

/** E sum (x - y)^2. x, y [B,...]. */
export function squaredError(x: Tensor, y: Tensor): Tensor {
  return mean(sum(flatten(square(sub(x, y))), [1]));
}

/** -E log p(x | centre) of independent Gaussians of one fixed deviation, without its constant. x, centre [B,...]. */
export function gaussianError(x: Tensor, centre: Tensor, deviation: number): Tensor {
  return mul(0.5 / deviation ** 2, squaredError(x, centre));
}

/** E (x - y)^2, over the values of an example too: the same number for pictures of any size. x, y [B,...]. */
export function squaredErrorPerValue(x: Tensor, y: Tensor): Tensor {
  return mean(square(sub(x, y)));
}

/** E sum |x - y|. x, y [B,...]. */
export function absoluteError(x: Tensor, y: Tensor): Tensor {
  return mean(sum(flatten(abs(sub(x, y))), [1]));
}

/** -E log p(x) of independent Bernoulli variables with these logits; x within [0, 1]. logits, x [B,...]. */
export function bernoulliNegativeLogLikelihood(logits: Tensor, x: Tensor): Tensor {
  return mean(sum(flatten(sub(softplus(logits), mul(x, logits))), [1]));
}

/**
 * E KL(N(centre, exp(logVariance)) || N(0, 1)), independent dimensions, summed. centre, logVariance [B,n].
 * Kingma & Welling 2014, arXiv:1312.6114, appendix B.
 */
export function divergenceFromNormal(centre: Tensor, logVariance: Tensor): Tensor {
  const each = sub(sub(add(square(centre), exp(logVariance)), logVariance), 1);
  return mean(sum(mul(0.5, each), [1]));
}
