import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodedLatents, interpolate, interpolateParts, unestimated } from "../../src/latent/index.js";
import { refusal } from "../data/refusal.js";

const vector = (size: number) =>
  fc
    .array(fc.float({ min: -3, max: 3, noNaN: true, noDefaultInfinity: true }), {
      minLength: size,
      maxLength: size,
    })
    .map((values) => Float32Array.from(values));
const ends = fc.integer({ min: 1, max: 8 }).chain((size) => fc.tuple(vector(size), vector(size)));
const kinds = fc.constantFrom("linear" as const, "spherical" as const);

const length = (v: Float32Array) => Math.hypot(...v);
const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * (b[i] ?? NaN), 0);
const rowsOf = (out: Float32Array, columns: number) =>
  Array.from({ length: columns }, (_, i) =>
    out.slice((i * out.length) / columns, ((i + 1) * out.length) / columns),
  );
const opposite = (a: Float32Array, b: Float32Array) =>
  dot(a, b) < -(1 - 1e-9) * length(a) * length(b) && length(a) > 0;

describe("interpolate", () => {
  test("begins at a and ends at b", () => {
    fc.assert(
      fc.property(ends, fc.integer({ min: 2, max: 9 }), kinds, ([a, b], columns, kind) => {
        fc.pre(!opposite(a, b));
        const rows = rowsOf(interpolate(a, b, columns, kind), columns);
        expect(rows[0]?.every((value, i) => value === a[i])).toBe(true);
        expect(rows.at(-1)?.every((value, i) => value === b[i])).toBe(true);
      }),
    );
  });

  test("is the same way back", () => {
    fc.assert(
      fc.property(ends, fc.integer({ min: 2, max: 9 }), kinds, ([a, b], columns, kind) => {
        fc.pre(!opposite(a, b));
        const there = rowsOf(interpolate(a, b, columns, kind), columns);
        const back = rowsOf(interpolate(b, a, columns, kind), columns).toReversed();
        for (const [i, row] of there.entries()) {
          for (const [j, value] of row.entries()) expect(value).toBeCloseTo(back[i]?.[j] ?? NaN, 4);
        }
      }),
    );
  });

  test("linear: even steps", () => {
    const out = interpolate(Float32Array.of(0, 8), Float32Array.of(4, 0), 5, "linear");
    expect(out).toEqual(Float32Array.of(0, 8, 1, 6, 2, 4, 3, 2, 4, 0));
  });

  test("spherical: keeps the length of equally long ends and turns by even angles", () => {
    fc.assert(
      fc.property(ends, fc.integer({ min: 3, max: 7 }), ([a, free], columns) => {
        fc.pre(length(a) > 0.1 && length(free) > 0.1);
        const b = free.map((value) => (value * length(a)) / length(free));
        const cosine = dot(a, b) / length(a) ** 2;
        fc.pre(cosine > -0.99 && cosine < 0.99);
        const rows = rowsOf(interpolate(a, b, columns, "spherical"), columns);
        for (const [i, row] of rows.entries()) {
          expect(length(row) / length(a)).toBeCloseTo(1, 5);
          const turned = Math.acos(Math.min(1, dot(a, row) / length(a) / length(row)));
          expect(turned).toBeCloseTo((Math.acos(cosine) * i) / (columns - 1), 2);
        }
      }),
    );
  });

  test("spherical: a quarter circle in three steps", () => {
    const [, middle] = rowsOf(interpolate(Float32Array.of(2, 0), Float32Array.of(0, 2), 3, "spherical"), 3);
    expect(middle).toEqual(Float32Array.of(Math.SQRT2, Math.SQRT2));
  });

  test("spherical: the straight line where there is no angle", () => {
    const line = (a: Float32Array, b: Float32Array) => {
      const out = interpolate(a, b, 3, "spherical");
      expect(out).toEqual(interpolate(a, b, 3, "linear"));
      return [...out.subarray(a.length, 2 * a.length)];
    };
    expect(line(Float32Array.of(1, 2), Float32Array.of(1, 2))).toEqual([1, 2]);
    expect(line(Float32Array.of(1, 2), Float32Array.of(3, 6))).toEqual([2, 4]);
    expect(line(Float32Array.of(0, 0), Float32Array.of(3, 6))).toEqual([1.5, 3]);
    expect(line(Float32Array.of(0, 0), Float32Array.of(0, 0))).toEqual([0, 0]);
  });

  test("spherical: stays right for angles that acos cannot tell from 0", () => {
    const [, middle] = rowsOf(
      interpolate(Float32Array.of(1, 0), Float32Array.of(1, 2e-5), 3, "spherical"),
      3,
    );
    expect(middle?.[1]).toBeCloseTo(1e-5, 10);
  });

  test("refuses ends that do not fit, opposite ones, and a way without steps", async () => {
    const [a, b] = [Float32Array.of(1, 2), Float32Array.of(-2, -4)];
    expect(await refusal(() => interpolate(a, Float32Array.of(1), 3, "linear"))).toMatchInlineSnapshot(
      `"ShapeError: interpolate: expected two vectors of one length, received 2 and 1 values."`,
    );
    expect(await refusal(() => interpolate(a, b, 3, "spherical"))).toMatchInlineSnapshot(`
      "OptionError: spherical interpolation: expected vectors that are not opposite, received a and -a, up to a factor.
        Choose another end, or the linear way."
    `);
    expect(interpolate(a, b, 2, "linear")).toEqual(Float32Array.of(1, 2, -2, -4));
    expect(await refusal(() => interpolate(a, a, 1, "linear"))).toMatchInlineSnapshot(
      `"OptionError: columns: expected a whole number of at least 2, received 1."`,
    );
  });
});

describe("interpolateParts", () => {
  const parts = [
    { name: "c", kind: "categorical", size: 2 },
    { name: "z", kind: "normal", size: 2 },
  ] as const;

  test("normal parts go round, others straight", () => {
    const out = interpolateParts(parts, Float32Array.of(1, 0, 2, 0), Float32Array.of(0, 1, 0, 2), 3);
    const expected = [1, 0, 2, 0, 0.5, 0.5, Math.SQRT2, Math.SQRT2, 0, 1, 0, 2];
    for (const [i, value] of expected.entries()) expect(out[i]).toBeCloseTo(value, 5);
  });

  test("ends of unequal length are refused", () => {
    expect(() => interpolateParts(parts, new Float32Array(4), new Float32Array(3), 3)).toThrow(
      "expected two vectors of one length",
    );
  });
});

describe("encodedLatents", () => {
  const parts = [
    { name: "c", kind: "categorical", size: 2 },
    { name: "z", kind: "normal", size: 1, noise: true },
  ] as const;
  const features = {
    c: { data: Float32Array.of(0.25, 0.75, 1, 0), width: 2 },
    hidden: { data: new Float32Array(8), width: 4 },
  };

  test("parts come from the features of their names, and from the open vector where there is none", () => {
    const found = encodedLatents(parts, features, 2, Float32Array.of(8, 8, 5));
    expect(found).toEqual(Float32Array.of(0.25, 0.75, 5, 1, 0, 5));
    expect(unestimated(parts, features)).toEqual(["z"]);
  });

  test("a feature of another width than its part does not count", () => {
    const wide = { z: { data: new Float32Array(4), width: 2 } };
    expect(unestimated(parts, wide)).toEqual(["c", "z"]);
  });
});
