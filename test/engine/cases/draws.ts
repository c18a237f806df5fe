import fc from "fast-check";
import type { Domain, Draw, Input } from "./check.js";

export const int = (min: number, max: number) => fc.integer({ min, max });
/** A shape of rank min..max with sizes 1..4. */
export const shape = (min = 0, max = 3, largest = 4) =>
  fc.array(int(1, largest), { minLength: min, maxLength: max });

/** One input of any shape. */
export const one = (domain: Domain = "any", min = 0, max = 3): fc.Arbitrary<Draw<null>> =>
  shape(min, max).map((s) => ({ inputs: [{ shape: s, domain }], a: null }));

/** `s` with some axes set to 1 and leading ones left out: something that broadcasts to s. */
export const thinner = (s: readonly number[]) =>
  fc
    .tuple(int(0, s.length), fc.array(fc.boolean(), { minLength: s.length, maxLength: s.length }))
    .map(([cut, ones]) => s.map((n, axis) => (ones[axis] ? 1 : n)).slice(cut));

/** Inputs whose shapes broadcast, in domains of their own. */
export const broadcasting = (
  ...domains: (Domain | Pick<Input, "domain" | "dtype">)[]
): fc.Arbitrary<Draw<null>> =>
  shape(0, 3).chain((s) =>
    fc.tuple(...domains.map(() => fc.oneof(fc.constant(s), thinner(s)))).map((shapes) => ({
      inputs: domains.map((d, i) => ({
        ...(typeof d === "string" || "below" in d ? { domain: d } : d),
        shape: shapes[i]!,
      })),
      a: null,
    })),
  );

/** One input, with something that depends on its shape. */
export function withShape<A>(
  shapes: fc.Arbitrary<number[]>,
  attributes: (shape: number[]) => fc.Arbitrary<A>,
  domain: Domain = "any",
): fc.Arbitrary<Draw<A>> {
  return shapes.chain((s) => attributes(s).map((a) => ({ inputs: [{ shape: s, domain }], a })));
}

export interface Reduced {
  readonly axes: readonly number[] | undefined;
  readonly keep: boolean;
}
/** Some axes of a shape, some of them counted from the end, or none named. */
export const axesOf = (s: readonly number[]): fc.Arbitrary<Reduced> =>
  fc
    .record({
      chosen: fc.subarray([...s.keys()]),
      negative: fc.boolean(),
      all: fc.boolean(),
      keep: fc.boolean(),
    })
    .map(({ chosen, negative, all, keep }) => ({
      axes: all ? undefined : chosen.map((axis) => (negative ? axis - s.length : axis)),
      keep,
    }));
export const reducing = (domain: Domain = "any") => withShape(shape(0, 4), axesOf, domain);

/** An axis of a shape, or the same counted from the end. */
export const axisOf = (s: readonly number[]) => int(-s.length, s.length - 1);
