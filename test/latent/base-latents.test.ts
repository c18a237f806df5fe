import fc from "fast-check";
import { expect, test } from "vitest";
import { baseLatents } from "../../src/latent/index.js";
import { drawLatents, latentWidth } from "../../src/methods/latent.js";
import { refusal } from "../data/refusal.js";
import { anyParts, parts, valuesOf } from "./parts.js";

const classes = (latents: Float32Array) => valuesOf(latents, parts, "c1").map((row) => row.indexOf(1));

test("lie within the prior, in any layout, and more rows keep the first ones", () => {
  fc.assert(
    fc.property(
      anyParts,
      fc.nat(),
      fc.integer({ min: 1, max: 8 }),
      fc.boolean(),
      (layout, seed, rows, spread) => {
        const latents = baseLatents({ parts: layout, rows, seed, spread });
        expect(latents.length).toBe(rows * latentWidth(layout));
        expect(
          baseLatents({ parts: layout, rows: rows + 3, seed, spread }).subarray(0, latents.length),
        ).toEqual(latents);
        for (const part of layout) {
          for (const [row, values] of valuesOf(latents, layout, part.name).entries()) {
            if (part.kind === "categorical") {
              expect(values.toSorted((a, b) => a - b)).toEqual([...Array<number>(part.size - 1).fill(0), 1]);
              if (spread) expect(values.indexOf(1)).toBe(row % part.size);
            }
            if (part.kind === "uniform") {
              expect(Math.min(...values)).toBeGreaterThanOrEqual(part.low);
              expect(Math.max(...values)).toBeLessThanOrEqual(part.high);
            }
          }
        }
      },
    ),
  );
});

test("are drawn anew for another seed, in every part", () => {
  const [one, two] = [1, 2].map((seed) => baseLatents({ parts, rows: 20, seed }));
  expect(one).toEqual(baseLatents({ parts, rows: 20, seed: 1 }));
  for (const { name } of parts) {
    expect(valuesOf(one ?? new Float32Array(), parts, name)).not.toEqual(
      valuesOf(two ?? new Float32Array(), parts, name),
    );
  }
});

test("spreads over the classes and starts again, and changes nothing else", () => {
  const drawn = baseLatents({ parts, rows: 6, seed: 1 });
  const spread = baseLatents({ parts, rows: 6, seed: 1, spread: true });
  expect(classes(spread)).toEqual([0, 1, 2, 3, 0, 1]);
  expect(classes(drawn)).not.toEqual(classes(spread));
  for (const name of ["c2", "z", "n"]) {
    expect(valuesOf(spread, parts, name)).toEqual(valuesOf(drawn, parts, name));
  }
});

test("fixes classes and values, after the spread, and nothing else", () => {
  const drawnRows = valuesOf(baseLatents({ parts, rows: 5, seed: 1 }), parts, "c2");
  const fixed = baseLatents({ parts, rows: 5, seed: 1, spread: true, fix: { c1: 2, z: 0.25, n: -3 } });
  expect(classes(fixed)).toEqual([2, 2, 2, 2, 2]);
  expect(valuesOf(fixed, parts, "z")).toEqual(drawnRows.map(() => [0.25, 0.25, 0.25]));
  expect(valuesOf(fixed, parts, "n")).toEqual(drawnRows.map(() => [-3, -3]));
  expect(valuesOf(fixed, parts, "c2")).toEqual(drawnRows);
});

test("refuses what cannot be", async () => {
  const withOptions = (more: object) => refusal(() => baseLatents({ parts, rows: 2, seed: 1, ...more }));
  expect(await withOptions({ rows: 0 })).toMatchInlineSnapshot(
    `"OptionError: rows: expected a whole number of at least 1, received 0."`,
  );
  expect(await withOptions({ rows: 1.5 })).toMatchInlineSnapshot(
    `"OptionError: rows: expected a whole number of at least 1, received 1.5."`,
  );
  expect(await withOptions({ seed: -1 })).toMatchInlineSnapshot(
    `"OptionError: seed: expected a whole number from 0 to 9007199254740991, received -1."`,
  );
  expect(await withOptions({ fix: { c3: 0 } })).toMatchInlineSnapshot(`
    "OptionError: part of the latent vector: expected one of c1, c2, z, n, received c3.
      Did you mean c1?"
  `);
  expect(await withOptions({ fix: { c1: 4 } })).toMatchInlineSnapshot(
    `"OptionError: class of c1: expected a whole number from 0 to 3, received 4."`,
  );
  expect(await withOptions({ fix: { c1: 0.5 } })).toMatchInlineSnapshot(
    `"OptionError: class of c1: expected a whole number from 0 to 3, received 0.5."`,
  );
  expect(await withOptions({ fix: { z: NaN } })).toMatchInlineSnapshot(
    `"OptionError: z: expected a finite number, received NaN."`,
  );
});

test("the prior: uniform classes, U(low, high), N(0, 1)", () => {
  const rows = 4000;
  const latents = drawLatents(parts, rows, 3, "test");
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  for (const share of [0, 1, 2, 3].map((k) =>
    mean(valuesOf(latents, parts, "c1").map((row) => row[k] ?? NaN)),
  )) {
    expect(Math.abs(share - 0.25)).toBeLessThan(0.03);
  }
  const uniform = valuesOf(latents, parts, "z").flat();
  expect([mean(uniform), Math.min(...uniform), Math.max(...uniform)].map((v) => v.toFixed(2))).toEqual([
    "0.15",
    "0.00",
    "0.30",
  ]);
  const symmetric = valuesOf(latents, parts, "c2").flat();
  expect([Math.min(...symmetric), Math.max(...symmetric)].map((v) => v.toFixed(1))).toEqual(["-1.0", "1.0"]);
  const normal = valuesOf(latents, parts, "n").flat();
  expect(Math.abs(mean(normal))).toBeLessThan(0.05);
  expect(Math.abs(mean(normal.map((v) => v * v)) - 1)).toBeLessThan(0.08);
});
