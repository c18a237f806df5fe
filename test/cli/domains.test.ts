import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ganymede, scratch } from "./ganymede.js";

// What else is refused: test/run/domains.test.ts.
test("a method of two domains without --target: exit status 2, with what to type, and nothing is made", async () => {
  const cwd = scratch();
  const { status, out, err } = await ganymede(cwd, "train dann --data strokes --size 16");
  expect([status, out, err.trimEnd()]).toEqual([
    2,
    "",
    "error dann: expected a second set of pictures, received none.\n  Name it with --target, such as --target mnist-m.",
  ]);
  expect(existsSync(join(cwd, "runs"))).toBe(false);
});
