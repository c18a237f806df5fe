import { readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { type Program, compileProgram } from "../../src/engine/compile/program.js";
import { Draws } from "../../src/engine/draws.js";
import { placeholder } from "../../src/engine/ops/index.js";
import { nodeHost } from "../../src/engine/runtime/node.js";
import { type Tensor, count } from "../../src/engine/tensor.js";
import type { Feed, Update } from "../../src/engine/update.js";
import { OptionError } from "../../src/errors.js";
import { type Method, infogan, latentWidth, trainingOptions } from "../../src/methods/index.js";
import type { StatisticsRecord } from "../../src/nn/network.js";
import { parseOptions } from "../../src/options.js";
import { createModel, drawLatents } from "../../src/train/index.js";
import { applyNetworks } from "../../src/train/model.js";

const host = nodeHost({ threads: 1 });
const open: { release(): void }[] = [];
afterAll(() => open.forEach((one) => one.release()));

type Options = Parameters<typeof infogan.step>[2];
const optionsOf = (given: object = {}): Options =>
  parseOptions(infogan.options, { width: 0.1, ...given }, "infogan");
const method: Method = infogan;

/** As in test/references/infogan.py: numbers in [-1, 1) that are a function of a name. */
function noise(name: string, size: number, step = 0): number[] {
  const seed = Array.from(name).reduce((sum, letter) => sum + letter.charCodeAt(0), 0) + 1000 * step;
  return Array.from({ length: size }, (_, i) => {
    const wild = Math.sin(12.9898 * (i + 1) + 78.233 * seed) * 43758.5453;
    return Math.fround(2 * (wild - Math.floor(wild)) - 1);
  });
}

interface Traced {
  readonly updates: readonly Update[];
  readonly feeds: readonly Feed[];
  readonly variables: Update["variables"];
}

/** One step of the method. Draws, and the batch of pictures, are `noise` of their name. */
function trace(options: Options, { side = 8, channels = 1, batch = 8 } = {}): Traced {
  const image = { channels, height: side, width: side };
  const networks = method.networks({ image, classes: 0 }, options);
  const draws = new Draws();
  const records: StatisticsRecord[] = [];
  const x = placeholder("batch/0/x", [batch, channels, side, side]);
  const progress = placeholder("progress", []);
  const updates = method.step(
    applyNetworks(networks, { training: true, draws, records }),
    { batchSize: batch, batch: () => ({ x }), draws, progress },
    options,
  );
  const feeds = [...draws.feeds.map(({ tensor }) => tensor), x].map((tensor) =>
    noiseFeed(tensor, options, side),
  );
  return { updates, feeds, variables: Object.values(networks).flatMap((net) => net.variables) };
}

/** `noise`, moved to the range of the draw. */
function noiseFeed(tensor: Tensor, { categories, augmentation: a }: Options, side: number): Feed {
  const name = tensor.node.attributes["name"] as string;
  const shift = (2 * (((2 * side) / 28) * a)) / side;
  const limits: Record<string, number> = {
    rotation: (10 * a * Math.PI) / 180,
    shear: 0.2 * a,
    "scale x": 0.1 * a,
    "scale y": 0.1 * a,
    "shift x": shift,
    "shift y": shift,
  };
  const limit = limits[name.split("/").at(-1) ?? ""] ?? 1;
  return {
    tensor,
    fill: ({ view }, { step }) => {
      const values = noise(name, count(tensor.shape), step);
      values.forEach((v, i) => {
        if (tensor.dtype === "int64") view[i] = BigInt(Math.floor(((v + 1) / 2) * categories));
        else view[i] = name.startsWith("batch") ? (v + 1) / 2 : v * limit;
      });
    },
  };
}

async function programOf(traced: Traced): Promise<Program> {
  const program = await compileProgram({ ...traced, host, seed: 1 });
  open.push(program);
  return program;
}

/** Weights of the reference: `noise` of their name, scaled by the number of inputs. */
function setWeights(program: Program): void {
  for (const [name, values] of program.state) {
    const shape = program.shapes.get(name)!;
    const part = name.split(".").at(-1);
    if (name.startsWith("rule/") || part === "mean" || part === "variance") continue;
    const fan = shape.length === 2 ? shape[0]! : name.startsWith("G") ? shape[0]! * 4 : shape[1]! * 16;
    const scale = part === "weight" ? 1.7 / Math.sqrt(fan) : 0.3;
    values.set(noise(name, values.length).map((v) => (part === "scale" ? 1 : 0) + scale * v));
  }
}

const isRunning = (name: string) => /\.(mean|variance)$/.test(name);
const playerOf = (name: string) => name.slice(0, name.indexOf("."));
const weightsIn = (program: Program) => [...program.state].filter(([name]) => !name.startsWith("rule/"));

interface Case {
  readonly options: Readonly<Record<string, unknown>>;
  readonly losses: readonly (readonly [number, number])[];
  readonly parameters: Readonly<Record<string, number>>;
  readonly along: Readonly<Record<string, number>>;
  readonly running: Readonly<Record<string, number>>;
}
const cases = JSON.parse(
  readFileSync(new URL("../references/infogan.json", import.meta.url), "utf8"),
) as Record<string, Case>;

describe.each(Object.entries(cases))(
  "three steps of %s",
  (_name, { options, losses, parameters, along, running }) => {
    test("are PyTorch's", async () => {
      const traced = trace(optionsOf(options));
      const program = await programOf(traced);
      setWeights(program);
      const names = traced.updates.map(({ name }) => name);
      for (const [step, expected] of losses.entries()) {
        const logged = await program.step(step, step / 3);
        for (const [i, name] of names.entries())
          expect(Math.abs(logged[name]! / expected[i]! - 1), `${name} of step ${step}`).toBeLessThan(1e-4);
      }
      const lengthOf = (player: string, ofRunning: boolean) =>
        Math.sqrt(
          weightsIn(program)
            .filter(([name]) => playerOf(name) === player && isRunning(name) === ofRunning)
            .reduce((sum, [, values]) => sum + values.reduce((s, v) => s + v * v, 0), 0),
        );
      for (const [player, length] of Object.entries(parameters))
        if (length > 0) expect(lengthOf(player, false) / length, player).toBeCloseTo(1, 4);
      for (const [player, product] of Object.entries(along)) {
        if (parameters[player] === 0) continue; // it takes no part
        const found = weightsIn(program)
          .filter(([name]) => playerOf(name) === player && !isRunning(name))
          .reduce((sum, [name, values]) => {
            const direction = noise(`along/${name}`, values.length);
            return sum + values.reduce((s, v, i) => s + v * direction[i]!, 0);
          }, 0);
        expect(Math.abs(found - product) / parameters[player]!, `${player} along noise`).toBeLessThan(1e-4);
      }
      for (const [player, length] of Object.entries(running))
        expect(lengthOf(player, true) / length, `statistics of ${player}`).toBeCloseTo(1, 4);
    });
  },
);

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
    const traced = trace(optionsOf({ ...given, noise: 3 }));
    const moved: string[][] = [];
    for (const update of traced.updates) {
      const program = await programOf({ ...traced, updates: [update] });
      const before = new Map(weightsIn(program).map(([name, values]) => [name, values.join()]));
      await program.step(0, 0);
      const changed = weightsIn(program).filter(([name, values]) => values.join() !== before.get(name));
      const players = (running: boolean) =>
        [
          ...new Set(changed.filter(([name]) => isRunning(name) === running).map(([name]) => playerOf(name))),
        ].toSorted();
      moved.push(players(false));
      // D is a single layer, without statistics of its own.
      expect(players(true)).toEqual(players(false).filter((player) => player !== "D"));
    }
    expect(moved).toEqual(expected);
  });
});

describe("options", () => {
  test.each([
    ["infogan", infogan.options],
    ["training", trainingOptions],
  ])("of %s: each has a description and a default, and is in its own range", (where, schema) => {
    const defaults = parseOptions(schema, {}, where) as Record<string, unknown>;
    for (const [name, option] of Object.entries(schema.shape)) {
      expect(option.description ?? "", name).toMatch(/\w{3}/);
      expect(defaults[name], name).toBeDefined();
    }
    expect(parseOptions(schema, defaults, where)).toEqual(defaults);
  });

  test.each(Object.entries(infogan.presets))("preset %s is a valid setting", (_name, preset) => {
    expect(preset.about).toMatch(/\w+/);
    const options = parseOptions(infogan.options, preset.options ?? {}, "infogan");
    const training = parseOptions(trainingOptions, preset.training ?? {}, "training");
    expect(options).toMatchObject(preset.options ?? {});
    expect(training).toMatchObject(preset.training ?? {});
  });

  test("of the baseline are valid too", () => {
    expect(optionsOf(infogan.baseline!.options).variant).toBe("gan");
  });

  test("out of range are refused with what is allowed", () => {
    expect(() => optionsOf({ categories: 1 })).toThrow("infogan option categories: expected ");
    expect(() => optionsOf({ variant: "wgan" })).toThrow("infogan option variant: expected ");
    expect(() => optionsOf({ catgories: 12 })).toThrow("Did you mean categories?");
  });
});

/** Sides of the pictures D and G meet on the way, from the shapes of a traced step. */
const networkShapes = (side: number, channels = 1) => {
  const networks = infogan.networks(
    { image: { channels, height: side, width: side }, classes: 0 },
    optionsOf(),
  );
  const { G, trunk } = applyNetworks(networks, { training: false });
  const picture = G!(placeholder("latent", [2, latentWidth(infogan.latent(optionsOf()))])) as Tensor;
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
        hint: "Choose a size with --size, such as 28, 32 or 64.",
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
  open.push(model);
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
    open.push(model);
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
    expect(infogan.latent(optionsOf())).toEqual([
      { name: "c1", kind: "categorical", size: 10 },
      { name: "c2", kind: "uniform", size: 1, low: -1, high: 1 },
      { name: "c3", kind: "uniform", size: 1, low: -1, high: 1 },
      { name: "z", kind: "uniform", size: 62, low: -1, high: 1, noise: true },
    ]);
  });
});
