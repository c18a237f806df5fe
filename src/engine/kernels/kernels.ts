import { binary } from "./binary.js";

/** Where a draw stands: its values depend on these five numbers and the position alone, never on its length. */
export type Draw = readonly [key0: number, key1: number, step: number, stream: number, repetition: number];

/**
 * Loops over one memory that a graph would need many passes for. Pointers are byte offsets (any alignment, 16 is
 * fastest) to `n` float32 values unless stated; scalars are float64 and rounded once; n = 0 does nothing.
 */
export interface Kernels {
  /** The first `reserved` bytes are the kernels' own; memory handed to them must begin at or after this offset. */
  readonly reserved: number;

  /**
   * Adam, Kingma & Ba 2015, arXiv:1412.6980, algorithm 1, as torch.optim.Adam: g += decay p; m and v are running
   * means of g and g^2 (start: 0); p -= learningRate m' / (sqrt(v') + epsilon), with m' and v' corrected for bias.
   * Writes p, m, v. `step` counts from 1.
   */
  adam(
    p: number,
    g: number,
    m: number,
    v: number,
    n: number,
    learningRate: number,
    beta1: number,
    beta2: number,
    epsilon: number,
    step: number,
    decay: number,
  ): void;

  /**
   * RMSprop, Tieleman & Hinton 2012, as torch.optim.RMSprop: g += decay p; s = alpha s + (1 - alpha) g^2 (start: 0);
   * p -= learningRate g / (sqrt(s) + epsilon). Writes p, s.
   */
  rmsprop(
    p: number,
    g: number,
    s: number,
    n: number,
    learningRate: number,
    alpha: number,
    epsilon: number,
    decay: number,
  ): void;

  /** SGD as torch.optim.SGD: g += decay p; b = momentum b + g (start: 0); p -= learningRate b. Writes p, b. */
  sgd(
    p: number,
    g: number,
    b: number,
    n: number,
    learningRate: number,
    momentum: number,
    decay: number,
  ): void;

  /** shadow = decay shadow + (1 - decay) p: exponential moving average of weights. */
  average(shadow: number, p: number, n: number, decay: number): void;

  /** p = min(max(p, low), high); NaN stays NaN. */
  clip(p: number, n: number, low: number, high: number): void;

  fill(p: number, n: number, value: number): void;

  /** 1 if no value is infinite or NaN, else 0. */
  isFinite(p: number, n: number): 0 | 1;

  /** U[low, high) on a grid of 2^24 steps. */
  uniform(out: number, n: number, ...rest: [...Draw, low: number, high: number]): void;

  /** N(mean, deviation^2), Box & Muller 1958; at most 5.77 deviations from the mean. The same bytes everywhere. */
  normal(out: number, n: number, ...rest: [...Draw, mean: number, deviation: number]): void;

  /** 1 with the given probability (a multiple of 2^-24), else 0, as float32. */
  bernoulli(out: number, n: number, ...rest: [...Draw, probability: number]): void;

  /** n int64 class indices, each uniform on 0 ... classes - 1. */
  categorical(out: number, n: number, ...rest: [...Draw, classes: number]): void;

  /**
   * n int64 class indices in random order, each class floor(n / classes) or ceil(n / classes) times. The one draw
   * whose values depend on n, since all of them are balanced together.
   */
  balanced(out: number, n: number, ...rest: [...Draw, classes: number]): void;
}

type Exports = Omit<Kernels, "reserved"> & { readonly reserved: WebAssembly.Global<"i32"> };

/** Binds the kernels to a memory (not shared; at least one page). Same code in Node and in a page. */
export function instantiateKernels(memory: WebAssembly.Memory): Kernels {
  const bytes = Uint8Array.from(atob(binary), (letter) => letter.charCodeAt(0));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  const { reserved, ...kernels } = exports as Exports;
  return { ...kernels, reserved: reserved.value };
}
