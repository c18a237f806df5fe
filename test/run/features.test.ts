import { expect, test } from "vitest";
import { keepLabels, labelled, pictures, readPictures, strokes } from "../../src/data/index.js";
import { add, flatten, mean, mul, reshape, sub } from "../../src/engine/ops/index.js";
import type { Tensor } from "../../src/engine/tensor.js";
import { hostRandom } from "../../src/engine/random.js";
import { nodeHost } from "../../src/engine/runtime/node.js";
import {
  applyPca,
  clusterAccuracy,
  confusion,
  fitPca,
  kMeans,
  knnAccuracy,
  nmi,
  retrievalPrecision,
} from "../../src/evaluate/index.js";
import { featureScores } from "../../src/run/scores/features.js";
import { readFirst } from "../../src/run/scores/reading.js";
import { reconstructionScores } from "../../src/run/scores/reconstructions.js";
import { columns, linear, network, sequential, sgd, update } from "../../src/nn/index.js";
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

test("retrieval and clusters are of the feature, and beside it of pixels, their components and the encoder before its training", async () => {
  const { train, test: held } = strokes({ size: 16 });
  const data = { train: { ...train, size: 200 }, test: { ...held, size: 100 } };
  // What N holds of a picture: three numbers, others before its training than in the model.
  const method = toyMethod({
    networks: () => ({ N: network("N", sequential(flatten, linear(3))) }),
    step: ({ N }, { batch }) => [update([N!], mean(N!(batch().x)), sgd(1e-9), { name: "loss" })],
    features: ({ N }, x) => ({ some: N!(x) }),
  });
  const weights = new Map([
    ["N.1.weight", Float32Array.from({ length: 768 }, (_, i) => Math.sin(i))],
    ["N.1.bias", new Float32Array(3)],
  ]);
  const shape = { image: train.image, classes: 10 };
  const model = createModel({ method, options: {}, data: shape, host, weights });
  const source = await readFirst(model, data.test, 100);
  const { numbers } = await featureScores({ model, domains: { data }, source, seed: 1 });
  model.release();
  const some = { data: source.features["some"]!.data, n: 100, width: 3 };
  const pixels = (set: typeof train, n: number) => ({ data: readPictures(set, n).images, n, width: 256 });
  const tested = pixels(data.test, 100);
  const components = await applyPca(await fitPca(pixels(data.train, 200), 3, host), tested, host);
  for (const [ending, matrix] of [
    ["", some] as const,
    ["_pixels", tested] as const,
    ["_pca", components] as const,
  ]) {
    const retrieved = await retrievalPrecision(matrix, source.labels, host, { k: 10 });
    expect(numbers[`retrieval_precision_10${ending}`]).toBeCloseTo(retrieved, 6);
    const random = hostRandom(1, "k-means").uniform;
    const { assignment } = await kMeans(matrix, 10, random, host, { starts: 3 });
    const table = confusion(assignment, source.labels, 10, 10);
    expect(numbers[`kmeans_nmi${ending}`]).toBeCloseTo(nmi(table), 6);
    expect(numbers[`kmeans_accuracy${ending}`]).toBeCloseTo(clusterAccuracy(table).value, 6);
  }
  const endings = ["", "_pixels", "_pca", "_untrained"];
  expect(new Set(endings.map((ending) => numbers[`retrieval_precision_10${ending}`])).size).toBe(4);
});

test("principal components of fewer pictures than a feature has numbers are as many as the pictures have directions", async () => {
  const random = hostRandom(1, "pictures").uniform;
  // Dark and bright pictures, half of them twice: any sound feature tells them apart.
  const level = (i: number) => 80 + 60 * (i % 2);
  const noisy = Array.from({ length: 10 }, (_, i) =>
    Array.from({ length: 64 }, () => level(i) + 80 * random()),
  );
  const part = (rows: readonly number[][]) =>
    pictures({
      name: "dots",
      image: { channels: 1, height: 8, width: 8 },
      pixels: Uint8Array.from(rows.flat()),
      labels: rows.map((_, i) => i % 2),
      classes: ["dark", "bright"],
      preprocessing: "none",
    });
  const data = { train: part([...noisy, ...noisy]), test: part(noisy.map((row) => row.map((v) => v + 5))) };
  const method = toyMethod({
    networks: () => ({ N: network("N", sequential(flatten, linear(1))) }),
    step: ({ N }, { batch }) => [update([N!], mean(N!(batch().x)), sgd(1e-9), { name: "loss" })],
    features: (_, x) => ({ some: columns(flatten(x), 0, 40) }),
  });
  const shape = { image: data.train.image, classes: 2 };
  const model = createModel({ method, options: {}, data: shape, host, weights: new Map() });
  const source = await readFirst(model, data.test, 10);
  const { numbers } = await featureScores({ model, domains: { data }, source, seed: 1 });
  model.release();
  expect(numbers["linear_probe_accuracy_pca"]).toBe(1);
});

test("latent vectors there and back: no error of a true inverse, the prior's variance where nothing is read", async () => {
  const data = strokes({ size: 16 });
  const errorOf = async (read: (x: Tensor) => Tensor) => {
    const method = toyMethod({
      latent: () => [{ name: "z", size: 256, kind: "uniform", low: -1, high: 1 }],
      generate: (_, z) => reshape(mul(0.5, add(z, 1)), [-1, 1, 16, 16]),
      features: (_, x) => ({ z: read(flatten(x)) }),
      reconstruct: (_, x) => x,
    });
    const shape = { image: data.train.image, classes: 10 };
    const model = createModel({ method, options: {}, data: shape, host, weights: new Map() });
    const source = await readFirst(model, data.test, 10);
    const { numbers } = await reconstructionScores({ model, domains: { data }, source, seed: 1 });
    model.release();
    return numbers["latent_error"];
  };
  expect(await errorOf((x) => sub(mul(2, x), 1))).toBeLessThan(1e-12);
  // 1/3 for U(-1, 1), of 256,000 draws.
  expect(await errorOf((x) => mul(0, x))).toBeCloseTo(1 / 3, 2);
});
