import { describe, expect, test } from "vitest";
import { strokes } from "../../src/data/index.js";
import { OptionError } from "../../src/errors.js";
import { type Method, bigan, trainingOptions } from "../../src/methods/index.js";
import { parseOptions } from "../../src/options.js";
import { createModel, createTrainer, drawLatents } from "../../src/train/index.js";
import { expectTwin, held, host, playersMoved, programOf, setWeights, trace, twinsOf } from "./twin.js";

const method: Method = bigan;
type Options = Parameters<typeof bigan.step>[2];
const optionsOf = (given: object = {}): Options =>
  parseOptions(bigan.options, { width: 0.1, latent: 3, ...given }, "bigan");
const dataOf = (channels = 1, side = 8) => ({ image: { channels, height: side, width: side }, classes: 0 });
const traced = (options: Options, channels = 1) =>
  trace(method, options, { data: dataOf(channels), batch: 8 });

test.each(twinsOf("bigan"))("three steps of %s are PyTorch's", async (_name, twin) => {
  const { channels = 1, ...options } = twin.options;
  await expectTwin(traced(optionsOf(options), channels as number), twin);
});

test.each([
  ["simultaneous", "deterministic"],
  ["course", "stochastic"],
])("D moves alone, E and G with each other (%s, %s)", async (order, encoder) => {
  const updates = traced(optionsOf({ order, encoder }));
  expect(updates.updates.map(({ together }) => together)).toEqual([undefined, order === "simultaneous"]);
  const { moved, followed } = await playersMoved({
    ...updates,
    updates: updates.updates.map(({ together: _, ...update }) => update),
  });
  expect(moved).toEqual([["D"], ["E", "G"]]);
  expect(followed).toEqual(moved);
});
