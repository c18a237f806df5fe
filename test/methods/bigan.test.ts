import { describe, expect, test } from "vitest";
import { readPictures, strokes } from "../../src/data/index.js";
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
  const step = traced(optionsOf({ order, encoder }));
  expect(step.updates.map(({ together }) => together)).toEqual([undefined, order === "simultaneous"]);
  const { moved, followed } = await playersMoved(step);
  expect(moved).toEqual([["D"], ["E", "G"]]);
  // Beside a stochastic encoder D normalises nothing.
  expect(followed).toEqual([encoder === "stochastic" ? [] : ["D"], ["E", "G"]]);
});

test("which side D's logit is high for decides nothing else: flipped, E and G learn the same", async () => {
  const run = async (flip: boolean) => {
    const program = await programOf(traced(optionsOf({ flip })));
    program.reset(); // D's last weights start at 0, and those of one run are then the other's with their sign changed
    for (const step of [0, 1, 2]) await program.step(step, step / 4);
    return { logged: await program.step(3, 0.75), weights: (name: string) => program.state.get(name)! };
  };
  const [one, other] = [await run(false), await run(true)];
  expect(one.logged["d_real"]! - one.logged["d_fake"]!).toBeGreaterThan(1e-4);
  for (const [key, value] of Object.entries(one.logged)) expect(other.logged[key], key).toBeCloseTo(value, 4);
  for (const name of ["E.out.weight", "G.6.weight"])
    other.weights(name).forEach((v, i) => expect(v).toBeCloseTo(one.weights(name)[i]!, 4));
  const sums = [one, other].map(({ weights }) => weights("D.6.weight").reduce((a, b) => a + b, 0));
  expect(sums[0]! + sums[1]!).toBeCloseTo(0, 4);
  expect(Math.abs(sums[0]!)).toBeGreaterThan(1e-3);
});

test("at its start D knows nothing: both losses are 2 log 2, both probabilities a half", async () => {
  const program = await programOf(traced(optionsOf()));
  program.reset();
  const first = await program.step(0, 0);
  expect(Object.keys(first)).toEqual(["discriminator_loss", "d_real", "d_fake", "encoder_generator_loss"]);
  const expected = [2 * Math.log(2), 0.5, 0.5, 2 * Math.log(2)];
  Object.values(first).forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 6));
});

describe("a model", () => {
  test.each([
    ["deterministic", "dense", 1, 8],
    ["stochastic", "dense", 3, 9],
    ["deterministic", "convolutional", 3, 16],
    ["stochastic", "convolutional", 1, 8],
  ])(
    "with a %s encoder and %s nets draws, reads and reconstructs (%i x %i)",
    async (kind, net, channels, side) => {
      const options = optionsOf({ encoder: kind, net, latent: 5, width: 0.05 });
      const data = dataOf(channels, side);
      const program = await programOf(trace(method, options, { data, batch: 4 }));
      setWeights(program);
      const model = held(createModel({ method, options, data, host, weights: program.memory(false) }));
      const bounds = { kind: "uniform", low: -1, high: 1 };
      expect(model.latent).toEqual([
        { name: "z", size: 5, ...(kind === "stochastic" ? { kind: "normal" } : bounds) },
      ]);
      const n = 3;
      const images = await model.generate(drawLatents(model.latent, n, 1, "test"));
      expect(images.length).toBe(n * channels * side * side);
      expect(images.every((v) => v > 0 && v < 1)).toBe(true);
      const { hidden, z, ...rest } = await model.features(images.map((v) => 3 * v));
      expect(rest).toEqual({});
      expect([hidden, z].map((f) => [f!.width, f!.data.length])).toEqual([
        [51, n * 51],
        [5, n * 5],
      ]);
      if (kind === "deterministic") expect(z!.data.every((v) => Math.abs(v) < 1)).toBe(true);
      // There and back is reading, then drawing.
      const again = await model.reconstruct(images);
      const read = (await model.features(images))["z"]!.data;
      const drawn = await model.generate(read);
      again.forEach((v, i) => expect(v).toBeCloseTo(drawn[i]!, 5));
    },
  );
});

test("convolutional nets refuse sides that do not halve; dense ones take any", () => {
  const shape = { image: { channels: 1, height: 30, width: 28 }, classes: 0 };
  expect(() => bigan.networks(shape, optionsOf({ net: "convolutional" }))).toThrow(
    new OptionError({
      where: "bigan",
      expected: "pictures whose sides are multiples of 4",
      received: "30x28",
      hint: "Choose a size with --size, such as 28 or 32.",
    }),
  );
  expect(() => bigan.networks(shape, optionsOf())).not.toThrow();
});

// Sums of squares, means over 500 held-out pictures or draws. Untrained, G draws greys and E says 0: all ratios are 1. Seeds 1 to 4
// gave ratios of 0.25, 0.32, 0.23 and 0.40 for z, and 0.67, 0.64, 0.61 and 0.79 for pictures; 5 to 8 none that is higher. ALI's of
// seeds 1 to 6 were 0.21 to 0.54, and 0.67 to 0.85.
test.each([
  { encoder: "deterministic", learningRate: 2e-3, steps: 1300, ofZ: 0.6, ofPictures: 0.85 },
  { encoder: "stochastic", learningRate: 4e-3, steps: 2500, ofZ: 0.7, ofPictures: 0.93 },
])(
  "on strokes E ($encoder) and G come to invert each other, though nothing asks them to give anything back",
  async ({ encoder, learningRate, steps, ofZ, ofPictures }) => {
    const drawn = strokes({ size: 16 });
    const given = { encoder, width: 0.125, latent: 4, learningRate, weightDecay: 2e-4, decayFrom: 1 };
    const schedule = { steps, batch: 64, seed: 2, averageDecay: 0.99 };
    const training = parseOptions(trainingOptions, schedule, "training");
    const trainer = held(
      await createTrainer({ method, options: optionsOf(given), training, data: drawn.train, host }),
    );
    trainer.reset();
    for (let step = 0; step < training.steps; step++) await trainer.step(step);
    const model = held(await trainer.model());

    /** Distance to one's own, as a share of that to the next one's. */
    const nearness = (found: Float32Array, own: Float32Array, width: number) => {
      const distance = (rows: number) =>
        found.reduce((sum, v, i) => sum + (v - own[(i + rows * width) % own.length]!) ** 2, 0);
      return distance(0) / distance(1);
    };
    const z = drawLatents(model.latent, 500, 1, "test");
    const read = (await model.features(await model.generate(z)))["z"]!.data;
    expect(nearness(read, z, 4)).toBeLessThan(ofZ);
    const { images } = readPictures(drawn.test, 500);
    expect(nearness(await model.reconstruct(images), images, 256)).toBeLessThan(ofPictures);
  },
);
