import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { batchIndices } from "../../src/data/batches.js";
import { refusal } from "./refusal.js";

const counts = { size: fc.integer({ min: 1, max: 40 }), batch: fc.integer({ min: 1, max: 60 }) };
const draws = fc.record({ ...counts, seed: fc.nat(), stream: fc.constantFrom("train", "critic 2") });

/** The first `count` indices, batch after batch. */
function reading(options: Parameters<typeof batchIndices>[0], count: number): number[] {
  const batchAt = batchIndices(options);
  const steps = Math.ceil(count / options.batch);
  return Array.from({ length: steps }, (_, step) => Array.from(batchAt(step)))
    .flat()
    .slice(0, count);
}

describe("batchIndices", () => {
  test("reads every picture once an epoch, across the edges of batches", () => {
    fc.assert(
      fc.property(draws, (options) => {
        const read = reading(options, 3 * options.size);
        const all = Array.from({ length: options.size }, (_, i) => i);
        for (const epoch of [0, 1, 2]) {
          const order = read.slice(epoch * options.size, (epoch + 1) * options.size);
          expect(order.toSorted((a, b) => a - b)).toEqual(all);
        }
      }),
    );
  });

  test("is a pure function of the step: any order of asking gives the same batches", () => {
    fc.assert(
      fc.property(
        draws,
        fc.array(fc.nat({ max: 200 }), { minLength: 1, maxLength: 10 }),
        (options, steps) => {
          const batchAt = batchIndices(options);
          for (const step of steps) expect(batchAt(step)).toEqual(batchIndices(options)(step));
        },
      ),
    );
  });

  test("another seed, stream or epoch is another order", () => {
    const options = { size: 1000, batch: 1000, seed: 1, stream: "train" };
    const orders = [
      batchIndices(options)(0),
      batchIndices(options)(1),
      batchIndices({ ...options, seed: 2 })(0),
      batchIndices({ ...options, stream: "critic" })(0),
    ];
    expect(new Set(orders.map((order) => order.join())).size).toBe(4);
  });

  test("an endless set is read on and on, never twice, each stream from a place of its own", () => {
    const options = { size: Infinity, batch: 3, seed: 1, stream: "train" };
    const [start = NaN, ...rest] = reading(options, 9);
    expect(rest).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((i) => start + i));
    expect(Number.isSafeInteger(start) && start >= 0).toBe(true);
    const others = [
      batchIndices({ ...options, stream: "critic" })(0)[0],
      batchIndices({ ...options, seed: 2 })(0)[0],
    ];
    for (const other of others) expect(Math.abs((other ?? NaN) - start)).toBeGreaterThan(1e9);
  });

  test("refuses sizes and batches that are none", async () => {
    const options = { size: 10, batch: 4, seed: 1, stream: "train" };
    expect(await refusal(() => batchIndices({ ...options, size: 0 }))).toBe(
      "OptionError: size: expected a whole number of at least 1, received 0.",
    );
    expect(await refusal(() => batchIndices({ ...options, batch: 2.5 }))).toBe(
      "OptionError: batch: expected a whole number of at least 1, received 2.5.",
    );
  });
});
