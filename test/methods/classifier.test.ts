import { beforeAll, describe, expect, test } from "vitest";
import { strokes } from "../../src/data/index.js";
import { fill, mean, mul, sub } from "../../src/engine/ops/index.js";
import type { Tensor } from "../../src/engine/tensor.js";
import { type Method, classifier, trainingOptions } from "../../src/methods/index.js";
import { parseOptions } from "../../src/options.js";
import { evaluateModel } from "../../src/run/evaluation.js";
import { judgedScores } from "../../src/run/scores/judged.js";
import { type Model, type Trainer, createModel, createTrainer } from "../../src/train/index.js";
import { expectTwin, held, host, playersMoved, trace, twinsOf } from "./twin.js";
import { toyMethod } from "../toy.js";

const method: Method = classifier;
const optionsOf = (given: object = {}) =>
  parseOptions(classifier.options, { width: 0.25, ...given }, "classifier");
const data = { image: { channels: 1, height: 16, width: 16 }, classes: 4 };

test.each(twinsOf("classifier"))("three steps, %s, are PyTorch's", async (_name, twin) => {
  const { channels = 1, ...options } = twin.options;
  const image = { channels: channels as number, height: 12, width: 12 };
  await expectTwin(trace(method, optionsOf(options), { data: { image, classes: 4 }, batch: 6 }), twin);
});

test.each([0, 1])("its one update moves both networks (augmentation %i)", async (augmentation) => {
  const { moved } = await playersMoved(trace(method, optionsOf({ augmentation }), { data, batch: 8 }));
  expect(moved).toEqual([["F", "P"]]);
});

test("pictures that three poolings would leave nothing of are refused", () => {
  const of = (height: number, width: number) => () =>
    trace(method, optionsOf(), { data: { ...data, image: { channels: 1, height, width } }, batch: 8 });
  expect(of(8, 8)).not.toThrow();
  expect(of(7, 10)).toThrow(
    "classifier: expected pictures of at least 8x8, received 7x10.\n  Choose a size with --size, such as 28 or 32.",
  );
});

describe("trained on strokes for 120 steps", () => {
  let trainer: Trainer;
  let model: Model;
  const drawn = strokes({ seed: 3, size: 16 });
  const few = { train: { ...drawn.train, size: 2000 }, test: { ...drawn.test, size: 1000 } };
  const training = parseOptions(trainingOptions, { steps: 120, batch: 32, averageDecay: 0.9 }, "training");
  beforeAll(async () => {
    trainer = held(await createTrainer({ method, options: optionsOf(), training, data: drawn.train, host }));
    trainer.reset();
    for (let step = 0; step < training.steps; step++) await trainer.step(step);
    model = held(await trainer.model());
  });

  test("names the class of test pictures, far more often than the 10 % of a guess", async () => {
    const { numbers, confusion } = await evaluateModel(model, { data: few }, { seed: 1 });
    expect(numbers["test_error"]).toBeLessThan(0.15);
    expect(confusion?.classes).toEqual(drawn.test.classes);
    // What it learned shows in its hidden layer, beside what the same layer was before and what pixels tell.
    const { knn1_accuracy: knn1 = 0, linear_probe_accuracy: probe = 0 } = numbers;
    expect(knn1).toBeGreaterThan(0.85);
    expect(knn1 - (numbers["knn1_accuracy_untrained"] ?? 1)).toBeGreaterThan(0.05);
    expect(probe).toBeGreaterThan(numbers["linear_probe_accuracy_pca"] ?? 1);
    expect(numbers["retrieval_precision_10"]).toBeGreaterThan(0.7);
    expect(numbers["kmeans_accuracy"]).toBeGreaterThan(0.6);
  });

  describe("as a judge", () => {
    const image = drawn.train.image;
    /** A model that turns pictures by `reconstruct`, and draws what `generate` says. */
    const judged = (reconstruct: (x: Tensor) => Tensor) => {
      const other = toyMethod({
        latent: () => [{ name: "class", kind: "categorical", size: 10 }],
        generate: (_, latent) => mul(fill(1, [latent.shape[0] ?? 1, 1, 16, 16]), mean(latent)),
        features: (_, x) => ({ own: mean(x, [2, 3]) }),
        reconstruct: (_, x) => reconstruct(x),
      });
      const spec = { method: other, options: {}, data: { image, classes: 10 }, host, weights: new Map() };
      return held(createModel(spec));
    };
    const says = (one: Model, judge = model) =>
      judgedScores({ model: one, domains: { data: few }, seed: 1 }, judge);

    test("sees that pictures stay in their class, and that they do not", async () => {
      const same = judged((x) => x);
      const { numbers } = await evaluateModel(same, { data: few }, { seed: 1 });
      expect(numbers["reconstruction_error"]).toBe(0);
      expect(numbers["sharpness"]).toBe(numbers["sharpness_of_data"]);
      expect(numbers["reconstruction_error_of_others"]).toBeGreaterThan(0.05);
      expect((await says(same))["class_kept"]).toBe(1);
      expect((await says(judged((x) => sub(1, x))))["class_kept"]).toBeLessThan(0.5);
    });

    test("sees that grey squares are no digits", async () => {
      const numbers = await says(judged((x) => x));
      expect(numbers["class_accuracy"]).toBeLessThan(0.3);
      const { frechet_distance_500: distance, frechet_floor_500: floor = Infinity } = numbers;
      expect(distance).toBeGreaterThan(10 * floor);
    });

    test("of other pictures is refused, and so is one that draws nothing to be judged", async () => {
      const spec = { ...model.spec, data: { image: { channels: 3, height: 16, width: 16 }, classes: 10 } };
      const colour = { ...model, spec };
      await expect(
        says(
          judged((x) => x),
          colour,
        ),
      ).rejects.toThrow(
        "judge: expected a run that names classes of pictures of 1x16x16, received classifier on 3x16x16",
      );
      await expect(says(model)).rejects.toThrow(
        "classifier: expected a method that generates or reconstructs pictures, received one that never does",
      );
    });
  });
});
