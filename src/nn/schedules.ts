/** A number that moves with the share of the planned run that is done, 0 to 1. */
export type Schedule = (progress: number) => number;

/** The same value throughout. */
export function constantly(value: number): Schedule {
  return () => value;
}

/** `value` until `from`, then in a straight line to `value * end` at the end. */
export function linearDecay(value: number, { from = 0, end = 0 } = {}): Schedule {
  return (progress) => {
    const done = progress <= from ? 0 : Math.min(1, (progress - from) / (1 - from));
    return value * (1 - (1 - end) * done);
  };
}
