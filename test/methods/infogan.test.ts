import { describe, expect, test } from "vitest";
import { placeholder } from "../../src/engine/ops/index.js";
import type { Tensor } from "../../src/engine/tensor.js";
import { OptionError } from "../../src/errors.js";
import { type Method, infogan, latentWidth } from "../../src/methods/index.js";
import { parseOptions } from "../../src/options.js";
import { createModel, drawLatents, latentOf } from "../../src/train/index.js";
import { applyNetworks } from "../../src/train/model.js";
import {
  expectTwin,
  held,
  host,
  noise,
  playersMoved,
  programOf,
  setWeights,
  trace as traceStep,
  twinsOf,
} from "./twin.js";

type Options = Parameters<typeof infogan.step>[2];
const optionsOf = (given: object = {}): Options =>
  parseOptions(infogan.options, { width: 0.1, ...given }, "infogan");
const method: Method = infogan;

const image = { channels: 1, height: 8, width: 8 };

/** One step of the method. */
function trace(options: Options, { side = 8, channels = 1, batch = 8 } = {}) {
  const { categories, augmentation: a } = options;
  const shift = (2 * (((2 * side) / 28) * a)) / side;
  const limits: Record<string, number> = {
    rotation: (10 * a * Math.PI) / 180,
    shear: 0.2 * a,
    "scale x": 0.1 * a,
    "scale y": 0.1 * a,
    "shift x": shift,
    "shift y": shift,
  };
  const limit = (name: string) => limits[name.split("/").at(-1) ?? ""] ?? 1;
  const data = { image: { channels, height: side, width: side }, classes: 0 };
  return traceStep(method, options, { data, batch, integers: categories, limit });
}

test.each(twinsOf("infogan"))("three steps of %s are PyTorch's", async (_name, twin) => {
  await expectTwin(trace(optionsOf(twin.options)), twin);
});

test.each([10, -10])("a learned log deviation of %i counts as one within 3", async (learned) => {
  const options = optionsOf({ variance: "learned", categories: 4, noise: 3, learningRateD: 1e-12 });
  const program = await programOf(trace(options));
  const { state } = program;
  state.get("Q.3.weight")!.fill(0);
  state.get("Q.3.bias")!.set([0, 0, 0, 0, 0, 0, learned, learned]);
  const { information_loss } = await program.step(0, 0);
  const bounded = Math.sign(learned) * 3;
  const squares = noise("draw/continuous", 16).reduce((sum, c) => sum + c * c, 0) / 8;
  const expected = Math.log(4) + 0.5 * squares * Math.exp(-2 * bounded) + 2 * bounded;
  expect(information_loss! / expected).toBeCloseTo(1, 5);
});

describe("an update moves its players and nothing else", () => {
  test.each<[string, object, string[][]]>([
    ["infogan", {}, [["D", "Q", "trunk"], ["G"]]],
    [
      "infogan, Q with G",
      { qWith: "g" },
      [
        ["D", "trunk"],
        ["G", "Q"],
      ],
    ],
    ["gan", { variant: "gan" }, [["D", "trunk"], ["G"]]],
    ["without-d", { variant: "without-d" }, [["Q", "trunk"], ["G"]]],
  ])("%s", async (_name, given, expected) => {
    const { moved, followed } = await playersMoved(trace(optionsOf({ ...given, noise: 3 })));
    expect(moved).toEqual(expected);
    // D is a single layer, without statistics of its own.
    expect(followed).toEqual(expected.map((players) => players.filter((player) => player !== "D")));
  });
});

test("options out of range are refused with what is allowed", () => {
  expect(() => optionsOf({ categories: 1 })).toThrow("infogan option categories: expected ");
  expect(() => optionsOf({ variant: "wgan" })).toThrow("infogan option variant: expected ");
  expect(() => optionsOf({ catgories: 12 })).toThrow("Did you mean categories?");
});

/** Sides of the pictures D and G meet on the way, from the shapes of a traced step. */
const networkShapes = (side: number, channels = 1) => {
  const networks = infogan.networks(
    { image: { channels, height: side, width: side }, classes: 0 },
    optionsOf(),
  );
  const { G, trunk } = applyNetworks(networks, { training: false });
  const picture = G!(
    placeholder("latent", [
      2,
      latentWidth(latentOf({ method, options: optionsOf(), data: { image, classes: 0 } })),
    ]),
  ) as Tensor;
  const hidden = trunk!(picture) as Tensor;
  const windows = networks.trunk.variables
    .filter((v) => v.shape.length === 4)
    .map((v) => v.shape.slice(0, 2));
  return { picture: picture.shape, hidden: hidden.shape, windows };
};

describe("pictures", () => {
  test("of 28 and 32 pixels have two stages, each doubling one more of twice the width", () => {
    expect(networkShapes(28)).toEqual({
      picture: [2, 1, 28, 28],
      hidden: [2, 102],
      windows: [
        [6, 1],
        [13, 6],
      ],
    });
    expect(networkShapes(32).windows).toEqual([
      [6, 1],
      [13, 6],
    ]);
    expect(networkShapes(64)).toMatchObject({
      picture: [2, 1, 64, 64],
      windows: [
        [6, 1],
        [13, 6],
        [26, 13],
      ],
    });
    expect(networkShapes(128).windows).toEqual([
      [6, 1],
      [13, 6],
      [26, 13],
      [51, 26],
    ]);
  });

  test("may be in colour", () => {
    expect(networkShapes(32, 3)).toMatchObject({
      picture: [2, 3, 32, 32],
      windows: [
        [6, 3],
        [13, 6],
      ],
    });
  });

  test.each([28, 64])("of %i pixels train, in colour", async (side) => {
    const program = await programOf(trace(optionsOf(), { side, channels: 3, batch: 4 }));
    const logged = await program.step(0, 0);
    expect(Object.keys(logged)).toEqual([
      "discriminator_loss",
      "d_real",
      "d_fake",
      "generator_loss",
      "information_loss",
    ]);
    expect(Object.values(logged).every(Number.isFinite)).toBe(true);
  });

  test("of a size that does not halve are refused with sizes that do", () => {
    const shape = { image: { channels: 1, height: 30, width: 28 }, classes: 0 };
    expect(() => infogan.networks(shape, optionsOf())).toThrow(
      new OptionError({
        where: "infogan",
        expected: "pictures whose sides are multiples of 4",
        received: "30x28",
        hint: "Choose a size with --size, such as 28 or 32.",
      }),
    );
  });
});

test.each([
  ["no continuous codes", { continuous: 0 }],
  ["no noise", { noise: 0 }],
  ["neither", { continuous: 0, noise: 0 }],
  [
    "neither, a learned deviation and an augmented view",
    { continuous: 0, noise: 0, variance: "learned", augmentation: 1 },
  ],
])("%s: trains, generates and reads", async (_name, given) => {
  const options = optionsOf(given);
  const program = await programOf(trace(options));
  const { information_loss } = await program.step(0, 0);
  expect(information_loss).toBeGreaterThan(0);
  const data = { image: { channels: 1, height: 8, width: 8 }, classes: 0 };
  const model = createModel({ method, options, data, host, weights: program.memory(false) });
  held(model);
  const pictures = await model.generate(drawLatents(model.latent, 5, 1, "test"));
  expect(pictures.length).toBe(5 * 64);
  expect(Object.keys(await model.features(pictures))).toEqual(
    ["c1", "c2", "c3"].slice(0, 1 + options.continuous),
  );
});

describe("a trained model", () => {
  test("generates pictures in [0, 1]; its class code sums to one, continuous codes have a value each", async () => {
    const options = optionsOf({ continuous: 3, categories: 7 });
    const program = await programOf(trace(options));
    setWeights(program);
    const data = { image: { channels: 1, height: 8, width: 8 }, classes: 0 };
    const model = createModel({ method, options, data, host, weights: program.memory(false) });
    held(model);
    // More than fit one run of the graph, and not a multiple of it.
    const n = 203;
    const latents = drawLatents(model.latent, n, 1, "test").map((v) => 20 * v);
    const pictures = await model.generate(latents);
    expect(Math.min(...pictures)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...pictures)).toBeLessThanOrEqual(1);
    expect(new Set(pictures).size).toBeGreaterThan(n);
    const { c1, c2, c3, c4, ...rest } = await model.features(pictures.map((v) => 3 * v));
    expect(rest).toEqual({});
    expect([c1, c2, c3, c4].map((f) => [f!.width, f!.data.length])).toEqual([
      [7, 7 * n],
      [1, n],
      [1, n],
      [1, n],
    ]);
    for (let i = 0; i < n; i++) {
      const row = c1!.data.subarray(7 * i, 7 * i + 7);
      expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
      expect(row.every((p) => p >= 0)).toBe(true);
    }
  });

  test("has a latent vector of the parts the paper names", () => {
    expect(latentOf({ method, options: optionsOf(), data: { image, classes: 0 } })).toEqual([
      { name: "c1", kind: "categorical", size: 10 },
      { name: "c2", kind: "uniform", size: 1, low: -1, high: 1 },
      { name: "c3", kind: "uniform", size: 1, low: -1, high: 1 },
      { name: "z", kind: "uniform", size: 62, low: -1, high: 1, noise: true },
    ]);
  });
});
