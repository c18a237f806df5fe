import { add, mean, neg, softplus } from "../../engine/ops/index.js";
import type { Objective } from "./objective.js";

/**
 * L_D = -E log D(x) - E log(1 - D(G(z)));  L_G = -E log D(G(z)), with D = sigmoid(logit).
 * Goodfellow et al. 2014, arXiv:1406.2661, algorithm 1 and the last paragraph of section 3.
 */
export const nonSaturating: Objective = {
  discriminator: ({ real, fake }) => add(mean(softplus(neg(real))), mean(softplus(fake))),
  generator: ({ fake }) => mean(softplus(neg(fake))),
};
