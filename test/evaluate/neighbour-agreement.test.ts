import fc from "fast-check";
import { expect, test } from "vitest";
import { hostRandom } from "../../src/engine/random.js";
import { matrix, nearestNeighbours, neighbourAgreement, pool2 } from "../../src/evaluate/index.js";
import { reference } from "./reference.js";

/** 200 rows around 4 directions, in turn. */
const random = hostRandom(1, "rows");
const group = Array.from({ length: 200 }, (_, i) => i % 4);
const rows = matrix(group.map((g) => [0, 1, 2, 3].map((j) => (j === g ? 5 : 0) + random.uniform())));

test("equals scikit-learn's cosine similarity, for a number of rows that is no multiple of 4", () => {
  const { rows, k, nearest } = reference.neighbours;
  expect([...nearestNeighbours(matrix(rows), k)]).toEqual(nearest.flat());
});

test("the length of a row does not matter, a row of zeros is near to none", () => {
  const found = nearestNeighbours(
    matrix([
      [1, 0],
      [9, 1],
      [0, 0],
      [-1, 5],
      [0, 2],
    ]),
    1,
  );
  expect([...found]).toEqual([1, 0, 0, 4, 3]);
});

test("never the row itself, never one twice, never padding", () => {
  const size = fc.tuple(fc.integer({ min: 2, max: 21 }), fc.integer({ min: 1, max: 5 }));
  fc.assert(
    fc.property(size, ([n, width]) => {
      const k = Math.min(4, n - 1);
      const data = Float32Array.from({ length: n * width }, random.normal);
      const found = nearestNeighbours({ data, n, width }, k);
      for (let i = 0; i < n; i++) {
        const list = [...found.subarray(i * k, i * k + k)];
        expect(new Set([...list, i]).size).toBe(k + 1);
        expect(Math.max(...list)).toBeLessThan(n);
      }
    }),
  );
});

test("a code that follows the groups agrees, under any names; a random one is at chance", () => {
  const neighbours = nearestNeighbours(rows, 5);
  expect(neighbourAgreement(neighbours, group, 5)).toBe(1);
  expect(
    neighbourAgreement(
      neighbours,
      group.map((g) => 7 - g),
      5,
    ),
  ).toBe(1);
  const chance = neighbourAgreement(
    neighbours,
    group.map(() => random.integer(4)),
    5,
  );
  expect(chance).toBeGreaterThan(0.15);
  expect(chance).toBeLessThan(0.35);
});

test("a picture alone in its code has no agreeing neighbour", () => {
  expect(neighbourAgreement(Uint32Array.of(1, 2, 0, 2, 0, 1), [0, 0, 1], 2)).toBeCloseTo(2 / 6, 12);
});

test("thousands of rows are fast", () => {
  const [n, width] = [4000, 196];
  const data = Float32Array.from({ length: n * width }, random.uniform);
  const start = process.cpuUsage();
  nearestNeighbours({ data, n, width }, 5);
  // Processor time, as others may share the machine: about 1,200 ms on an idle core.
  expect(process.cpuUsage(start).user / 1000).toBeLessThan(5000);
});

test("pool2 averages blocks, leaves out an odd edge and keeps pictures and channels apart", () => {
  const shape = { channels: 2, height: 4, width: 3 };
  const images = Float32Array.from({ length: 48 }, (_, i) => i);
  const pooled = pool2(images, shape);
  expect([pooled.n, pooled.width]).toEqual([2, 4]);
  expect([...pooled.data]).toEqual([2, 8, 14, 20, 26, 32, 38, 44]);
});

test("bad input is named", () => {
  expect(() => nearestNeighbours(rows, 200)).toThrowErrorMatchingInlineSnapshot(
    `[OptionError: k: expected an integer in 1 .. 199 for 200 rows, received 200.]`,
  );
  expect(() => nearestNeighbours(matrix([[1], [NaN]]), 1)).toThrowErrorMatchingInlineSnapshot(`
    [DataError: neighbour_agreement: expected finite numbers, received NaN in row 1, column 0.
      The encoder produced it: look at the losses of the run.]
  `);
  expect(() => neighbourAgreement(Uint32Array.of(1, 0), [0, 0, 0], 1)).toThrowErrorMatchingInlineSnapshot(
    `[DataError: neighbour_agreement: expected 1 neighbours of each of 3 pictures, received 2 neighbours.]`,
  );
  expect(() =>
    pool2(new Float32Array(5), { channels: 1, height: 2, width: 2 }),
  ).toThrowErrorMatchingInlineSnapshot(
    `[DataError: pool2: expected pictures of 1 x 2 x 2 pixels, received 5 numbers.]`,
  );
});
