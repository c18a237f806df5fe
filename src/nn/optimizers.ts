import { add, div, mul, sqrt, square, sub } from "../engine/ops/index.js";
import type { Tensor } from "../engine/tensor.js";
import type { Rule } from "../engine/update.js";
import { type Schedule, constantly } from "./schedules.js";

type Rate = number | Schedule;
const schedule = (rate: Rate): Schedule => (typeof rate === "number" ? constantly(rate) : rate);

/** Adam beyond its rate. */
export interface AdamOptions {
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  /** Added to the gradient times the parameter (L2 penalty). */
  readonly weightDecay?: number;
}

/** Adam. beta1 0.5 by default, as adversarial training uses it. Kingma & Ba 2015, arXiv:1412.6980, algorithm 1. */
export function adam(
  rate: Rate,
  { beta1 = 0.5, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 }: AdamOptions = {},
): Rule {
  const learningRate = schedule(rate);
  return {
    slots: ["mean", "square"],
    apply: (kernels, { parameter, gradient, slots: [m = 0, v = 0], count }, { step, progress }) =>
      kernels.adam(
        parameter,
        gradient,
        m,
        v,
        count,
        learningRate(progress),
        beta1,
        beta2,
        epsilon,
        step,
        weightDecay,
      ),
    graph: {
      // Both corrections for bias, so that the graph multiplies whole arrays once.
      numbers: ({ step, progress }) => [
        learningRate(progress) / (1 - beta1 ** step),
        1 / Math.sqrt(1 - beta2 ** step),
      ],
      move({ parameter, gradient, slots, numbers }) {
        const [m, v] = slots as [Tensor, Tensor];
        const [corrected, root] = numbers as [Tensor, Tensor];
        const slope = regularised(parameter, gradient, weightDecay);
        const mean = blend(beta1, m, slope);
        const second = blend(beta2, v, square(slope));
        const spread = add(mul(sqrt(second), root), epsilon);
        return [sub(parameter, div(mul(corrected, mean), spread)), mean, second];
      },
    },
  };
}

/** RMSProp. Tieleman & Hinton 2012, lecture 6.5. */
export function rmsProp(rate: Rate, { alpha = 0.99, epsilon = 1e-8, weightDecay = 0 } = {}): Rule {
  const learningRate = schedule(rate);
  return {
    slots: ["square"],
    apply: (kernels, { parameter, gradient, slots: [s = 0], count }, { progress }) =>
      kernels.rmsprop(parameter, gradient, s, count, learningRate(progress), alpha, epsilon, weightDecay),
    graph: {
      numbers: ({ progress }) => [learningRate(progress)],
      move({ parameter, gradient, slots, numbers }) {
        const [s] = slots as [Tensor];
        const [now] = numbers as [Tensor];
        const slope = regularised(parameter, gradient, weightDecay);
        const second = blend(alpha, s, square(slope));
        return [sub(parameter, div(mul(now, slope), add(sqrt(second), epsilon))), second];
      },
    },
  };
}

/** Stochastic gradient descent with momentum. */
export function sgd(rate: Rate, { momentum = 0, weightDecay = 0 } = {}): Rule {
  const learningRate = schedule(rate);
  return {
    slots: ["velocity"],
    apply: (kernels, { parameter, gradient, slots: [b = 0], count }, { progress }) =>
      kernels.sgd(parameter, gradient, b, count, learningRate(progress), momentum, weightDecay),
    graph: {
      numbers: ({ progress }) => [learningRate(progress)],
      move({ parameter, gradient, slots, numbers }) {
        const [b] = slots as [Tensor];
        const [now] = numbers as [Tensor];
        const velocity = add(mul(momentum, b), regularised(parameter, gradient, weightDecay));
        return [sub(parameter, mul(now, velocity)), velocity];
      },
    },
  };
}

/** The gradient of the loss with its L2 penalty. */
function regularised(parameter: Tensor, gradient: Tensor, decay: number): Tensor {
  return decay === 0 ? gradient : add(gradient, mul(decay, parameter));
}

/** A running mean: keep * old + (1 - keep) * latest. */
function blend(keep: number, old: Tensor, latest: Tensor): Tensor {
  return add(mul(keep, old), mul(1 - keep, latest));
}
