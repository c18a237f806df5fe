import type { Draws } from "../engine/draws.js";
import { add, exp, mul } from "../engine/ops/index.js";
import { type Tensor, sizeOf } from "../engine/tensor.js";
import { columns } from "./columns.js";

/** q(z|x) as an encoder says it: N(mean, diagonal of exp(logVariance)), [B,n] each. */
export interface Posterior {
  readonly mean: Tensor;
  readonly logVariance: Tensor;
}

/** The two halves of what an encoder says [B,2n]. */
export function posterior(out: Tensor): Posterior {
  const n = sizeOf(out, 1) / 2;
  return { mean: columns(out, 0, n), logVariance: columns(out, n, n) };
}

/** A draw of z that gradients pass through. Kingma & Welling 2014, arXiv:1312.6114, section 2.4. */
export function sampled(q: Posterior, draws: Draws, name: string): Tensor {
  return displaced(q, draws.normal(name, q.mean.shape));
}

/** The z that epsilon [B,n] makes of it, a draw where epsilon is one of N(0, 1). */
export function displaced({ mean, logVariance }: Posterior, epsilon: Tensor): Tensor {
  return add(mean, mul(exp(mul(0.5, logVariance)), epsilon));
}
