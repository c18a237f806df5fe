import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { baseLatents, dimensionTraversal, traversal, traversalValues } from "../../src/latent/index.js";
import { latentWidth } from "../../src/methods/latent.js";
import { refusal } from "../data/refusal.js";
import { anyParts, parts, valuesOf } from "./parts.js";

const base = baseLatents({ parts, rows: 3, seed: 1 });
const [c1, c2, z, n] = parts;

describe("traversal", () => {
  test("every column is the base but for the part that varies, in any layout", () => {
    const cases = anyParts.chain((layout) =>
      fc.record({
        layout: fc.constant(layout),
        part: fc.constantFrom(...layout),
        rows: fc.integer({ min: 1, max: 4 }),
        columns: fc.integer({ min: 2, max: 7 }),
        reach: fc.constantFrom(0.5, 1, 2),
        dimension: fc.nat(),
        seed: fc.nat(),
      }),
    );
    fc.assert(
      fc.property(cases, ({ layout, part, rows, columns, reach, dimension, seed }) => {
        const categorical = part.kind === "categorical";
        const index = categorical ? 0 : dimension % part.size;
        const range = { reach, ...(!categorical && { columns }) };
        const latents = baseLatents({ parts: layout, rows, seed });
        const out = traversal({ parts: layout, base: latents, part: part.name, index, ...range });
        const values = traversalValues(part, range);
        const width = latentWidth(layout);
        expect(out.length).toBe(rows * values.length * width);
        for (const other of layout.filter(({ name }) => name !== part.name)) {
          const kept = valuesOf(latents, layout, other.name).flatMap((row) => values.map(() => row));
          expect(valuesOf(out, layout, other.name)).toEqual(kept);
        }
        const moved = valuesOf(latents, layout, part.name).flatMap((row) =>
          values.map((value) =>
            categorical ? row.map((_, i) => Number(i === value)) : row.with(index, Math.fround(value)),
          ),
        );
        expect(valuesOf(out, layout, part.name)).toEqual(moved);
      }),
    );
  });

  test("runs through the classes, one-hot, whatever the base had", () => {
    const out = traversal({ parts, base, part: "c1" });
    const identity = [
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 1],
    ];
    expect(valuesOf(out, parts, "c1")).toEqual([...identity, ...identity, ...identity]);
  });

  test("varies the first dimension, or the one that is named", () => {
    const row = base.subarray(0, latentWidth(parts));
    const [, second = NaN, third = NaN] = valuesOf(row, parts, "z")[0] ?? [];
    const high = Math.fround(0.3);
    expect(valuesOf(traversal({ parts, base: row, part: "z", columns: 2 }), parts, "z")).toEqual([
      [0, second, third],
      [high, second, third],
    ]);
    const [first = NaN] = valuesOf(row, parts, "z")[0] ?? [];
    expect(valuesOf(traversal({ parts, base: row, part: "z", columns: 2, index: 2 }), parts, "z")).toEqual([
      [first, second, 0],
      [first, second, high],
    ]);
  });

  test("leaves the base alone and takes no rows for no rows", () => {
    const before = base.slice();
    traversal({ parts, base, part: "c1" });
    expect(base).toEqual(before);
    expect(traversal({ parts, base: new Float32Array(), part: "c1" })).toEqual(new Float32Array());
  });

  test("refuses what cannot be", async () => {
    const withPart = (part: string, more = {}) => refusal(() => traversal({ parts, base, part, ...more }));
    expect(await withPart("c7")).toMatchInlineSnapshot(`
      "OptionError: part of the latent vector: expected one of c1, c2, z, n, received c7.
        Did you mean c1?"
    `);
    expect(await withPart("")).toMatchInlineSnapshot(
      `"OptionError: part of the latent vector: expected one of z, n, c1, c2, received nothing."`,
    );
    expect(
      await refusal(() => traversal({ parts: [{ ...z, size: 0 }], base, part: "z" })),
    ).toMatchInlineSnapshot(
      `"OptionError: part of the latent vector: expected a method with a latent vector, received z."`,
    );
    expect(await refusal(() => traversal({ parts: [{ ...z, size: 0 }, c2], base, part: "z" })))
      .toMatchInlineSnapshot(`
        "OptionError: part of the latent vector: expected c2, received z.
          z has size 0."
      `);
    expect(await withPart("z", { index: 3 })).toMatchInlineSnapshot(
      `"OptionError: dimension of z: expected a whole number from 0 to 2, received 3."`,
    );
    expect(await withPart("z", { index: -1 })).toMatchInlineSnapshot(
      `"OptionError: dimension of z: expected a whole number from 0 to 2, received -1."`,
    );
    expect(await withPart("c1", { index: 2 })).toMatchInlineSnapshot(
      `"OptionError: dimension of c1: expected 0, received 2."`,
    );
    expect(await withPart("c2", { columns: 1 })).toMatchInlineSnapshot(
      `"OptionError: columns: expected a whole number of at least 2, received 1."`,
    );
    expect(await withPart("c2", { columns: 2.5 })).toMatchInlineSnapshot(
      `"OptionError: columns: expected a whole number of at least 2, received 2.5."`,
    );
    expect(await withPart("c1", { columns: 10 })).toMatchInlineSnapshot(
      `"OptionError: columns of c1: expected 4, one for each class, received 10."`,
    );
    expect(await withPart("c2", { reach: 0 })).toMatchInlineSnapshot(
      `"OptionError: reach: expected a finite number above 0, received 0."`,
    );
    expect(await withPart("c2", { reach: NaN })).toMatchInlineSnapshot(
      `"OptionError: reach: expected a finite number above 0, received NaN."`,
    );
    expect(await withPart("c1", { reach: Infinity })).toMatchInlineSnapshot(
      `"OptionError: reach: expected a finite number above 0, received Infinity."`,
    );
    expect(await withPart("c1", { base: new Float32Array(11) })).toMatchInlineSnapshot(
      `"DataError: base: expected rows of 10 values, received 11 values."`,
    );
  });
});

describe("traversalValues", () => {
  test("has both ends and even steps", () => {
    expect(traversalValues(c2, { columns: 5 })).toEqual([-1, -0.5, 0, 0.5, 1]);
    expect(traversalValues(c2, { columns: 5, reach: 2 })).toEqual([-2, -1, 0, 1, 2]);
    expect(traversalValues(n, { columns: 3 })).toEqual([-2, 0, 2]);
    expect(traversalValues(n, { columns: 3, reach: 0.5 })).toEqual([-1, 0, 1]);
    expect(traversalValues(c1, { reach: 2 })).toEqual([0, 1, 2, 3]);
    expect(traversalValues(c1, { columns: 4 })).toEqual([0, 1, 2, 3]);
    const values = traversalValues(z);
    expect([values.length, values[0], values.at(-1)]).toEqual([10, 0, 0.3]);
  });

  test("reach moves both ends about the middle", () => {
    const [first, second] = traversalValues({ ...c2, low: 1, high: 3 }, { columns: 2, reach: 3 });
    expect([first, second]).toEqual([-1, 5]);
  });
});

describe("dimensionTraversal", () => {
  const parts = [
    { name: "c", kind: "categorical", size: 2 },
    { name: "z", kind: "normal", size: 3 },
  ] as const;
  const base = Float32Array.of(0, 1, 0.25, 0.5, 0.75);

  test("each row moves a dimension of its own", () => {
    const found = dimensionTraversal({ parts, base, part: "z", rows: 2, columns: 2, reach: 0.5 });
    const rows = [
      [0, 1, -1, 0.5, 0.75],
      [0, 1, 1, 0.5, 0.75],
      [0, 1, 0.25, -1, 0.75],
      [0, 1, 0.25, 1, 0.75],
    ];
    expect(found).toEqual(Float32Array.from(rows.flat()));
  });

  test("there are no more rows than dimensions", () => {
    expect(() => dimensionTraversal({ parts, base, part: "z", rows: 4 })).toThrow(
      "rows: expected a whole number from 1 to 3, received 4",
    );
  });
});
