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
  };
}

/** RMSProp. Tieleman & Hinton 2012, lecture 6.5. */
export function rmsProp(rate: Rate, { alpha = 0.99, epsilon = 1e-8, weightDecay = 0 } = {}): Rule {
  const learningRate = schedule(rate);
  return {
    slots: ["square"],
    apply: (kernels, { parameter, gradient, slots: [s = 0], count }, { progress }) =>
      kernels.rmsprop(parameter, gradient, s, count, learningRate(progress), alpha, epsilon, weightDecay),
  };
}

/** Stochastic gradient descent with momentum. */
export function sgd(rate: Rate, { momentum = 0, weightDecay = 0 } = {}): Rule {
  const learningRate = schedule(rate);
  return {
    slots: ["velocity"],
    apply: (kernels, { parameter, gradient, slots: [b = 0], count }, { progress }) =>
      kernels.sgd(parameter, gradient, b, count, learningRate(progress), momentum, weightDecay),
  };
}
