import { describe, expect, test } from "vitest";
import { type Dataset, strokes } from "../../src/data/index.js";
import { OptionError } from "../../src/errors.js";
import { type Method, trainingOptions, triplegan } from "../../src/methods/index.js";
import { parseOptions } from "../../src/options.js";
import { evaluateModel } from "../../src/run/evaluation.js";
import { createModel, createTrainer, drawLatents, latentOf } from "../../src/train/index.js";
import { expectTwin, held, host, playersMoved, programOf, trace as traceStep, twinsOf } from "./twin.js";

const method: Method = triplegan;
const optionsOf = (given: object = {}) =>
  parseOptions(triplegan.options, { width: 0.05, noise: 5, ...given }, "triplegan");
const data = { image: { channels: 1, height: 12, width: 12 }, classes: 3 };
const trace = (given: object = {}, { batch = 4, shape = data } = {}) =>
  traceStep(method, optionsOf(given), { data: shape, batch, integers: shape.classes });

test.each(twinsOf("triplegan"))("three steps of %s are PyTorch's", async (_name, twin) => {
  await expectTwin(trace(twin.options), twin);
});

describe("an update moves its players and nothing else", () => {
  test.each<[string, object, string[][]]>([
    ["triplegan", {}, [["D"], ["C"], ["G"]]],
    ["course", { recipe: "course" }, [["D"], ["C"], ["G"]]],
    ["an output per class", { conditioning: "outputs", consistency: 1 }, [["D"], ["C"], ["G"]]],
    ["no-gan", { variant: "no-gan" }, [["C"]]],
    ["supervised", { variant: "supervised" }, [["C"]]],
  ])("%s", async (_name, given, expected) => {
    const { moved, followed } = await playersMoved(trace(given));
    expect(moved).toEqual(expected);
    // D has no statistics to follow.
    expect(followed).toEqual(expected.map((players) => players.filter((player) => player !== "D")));
  });
});

test("D and G wait until C has learned alone; then all three log", async () => {
  const program = await programOf(trace({ pretraining: 0.5 }));
  const weightOf = (name: string) => program.state.get(name)!.slice();
  const before = ["D.0.1.weight", "G.0.0.weight"].map(weightOf);
  const alone = ["classifier_loss", "labelled_loss", "confidence", "generated_loss"];
  expect(Object.keys(await program.step(0, 0))).toEqual(alone);
  expect(Object.keys(await program.step(1, 1 / 3))).toEqual(alone);
  expect(["D.0.1.weight", "G.0.0.weight"].map(weightOf)).toEqual(before);
  expect(Object.keys(await program.step(2, 2 / 3))).toEqual([
    "discriminator_loss",
    "d_true",
    "d_classified",
    "d_generated",
    ...alone,
    "generator_loss",
  ]);
  expect(weightOf("D.0.1.weight")).not.toEqual(before[0]);
});

test("C's loss is what stands in it: of the paper's terms only those whose time has come", async () => {
  const given = {
    entropy: 0,
    balance: 0,
    alphaPFrom: 0.5,
    adversarialFrom: 0.7,
    adversarialWeight: 1,
    ramp: 0.2,
  };
  const program = await programOf(trace({ ...given, alphaP: 2, learningRateC: 1e-12 }));
  const rest = async (step: number, progress: number) => {
    const { classifier_loss, labelled_loss, generated_loss } = await program.step(step, progress);
    return { rest: classifier_loss! - labelled_loss!, generated: generated_loss! };
  };
  expect((await rest(0, 0.5)).rest).toBeCloseTo(0, 5);
  const halfway = await rest(1, 0.6);
  expect(halfway.rest / halfway.generated).toBeCloseTo(1, 4);
  const late = await rest(2, 0.9);
  // softplus(-D) is positive, and about log 2 while D knows nothing.
  expect(late.rest - 2 * late.generated).toBeGreaterThan(0.3);
  expect(late.rest - 2 * late.generated).toBeLessThan(1.5);
});

describe("a trained model", () => {
  test("makes pictures of the class asked for, names classes, and gives what C holds of a picture", async () => {
    const options = optionsOf();
    const shape = { image: { channels: 3, height: 16, width: 20 }, classes: 4 };
    const program = await programOf(trace({}, { shape }));
    await program.step(0, 0);
    const model = held(createModel({ method, options, data: shape, host, weights: program.memory(false) }));
    expect(latentOf({ method, options, data: shape })).toEqual([
      { name: "class", kind: "categorical", size: 4 },
      { name: "z", kind: "uniform", size: 5, low: 0, high: 1, noise: true },
    ]);
    const latents = drawLatents(model.latent, 6, 1, "test");
    const pictures = await model.generate(latents);
    expect(pictures.length).toBe(6 * 3 * 16 * 20);
    expect(Math.min(...pictures)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...pictures)).toBeLessThanOrEqual(1);
    const other = latents.slice();
    other.set([0, 0, 0, 1], 0);
    other.set([1, 0, 0, 0], 9);
    const changed = await model.generate(other);
    expect(changed.slice(0, 960)).not.toEqual(pictures.slice(0, 960));
    const { class: classes, hidden, ...rest } = await model.features(pictures);
    expect(rest).toEqual({});
    expect([classes!.width, hidden!.width]).toEqual([4, 6]);
    for (let i = 0; i < 6; i++)
      expect(classes!.data.subarray(4 * i, 4 * i + 4).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
  });

  test("needs pictures that two poolings leave something of", () => {
    const shape = { image: { channels: 1, height: 10, width: 12 }, classes: 3 };
    expect(() => triplegan.networks(shape, optionsOf())).toThrow(
      new OptionError({
        where: "triplegan",
        expected: "pictures of at least 12x12",
        received: "10x12",
        hint: "Choose a size with --size, such as 28 or 32.",
      }),
    );
  });
});

describe("options", () => {
  test.each(Object.entries(triplegan.presets))("preset %s is a valid setting", (_name, preset) => {
    expect(optionsOf(preset.options)).toMatchObject(preset.options ?? {});
    expect(parseOptions(trainingOptions, preset.training ?? {}, "training")).toMatchObject(
      preset.training ?? {},
    );
  });
});

/** 2,000 drawn digits, of which the first `labels` of every class have one. */
function fewLabels(labels: number): Dataset {
  const { train } = strokes({ seed: 3, size: 16 });
  const size = 2000;
  const kept = new Map<number, number>();
  const count = new Map<number, number>();
  for (let i = 0; i < size; i++) {
    const label = train.label(i);
    const before = count.get(label) ?? 0;
    if (before < labels) kept.set(i, label);
    count.set(label, before + 1);
  }
  return { ...train, size, label: (i) => kept.get(i) ?? -1 };
}

/** Error on 1,000 test pictures after a short training. */
async function testError(given: object, steps: number): Promise<number> {
  const drawn = strokes({ seed: 3, size: 16 });
  const training = parseOptions(trainingOptions, { steps, batch: 20, averageDecay: 0.97 }, "training");
  const options = optionsOf({ ...triplegan.presets["quick"]!.options, width: 0.25, noise: 20, ...given });
  const spec = { method, options, training, data: fewLabels(2), host };
  const trainer = held(await createTrainer(spec));
  trainer.reset();
  for (let step = 0; step < steps; step++) await trainer.step(step);
  const test = { ...drawn.test, size: 1000 };
  const model = held(await trainer.model());
  const { numbers } = await evaluateModel(model, { data: { train: drawn.train, test } }, 1);
  return numbers["test_error"]!;
}

test("with two labels a class, unlabelled and generated pictures leave far fewer errors than the labels alone", async () => {
  const t0 = Date.now();
  const three = await testError({}, 200);
  const t1 = Date.now();
  const supervised = await testError({ variant: "supervised" }, 200);
  console.log({ three, supervised, s3: t1 - t0, s1: Date.now() - t1 });
});
