import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hostRandom, keyOf, philox, streamOf } from "../../src/engine/random.js";
import { OptionError } from "../../src/errors.js";

describe("philox", () => {
  // Random123, tests/kat_vectors, philox4x32 10
  it.each([
    [[0, 0, 0, 0], [0, 0], "6627e8d5 e169c58d bc57ac4c 9b00dbd8"],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      "408f276d 41c83b0e a20bc7c6 6d5451fd",
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      "d16cfe09 94fdcceb 5001e420 24126ea1",
    ],
  ] as const)("counter %j, key %j", (counter, key, expected) => {
    const words = philox([...counter], key).map((word) => word.toString(16).padStart(8, "0"));
    expect(words.join(" ")).toBe(expected);
  });
});

describe("keyOf", () => {
  it("keeps every bit of a seed, low word first", () => {
    expect(keyOf(7)).toEqual([7, 0]);
    expect(keyOf(Number.MAX_SAFE_INTEGER)).toEqual([0xffffffff, 0x1fffff]);
    fc.assert(
      fc.property(fc.maxSafeNat(), (seed) => {
        const [low, high] = keyOf(seed);
        expect(high * 2 ** 32 + low).toBe(seed);
      }),
    );
  });

  it.each([-1, 0.5, NaN, Infinity, 2 ** 53])("refuses %d", (seed) => {
    expect(() => keyOf(seed)).toThrow(OptionError);
  });

  it("says what a seed is", () => {
    expect(() => keyOf(-1)).toThrow("seed: expected a whole number from 0 to 9007199254740991, received -1.");
  });
});

describe("streamOf", () => {
  it("never changes, since runs resume by it", () => {
    expect([streamOf(""), streamOf("z"), streamOf("größe")]).toMatchInlineSnapshot(`
      [
        2872998923,
        228143771,
        3449927484,
      ]
    `);
  });

  it("tells similar names apart", () => {
    const names = Array.from({ length: 5000 }, (_, i) => [`z${i}`, `c.${i}`]).flat();
    expect(new Set(names.map(streamOf)).size).toBe(names.length);
  });
});

describe("hostRandom", () => {
  const take = <T>(n: number, draw: () => T) => Array.from({ length: n }, draw);

  it("repeats for the same seed and name, and for no other", () => {
    const draws = (seed: number, name: string) => take(9, hostRandom(seed, name).uniform);
    expect(draws(3, "order")).toEqual(draws(3, "order"));
    expect(draws(3, "order")).not.toEqual(draws(4, "order"));
    expect(draws(3, "order")).not.toEqual(draws(3 + 2 ** 32, "order"));
    expect(draws(3, "order")).not.toEqual(draws(3, "flips"));
  });

  it("takes the words of its stream in order", () => {
    const words = [0, 1].flatMap((block) => philox([block, 0, streamOf("order"), 0xffffffff], keyOf(3)));
    const expected = [0, 2, 4, 6].map((i) => (words[i]! >>> 5) / 2 ** 27 + (words[i + 1]! >>> 6) / 2 ** 53);
    expect(take(4, hostRandom(3, "order").uniform)).toEqual(expected);
  });

  it("uniform: moments of U[0, 1), and neighbours that know nothing of each other", () => {
    const values = take(40_000, hostRandom(1, "uniform").uniform);
    expect(values.every((u) => u >= 0 && u < 1)).toBe(true);
    expect(mean(values)).toBeCloseTo(0.5, 2); // 3.5 standard errors
    expect(mean(values.map((u) => (u - 0.5) ** 2))).toBeCloseTo(1 / 12, 2);
    expect(mean(values.slice(1).map((u, i) => (u - 0.5) * (values[i]! - 0.5)))).toBeCloseTo(0, 2);
  });

  it("integer: every value below its bound, equally often", () => {
    const counts = [0, 0, 0, 0, 0, 0, 0];
    const { integer } = hostRandom(1, "integer");
    for (let i = 0; i < 70_000; i++) counts[integer(7)]!++;
    expect(counts).toHaveLength(7);
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(400); // 4.3 standard errors
  });

  it("normal: moments of N(0, 1)", () => {
    const values = take(40_000, hostRandom(1, "normal").normal);
    expect(Math.abs(mean(values))).toBeLessThan(0.02); // 4 standard errors, as below
    expect(Math.abs(mean(values.map((x) => x ** 2)) - 1)).toBeLessThan(0.028);
    expect(Math.abs(mean(values.map((x) => x ** 3)))).toBeLessThan(0.08);
    expect(Math.abs(mean(values.map((x) => x ** 4)) - 3)).toBeLessThan(0.2);
  });

  it("permutation: each of 0 ... n-1 once", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.nat(100), (seed, n) => {
        const sorted = hostRandom(seed, "order").permutation(n).toSorted();
        expect([...sorted]).toEqual([...Array(n).keys()]);
      }),
    );
  });

  it("permutation: all orders of three equally often", () => {
    const counts = new Map<string, number>();
    const { permutation } = hostRandom(1, "orders");
    for (let i = 0; i < 6000; i++) {
      const order = permutation(3).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(120); // 4 standard errors
  });
});

function mean(values: readonly number[]): number {
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}
