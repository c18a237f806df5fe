import { describe, expect, test } from "vitest";
import { confusion } from "../../src/evaluate/index.js";
import { dann } from "../../src/methods/index.js";
import type { DataConfig } from "../../src/run/config.js";
import { describe as inWords, domainsTitle, numbersInWords, summary } from "../../src/run/in-words.js";
import { informationOf } from "../../src/run/scores/codes.js";

const dataOf = (name: string) => ({ name }) as DataConfig;
const config = {
  data: dataOf("mnist"),
  target: dataOf("folder:/some/where/scans"),
  options: { variant: "dann" },
};
const evaluation = {
  numbers: { test_error: 0.0123, target_accuracy: 0.91249, target_information: 0.8 },
  pictures: 10_000,
  skipped: 0,
  target: { pictures: 2007, taught: false },
};

describe("what a classifier of two domains came to", () => {
  test("in sentences, with what it was not taught", () => {
    expect(summary(evaluation, config)).toEqual([
      "Of the 10,000 test pictures of mnist it names 98.8 % rightly.",
      "Of the 2,007 target pictures of folder:scans, whose labels it never saw, it names 91.2 % rightly.",
    ]);
  });

  test("no such claim where it was taught the target", () => {
    const taught = { ...evaluation, target: { pictures: 2007, taught: true } };
    expect(summary(taught, config)[1]).toBe(
      "Of the 2,007 target pictures of folder:scans it names 91.2 % rightly.",
    );
  });

  test("classes that were taught stand for themselves: none is said to be matched", () => {
    const table = confusion(Int32Array.from([0, 1]), [0, 1], 2, 2);
    const named = { code: "class", table, matching: [0, 1], classes: ["a", "b"] };
    expect(inWords({ ...evaluation, confusion: named }, config)).toEqual(summary(evaluation, config));
  });

  test("each number has a meaning, and the paper's stands beside its own pair of sets alone", () => {
    const pair = { data: dataOf("mnist"), target: dataOf("mnist-m"), options: { variant: "dann" } };
    expect(domainsTitle(pair)).toBe("mnist to mnist-m");
    const referencesOf = (domains: typeof config) =>
      numbersInWords(evaluation, domains, dann).map(({ reference }) => reference);
    expect(referencesOf(pair)).toEqual([undefined, "paper: 0.7666", undefined]);
    const floor = { ...pair, options: { variant: "source-only" } };
    expect(referencesOf(floor)).toEqual([undefined, "paper: 0.5225", undefined]);
    expect(referencesOf(config)).toEqual([undefined, undefined, undefined]);
    for (const { key, meaning, direction } of numbersInWords(evaluation, config, dann)) {
      expect(meaning, key).not.toBe(key);
      expect(direction, key).toMatch(/better/);
    }
  });
});

test("informationOf: 1 for sure and even answers, 0 for one answer to everything and for guesses", () => {
  const of = (rows: number[][]) =>
    informationOf({ data: Float32Array.from(rows.flat()), width: rows[0]!.length });
  // prettier-ignore
  expect(of([[1, 0], [0, 1], [0, 1], [1, 0]])).toBeCloseTo(1, 6);
  // prettier-ignore
  expect(of([[1, 0], [1, 0], [1, 0]])).toBeCloseTo(0, 6);
  // prettier-ignore
  expect(of([[0.5, 0.5], [0.5, 0.5]])).toBeCloseTo(0, 6);
  const half = -(0.9 * Math.log2(0.9) + 0.1 * Math.log2(0.1));
  // prettier-ignore
  expect(of([[0.9, 0.1], [0.1, 0.9]])).toBeCloseTo(1 - half, 6);
});
