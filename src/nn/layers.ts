import {
  type Initializer,
  type WindowOptions,
  add,
  batchNormalize,
  conv,
  convTranspose,
  div,
  fill,
  gather,
  matmul,
  mul,
  reshape,
  sqrt,
  square,
  sub,
  sum,
} from "../engine/ops/index.js";
import { type Shape, type Tensor, sizeOf } from "../engine/tensor.js";
import type { Layer, Scope } from "./network.js";

/** N(0, 0.02), as DCGAN starts every weight. Radford et al. 2016, arXiv:1511.06434, section 4. */
export const dcganInitializer: Initializer = { kind: "normal", mean: 0, deviation: 0.02 };
/** N(0, 2 / n) for n summed values: keeps the size of what rectifiers pass on. He et al. 2015, arXiv:1502.01852, eq. 10. */
export const heInitializer = (summed: number): Initializer => ({
  kind: "normal",
  mean: 0,
  deviation: Math.sqrt(2 / summed),
});
const zero: Initializer = { kind: "fill", value: 0 };
const one: Initializer = { kind: "fill", value: 1 };

/** What the weights of a layer are like. */
export interface WeightOptions {
  /** Adds a bias (default true); leave it out before a normalisation, which removes it. */
  readonly bias?: boolean;
  readonly initializer?: Initializer;
}

/** The same, where the start of the weights may depend on the number of values that are summed. */
interface SummingOptions extends Omit<WeightOptions, "initializer"> {
  readonly initializer?: Initializer | ((summed: number) => Initializer);
}

const startOf = (initializer: NonNullable<SummingOptions["initializer"]>, summed: number): Initializer =>
  typeof initializer === "function" ? initializer(summed) : initializer;

/** x [B,n] -> [B,width]: x W + b. */
export function linear(
  width: number,
  { bias = true, initializer = dcganInitializer }: SummingOptions = {},
): Layer {
  return (x, scope) => {
    const inputs = sizeOf(x, -1);
    const weight = scope.parameter("weight", [inputs, width], startOf(initializer, inputs));
    const out = matmul(x, weight);
    return bias ? add(out, scope.parameter("bias", [width], zero)) : out;
  };
}

/** x [B,C,H,W] -> [B,channels,H',W']; windows as in `conv`. */
export function conv2d(
  channels: number,
  kernel: number,
  { bias = true, initializer = dcganInitializer, groups = 1, ...window }: WindowOptions & SummingOptions = {},
): Layer {
  return (x, scope) => {
    const inputs = sizeOf(x, 1) / groups;
    const start = startOf(initializer, inputs * kernel * kernel);
    const weight = scope.parameter("weight", [channels, inputs, kernel, kernel], start);
    const out = conv(x, weight, { ...window, groups });
    return bias ? add(out, channelVector(scope, channels)) : out;
  };
}

/** x [B,C,H,W] -> [B,channels,H',W'] enlarged by the stride; windows as in `convTranspose`. */
export function convTranspose2d(
  channels: number,
  kernel: number,
  {
    bias = true,
    initializer = dcganInitializer,
    groups = 1,
    ...window
  }: WindowOptions & WeightOptions & { readonly outputPadding?: number } = {},
): Layer {
  return (x, scope) => {
    const shape = [sizeOf(x, 1), channels / groups, kernel, kernel];
    const out = convTranspose(x, scope.parameter("weight", shape, initializer), { ...window, groups });
    return bias ? add(out, channelVector(scope, channels)) : out;
  };
}

const channelVector = (scope: Scope, channels: number): Tensor =>
  reshape(scope.parameter("bias", [channels], zero), [1, channels, 1, 1]);

/** How running statistics follow, what keeps the division finite, and whether a scale and a shift are learned. */
export interface BatchNormOptions {
  /** Share of the batch in the running statistics at every update. */
  readonly momentum?: number;
  readonly epsilon?: number;
  /** Learns a scale and a shift (default true); without them every channel keeps mean 0 and variance 1. */
  readonly affine?: boolean;
}

/**
 * Batch normalisation of [B,C] or [B,C,H,W] with learned scale and shift. Running statistics serve inference and move only
 * when an update moves the network. Ioffe & Szegedy 2015, arXiv:1502.03167.
 */
export function batchNorm({ momentum = 0.1, epsilon = 1e-5, affine = true }: BatchNormOptions = {}): Layer {
  return (x, scope) => {
    const channels = [sizeOf(x, 1)];
    const scale = affine ? scope.parameter("scale", channels, one) : fill(1, channels);
    const shift = affine ? scope.parameter("shift", channels, zero) : fill(0, channels);
    const runningMean = scope.state("mean", channels, 0);
    const runningVariance = scope.state("variance", channels, 1);
    if (scope.mode.training) {
      const [y, mean, variance] = batchNormalize(x, scale, shift, { epsilon }) as [Tensor, Tensor, Tensor];
      scope.track(runningMean, mean, momentum);
      scope.track(runningVariance, variance, momentum);
      return y;
    }
    const gain = div(scale, sqrt(add(runningVariance.tensor, epsilon)));
    const offset = sub(shift, mul(runningMean.tensor, gain));
    return add(mul(x, perChannel(gain, x)), perChannel(offset, x));
  };
}

const perChannel = (v: Tensor, x: Tensor): Tensor =>
  reshape(
    v,
    x.shape.map((size, axis) => (axis === 1 ? size : 1)),
  );

/** In training drops each value with the given probability and scales the rest up. Srivastava et al. 2014. */
export function dropout(probability: number): Layer {
  return (x, scope) => {
    if (!scope.mode.training || scope.mode.masks === false) return x;
    const keep = 1 - probability;
    return mul(x, mul(scope.mask(x.shape, keep), 1 / keep));
  };
}

/** In training adds N(0, deviation^2) to every value. */
export function gaussianNoise(deviation: number): Layer {
  return (x, scope) => {
    if (!scope.mode.training || scope.mode.masks === false) return x;
    return add(x, mul(deviation, scope.normal(x.shape)));
  };
}

/**
 * As `linear`, but that each unit's weight vector has a length of its own, which stays as given or is learned from there on.
 * Salimans & Kingma 2016, arXiv:1602.07868, eq. 2.
 */
export function normalizedLinear(width: number, length: number, { learned = false } = {}): Layer {
  return (x, scope) => {
    const v = scope.parameter("weight", [sizeOf(x, -1), width], { kind: "normal", mean: 0, deviation: 0.1 });
    const own = sqrt(sum(square(v), [0], { keep: true }));
    const bias = scope.parameter("bias", [width], { kind: "fill", value: 0 });
    const gain = learned ? scope.parameter("gain", [width], { kind: "fill", value: length }) : length;
    return add(matmul(x, mul(v, div(gain, own))), bias);
  };
}

/** indices int64 [B] -> [B,width]: a learned row per class. */
export function embedding(classes: number, width: number, initializer = dcganInitializer): Layer {
  return (indices, scope) => gather(scope.parameter("weight", [classes, width], initializer), indices, 0);
}

/** x [B,...] -> [B,...shape]. */
export function reshapeTo(...shape: Shape): Layer {
  return (x: Tensor) => reshape(x, [sizeOf(x, 0), ...shape]);
}
