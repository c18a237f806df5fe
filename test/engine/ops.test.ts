import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { OpCase } from "./cases/check.js";
import { elementwise } from "./cases/elementwise.js";
import { spatial } from "./cases/spatial.js";
import { structural } from "./cases/structural.js";

/** What ops/index.ts exports and is no op. An op that is in neither list has no row, and this file does not compile. */
type NotAnOp = "constant" | "fill" | "isConstant" | "placeholder" | "variable";
type OpName = Exclude<keyof typeof import("../../src/engine/ops/index.js"), NotAnOp>;

const cases = { ...elementwise, ...structural, ...spatial } satisfies Record<OpName, OpCase>;
const rows = Object.entries<OpCase>(cases);

describe.each(rows)("%s", (_name, row) => {
  test("shape, value, first and second derivative", async () => {
    await fc.assert(row.property(2), { seed: 4, numRuns: 25 });
  });

  // What a gradient is made of must itself have gradients: the third derivative is built from the rules of the rules.
  test("is closed under differentiation", async () => {
    await fc.assert(row.property(3), { seed: 5, numRuns: 5 });
  });

  test("simplifying changes no value", async () => {
    await row.simplified(6);
  });

  if (row.points.length > 0) {
    test("known points", async () => {
      for (const point of row.points) await point();
    });
  }
});

test("no row has lost its op", async () => {
  const names = Object.keys(await import("../../src/engine/ops/index.js"));
  expect(rows.map(([name]) => name).filter((name) => !names.includes(name))).toEqual([]);
});
