import { expect, test } from "vitest";
import { keepLabels, labelled, readPictures, strokes } from "../../src/data/index.js";
import { flatten, mean } from "../../src/engine/ops/index.js";
import { nodeHost } from "../../src/engine/runtime/node.js";
import { knnAccuracy } from "../../src/evaluate/index.js";
import { featureScores } from "../../src/run/scores/features.js";
import { readFirst } from "../../src/run/scores/reading.js";
import { linear, network, sequential, sgd, update } from "../../src/nn/index.js";
import { createModel } from "../../src/train/index.js";
import { toyMethod } from "../toy.js";

const host = nodeHost({ threads: 1 });

test("with few labels, all of them are read, wherever in the set they lie", async () => {
  const { train, test: held } = strokes({ size: 16 });
  const few = { train: keepLabels(train, 20), test: { ...held, size: 60 } };
  expect(Math.max(...(few.train.labelled ?? []))).toBeGreaterThan(5000);
  const method = toyMethod({
    networks: () => ({ N: network("N", sequential(flatten, linear(1))) }),
    step: ({ N }, { batch }) => [update([N!], mean(N!(batch().x)), sgd(1e-9), { name: "loss" })],
    features: (_, x) => ({ pixels: flatten(x) }),
  });
  const model = createModel({
    method,
    options: {},
    data: { image: train.image, classes: 10 },
    host,
    weights: new Map(),
  });
  const source = await readFirst(model, few.test, 60);
  const { numbers, unconverged } = await featureScores({ model, domains: { data: few }, source, seed: 1 });
  model.release();
  const known = labelled(few.train);
  const matrix = (images: Float32Array) => ({ data: images, n: images.length / 256, width: 256 });
  const expected = await knnAccuracy(
    {
      train: matrix(readPictures(known, 20).images),
      trainLabels: Array.from({ length: 20 }, (_, i) => known.label(i)),
      test: matrix(readPictures(few.test, 60).images),
      testLabels: source.labels,
    },
    host,
  );
  expect(numbers["knn1_accuracy"]).toBe(expected);
  expect(numbers["knn1_accuracy_pixels"]).toBe(expected);
  expect(expected).toBeGreaterThan(0.3);
  expect(unconverged).toEqual([]);
});
