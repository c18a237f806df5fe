import { hostRandom } from "../engine/random.js";
import type { DataOptions } from "./options.js";

/** Share and seed of a held-out part. */
export type HoldOutOptions = Pick<DataOptions, "testShare" | "seed">;

/** A picture that may be held out: its own name, and its class or -1. */
export interface Candidate {
  readonly file: string;
  readonly label: number;
}

/**
 * The pictures held out for measuring: of each class of two or more the share `testShare`, at least one, chosen by `lowestRanked`.
 * Where every class has a single picture, they are chosen from all together.
 */
export function holdOut<T extends Candidate>(all: readonly T[], options: HoldOutOptions): ReadonlySet<T> {
  const held = byClass(all).flatMap((group) => lowestRanked(group, options));
  return new Set(held.length > 0 ? held : lowestRanked(all, options));
}

/**
 * A share of pictures, at least one and never all: those whose names hash lowest with the seed, so that a new picture moves at
 * most one other from part to part.
 */
export function lowestRanked<T extends Candidate>(
  all: readonly T[],
  { testShare, seed }: HoldOutOptions,
): T[] {
  const count = Math.min(all.length - 1, Math.max(1, Math.round(testShare * all.length)));
  return ranked(all, seed, "held out").slice(0, count);
}

/**
 * Pictures in an order that says nothing of them, by a hash of their names with the seed: the first of them are then like the rest,
 * where a folder has them class by class. A new picture changes the order of no others.
 */
export function mixed<T extends Candidate>(all: readonly T[], { seed }: Pick<DataOptions, "seed">): T[] {
  return ranked(all, seed, "place of");
}

function ranked<T extends Candidate>(all: readonly T[], seed: number, what: string): T[] {
  return all
    .map((one) => ({ one, rank: hostRandom(seed, `${what} ${one.file}`).uniform() }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ one }) => one);
}

function byClass<T extends Candidate>(all: readonly T[]): T[][] {
  const groups = new Map<number, T[]>();
  for (const one of all) {
    const group = groups.get(one.label);
    if (group === undefined) groups.set(one.label, [one]);
    else group.push(one);
  }
  return [...groups.values()];
}
