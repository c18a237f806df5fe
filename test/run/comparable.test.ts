import { expect, test } from "vitest";
import type { RunConfig } from "../../src/run/config.js";
import { sameData } from "../../src/run/comparable.js";

const run = (data: string, target?: string) => ({
  config: { data: { fingerprint: data }, ...(target && { target: { fingerprint: target } }) } as RunConfig,
});
const measuredOn = (testFingerprint: string, fingerprint: string) => ({
  config: { data: { fingerprint, testFingerprint } } as RunConfig,
});

test("runs are held against one another on the same pictures alone, of both domains", () => {
  expect(sameData([run("a"), run("a")])).toBe(true);
  expect(sameData([run("a"), run("b")])).toBe(false);
  expect(sameData([run("a", "b"), run("a", "b")])).toBe(true);
  expect(sameData([run("a", "b"), run("a", "c")])).toBe(false);
  expect(sameData([run("a", "b"), run("a")])).toBe(false);
});

test("which labels they were trained with does not matter", () => {
  expect(sameData([measuredOn("a", "all labels"), measuredOn("a", "100 labels")])).toBe(true);
  expect(sameData([measuredOn("a", "all labels"), measuredOn("b", "all labels")])).toBe(false);
});
