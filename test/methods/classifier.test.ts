import { expect, test } from "vitest";
import { strokes } from "../../src/data/index.js";
import { classifier, type Method, trainingOptions } from "../../src/methods/index.js";
import { parseOptions } from "../../src/options.js";
import { evaluateModel } from "../../src/run/evaluation.js";
import { createTrainer } from "../../src/train/index.js";
import { held, host, playersMoved, trace } from "./twin.js";

const method: Method = classifier;
const optionsOf = (given: object = {}) =>
  parseOptions(classifier.options, { width: 0.25, ...given }, "classifier");
const data = { image: { channels: 1, height: 16, width: 16 }, classes: 4 };

test.each([0, 1])("its one update moves both networks (augmentation %i)", async (augmentation) => {
  const { moved } = await playersMoved(trace(method, optionsOf({ augmentation }), { data, batch: 8 }));
  expect(moved).toEqual([["F", "P"]]);
});

test("learns to read strokes: far fewer errors on test pictures than the 90 % of a guess", async () => {
  const drawn = strokes({ seed: 3, size: 16 });
  const training = parseOptions(trainingOptions, { steps: 120, batch: 32, averageDecay: 0.9 }, "training");
  const trainer = held(
    await createTrainer({ method, options: optionsOf(), training, data: drawn.train, host }),
  );
  trainer.reset();
  for (let step = 0; step < training.steps; step++) await trainer.step(step);
  const model = held(await trainer.model());
  const few = { ...drawn, test: { ...drawn.test, size: 1000 } };
  const { numbers, confusion } = await evaluateModel(model, { data: few }, 1);
  expect(Object.keys(numbers)).toEqual(["test_error"]);
  expect(numbers["test_error"]).toBeLessThan(0.15);
  expect(confusion?.classes).toEqual(drawn.test.classes);
});
