export interface SgdOptions {
  readonly learningRate: number;
  readonly momentum: number;
  readonly decay: number;
}
export interface RmspropOptions {
  readonly learningRate: number;
  readonly alpha: number;
  readonly epsilon: number;
  readonly decay: number;
}
export interface AdamOptions {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly decay: number;
}

/** One coordinate of each rule in float64, from the papers: state in, state out. */
export const formulas = {
  adam(p: number, g: number, [m = 0, v = 0]: number[], o: AdamOptions, step: number) {
    const slope = g + o.decay * p;
    const m1 = o.beta1 * m + (1 - o.beta1) * slope;
    const v1 = o.beta2 * v + (1 - o.beta2) * slope ** 2;
    const mHat = m1 / (1 - o.beta1 ** step);
    const vHat = v1 / (1 - o.beta2 ** step);
    return [p - (o.learningRate * mHat) / (Math.sqrt(vHat) + o.epsilon), m1, v1];
  },
  rmsprop(p: number, g: number, [s = 0]: number[], o: RmspropOptions) {
    const slope = g + o.decay * p;
    const s1 = o.alpha * s + (1 - o.alpha) * slope ** 2;
    return [p - (o.learningRate * slope) / (Math.sqrt(s1) + o.epsilon), s1];
  },
  sgd(p: number, g: number, [b = 0]: number[], o: SgdOptions) {
    const b1 = o.momentum * b + g + o.decay * p;
    return [p - o.learningRate * b1, b1];
  },
};
