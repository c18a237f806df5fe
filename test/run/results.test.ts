import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { dataOptions } from "../../src/data/index.js";
import { parseAssignments } from "../../src/options.js";
import { methods, trainingOptions } from "../../src/methods/index.js";
import { RESULTS, allResults, filledIn, findResult, namesOf } from "../../src/run/results.js";
import { findMethod } from "../../src/run/session.js";
import { refusal } from "../data/refusal.js";
import { scratch } from "./parts.js";

const results = await allResults(RESULTS);

test("every result has an id of its own", () => {
  const ids = results.map(({ id }) => id);
  expect(ids.length).toBeGreaterThan(10);
  expect(new Set(ids).size).toBe(ids.length);
});

describe("every result can be made: its method, preset and options exist, and every name in braces", () => {
  test.each(results)("$id", async ({ train, evaluate, inputs, seeds, measured, metrics }) => {
    const [name = "", ...words] = train.split(" ");
    const method = findMethod(name);
    const preset = words.indexOf("--preset");
    if (preset >= 0) expect(Object.keys(method.presets)).toContain(words[preset + 1]);
    const set = words.filter((word) => /^\w+=/.test(word));
    const known = [method.options, trainingOptions, dataOptions].flatMap(({ shape }) => Object.keys(shape));
    for (const key of Object.keys(parseAssignments(set))) expect(known).toContain(key);
    for (const used of namesOf(train, evaluate)) {
      if (used !== "seed" && inputs[used] === undefined)
        await expect(findResult(RESULTS, used)).resolves.toBeDefined();
    }
    for (const made of measured) {
      expect(seeds).toContain(made.seed);
      expect(Object.keys(made.values)).toEqual(metrics);
    }
  });
});

test("what a method says its paper reports stands in the table of its page too", () => {
  type Values = { readonly values: Readonly<Record<string, string>> };
  const numbers = (published: readonly Values[]) =>
    published.flatMap(({ values }) =>
      Object.entries(values).map(([key, value]) => `${key} ${/^[\d.]+/.exec(value)?.[0]}`),
    );
  const inTables = readdirSync(RESULTS).flatMap((name) => {
    const { published } = JSON.parse(readFileSync(join(RESULTS, name), "utf8")) as { published: Values[] };
    return numbers(published);
  });
  const said = Object.values(methods).flatMap(({ published = [] }) => numbers(published));
  expect(said.length).toBeGreaterThan(5);
  expect(inTables).toEqual(expect.arrayContaining(said));
});

test("names in braces are filled in; one without a value is an error", () => {
  expect(filledIn("dann --photos {photos} --set labelSeed={seed}", { photos: "a b", seed: "2" })).toEqual([
    "dann",
    "--photos",
    "a b",
    "--set",
    "labelSeed=2",
  ]);
  expect(() => filledIn("dann --photos {photos}", {})).toThrow(
    "expected a value for {photos}, received none",
  );
});

describe("a folder with another JSON file is refused, by the file's name", () => {
  const folder = scratch();
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  const results = '{ "published": [], "results": [] }';
  test.each([
    ["{", "a file that is not JSON"],
    ["[]", "one with a wrong field (Invalid input: expected object, received array)"],
    [
      '{ "published": [], "results": [{ "id": 1 }] }',
      "one with a wrong results.0.id (Invalid input: expected string, received number)",
    ],
  ])("%s", async (text, received) => {
    write("ae.json", results);
    write("other.json", text);
    const message = `other.json: expected the results of a method, received ${received}.`;
    expect(await refusal(() => allResults(folder))).toContain(`RunError: ${join(folder, message)}`);
    write("other.json", results);
    await expect(allResults(folder)).resolves.toEqual([]);
  });
});
