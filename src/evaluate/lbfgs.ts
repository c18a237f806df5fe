import { addTimes, dot } from "./products.js";

/** A function of many numbers and its gradient there. */
export interface Slope {
  readonly value: number;
  readonly gradient: Float64Array;
}

export interface MinimiseOptions {
  /** Done when no element of the gradient is larger; default 1e-4. */
  readonly tolerance?: number;
  /** Most iterations; default 1,000. */
  readonly iterations?: number;
  /** Called after each iteration. */
  readonly progress?: (iteration: number, largestGradient: number) => void;
}

export interface Minimum {
  readonly at: Float64Array;
  readonly value: number;
  readonly iterations: number;
  /** Whether the tolerance was met. */
  readonly converged: boolean;
}

/** Pairs of steps and changes of the gradient that are remembered. */
const memory = 10;
/** A step may raise the value by this share of it: the function is computed in single precision. */
const rounding = 1e-6;
const shortest = 1e-6;

interface Pair {
  readonly step: Float64Array;
  readonly change: Float64Array;
  readonly product: number;
}

/**
 * The minimum of a smooth convex function from `start`, by L-BFGS (Nocedal & Wright 2006, algorithms 7.4 and 7.5) with
 * steps halved until the value falls enough (their equation 3.6a, c = 1e-4). Ends without convergence when no step helps.
 */
export async function minimise(
  slopeAt: (x: Float64Array) => Promise<Slope>,
  start: Float64Array,
  { tolerance = 1e-4, iterations = 1000, progress = () => {} }: MinimiseOptions = {},
): Promise<Minimum> {
  let at = start;
  let here = await slopeAt(at);
  const pairs: Pair[] = [];
  let iteration = 0;
  for (; iteration < iterations && largest(here.gradient) > tolerance; iteration++) {
    const direction = descent(here.gradient, pairs);
    const found = await search(slopeAt, at, here, direction, pairs.length === 0);
    if (found === undefined) break;
    const step = found.at.map((v, i) => v - at[i]!);
    const change = found.slope.gradient.map((v, i) => v - here.gradient[i]!);
    const product = dot(step, change);
    if (product > 0) pairs.push({ step, change, product }); // else it says nothing of the curvature
    if (pairs.length > memory) pairs.shift();
    [at, here] = [found.at, found.slope];
    progress(iteration + 1, largest(here.gradient));
  }
  return { at, value: here.value, iterations: iteration, converged: largest(here.gradient) <= tolerance };
}

/** Minus the inverse curvature times the gradient, by the two loops of algorithm 7.4. */
function descent(gradient: Float64Array, pairs: readonly Pair[]): Float64Array {
  const direction = gradient.map((v) => -v);
  const shares: number[] = [];
  for (const { step, change, product } of pairs.toReversed()) {
    const share = dot(step, direction) / product;
    addTimes(direction, change, -share);
    shares.push(share);
  }
  const last = pairs.at(-1);
  if (last !== undefined) {
    const scale = last.product / dot(last.change, last.change);
    for (let i = 0; i < direction.length; i++) direction[i]! *= scale;
  }
  for (const { step, change, product } of pairs) {
    addTimes(direction, step, shares.pop()! - dot(change, direction) / product);
  }
  return direction;
}

async function search(
  slopeAt: (x: Float64Array) => Promise<Slope>,
  at: Float64Array,
  here: Slope,
  direction: Float64Array,
  first: boolean,
): Promise<{ at: Float64Array; slope: Slope } | undefined> {
  const fall = dot(here.gradient, direction);
  // The gradient alone has no scale: the first step is of length 1 at most.
  let length = first ? Math.min(1, 1 / Math.sqrt(-fall)) : 1;
  for (; length >= shortest; length /= 2) {
    const next = at.slice();
    addTimes(next, direction, length);
    const slope = await slopeAt(next);
    const most = here.value + 1e-4 * length * fall + rounding * Math.abs(here.value);
    if (slope.value <= most) return { at: next, slope };
  }
  return undefined;
}

function largest(values: Float64Array): number {
  return values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
}
