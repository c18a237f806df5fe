import { expect, it } from "vitest";
import { flatten, formatDuration, formatMoment, formatNumber } from "../../src/report/format.js";

it.each([
  [60000, "60,000"],
  [0, "0"],
  [0.97123, "0.9712"],
  [-1234.56, "-1,235"],
  [0.00002, "2.00e-5"],
  [Number.NaN, "NaN"],
])("writes the number %d as %s", (value, text) => {
  expect(formatNumber(value)).toBe(text);
});

it.each([
  [59.4, "59 s"],
  [59.6, "1 min 0 s"],
  [272.4, "4 min 32 s"],
  [3599.7, "1 h 0 min"],
  [7290, "2 h 2 min"],
])("writes %d seconds as %s", (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

it("writes a moment in UTC and leaves other words alone", () => {
  expect(formatMoment("2026-08-27T16:03:11+02:00")).toBe("27 August 2026 at 14:03 UTC");
  expect(formatMoment("yesterday")).toBe("yesterday");
});

it("flattens nested objects to dotted keys, and only objects", () => {
  expect(flatten({ a: 1, b: { c: { d: "x" }, e: [1, 2] }, f: null, g: {}, h: undefined, i: false })).toEqual([
    ["a", "1"],
    ["b.c.d", "x"],
    ["b.e", "[1,2]"],
    ["f", "null"],
    ["g", "{}"],
    ["h", ""],
    ["i", "false"],
  ]);
});
