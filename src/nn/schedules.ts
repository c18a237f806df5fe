/** A number that moves with the share of the planned run that is done, 0 to 1. */
export type Schedule = (progress: number) => number;

/** The same value throughout. */
export function constantly(value: number): Schedule {
  return () => value;
}

/** `value` until `from`, then in a straight line to `value * end` at the end. */
export function linearDecay(value: number, { from = 0, end = 0 } = {}): Schedule {
  return (progress) => value * (1 - (1 - end) * shareAfter(from, progress));
}

/** `value` until `from`, then by the same factor at every step to `value * end` at the end. */
export function exponentialDecay(value: number, { from = 0, end = 0.01 } = {}): Schedule {
  return (progress) => value * end ** shareAfter(from, progress);
}

/** In a straight line from 0 to `value` over the first `warmUp` of the run, then by half a cosine to `value * end` at the end. */
export function cosineDecay(value: number, { warmUp = 0, end = 0 } = {}): Schedule {
  return (progress) => {
    if (progress < warmUp) return (value * progress) / warmUp;
    return value * (end + (1 - end) * 0.5 * (1 + Math.cos(Math.PI * shareAfter(warmUp, progress))));
  };
}

/** `value / (1 + slope p)^power` at progress p; the defaults are those of Ganin et al. 2016, arXiv:1505.07818, section 5.2. */
export function inverseDecay(value: number, { slope = 10, power = 0.75 } = {}): Schedule {
  return (progress) => value / (1 + slope * progress) ** power;
}

/** How much of what comes after `from` is done, 0 to 1. */
function shareAfter(from: number, progress: number): number {
  return progress <= from ? 0 : Math.min(1, (progress - from) / (1 - from));
}
