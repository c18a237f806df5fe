import fc from "fast-check";
import { expect, test } from "vitest";
import { type Dataset, joined, strokes } from "../../src/data/index.js";

const { train } = strokes({ size: 16 });
/** The first pictures of an endless set. */
const first = (size: number, start: number): Dataset => ({
  ...train,
  size,
  read: (indices, out) =>
    train.read(
      Array.from(indices, (index) => index + start),
      out,
    ),
  label: (index) => train.label(index + start),
});

test("the training pictures, then the test pictures, each with its label", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), (a, b) => {
      const whole = joined({ train: first(a, 0), test: first(b, a) });
      const indices = Array.from({ length: a + b }, (_, i) => i).toReversed();
      const [got, expected] = [0, 1].map(() => new Float32Array((a + b) * 256));
      whole.read(indices, got!);
      train.read(indices, expected!);
      expect(got).toEqual(expected);
      expect(whole.size).toBe(a + b);
      expect(indices.map((i) => whole.label(i))).toEqual(indices.map((i) => train.label(i)));
    }),
    { numRuns: 20 },
  );
});

test("an endless set cannot be read whole", () => {
  expect(() => joined(strokes({}))).toThrow(
    "expected a set with an end, to be read whole, received an endless one",
  );
});
