import { afterAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { mul, relu, reshape } from "../../src/engine/ops/index.js";
import type { Tensor } from "../../src/engine/tensor.js";
import { DataError } from "../../src/errors.js";
import { type Method, defineMethod } from "../../src/methods/index.js";
import { batchNorm, dropout, linear, network, sequential } from "../../src/nn/index.js";
import { createModel, drawLatents } from "../../src/train/index.js";
import { latentOf, recalibrate } from "../../src/train/model.js";
import { wave } from "../engine/cases/reference.js";
import { bytesOf, copyOf, critics, fewStrokes, host, trainerOf, trainingOf } from "./parts.js";

const open: { release(): void }[] = [];
afterAll(() => open.forEach((one) => one.release()));

const data = { image: { channels: 1, height: 2, width: 3 }, classes: 0 };
/** One layer with statistics in each direction. */
const layers: Method = defineMethod({
  name: "layers",
  about: "for tests",
  reference: "none",
  options: z.strictObject({}),
  presets: {},
  networks: () => ({
    G: network("G", sequential(linear(6), batchNorm(), relu)),
    E: network("E", sequential(linear(4), batchNorm())),
  }),
  step: () => [],
  latent: () => [{ name: "z", kind: "normal", size: 2 }],
  generate: ({ G }, latent) => reshape(G(latent), [latent.shape[0] ?? 1, 1, 2, 3]),
  features: ({ E }, x) => ({ e: E(reshape(x, [x.shape[0] ?? 1, 6])) }),
});

const shapes: Record<string, number[]> = {
  "G.0.weight": [2, 6],
  "G.0.bias": [6],
  "G.1.scale": [6],
  "G.1.shift": [6],
  "G.1.mean": [6],
  "G.1.variance": [6],
  "E.0.weight": [6, 4],
  "E.0.bias": [4],
  "E.1.scale": [4],
  "E.1.shift": [4],
  "E.1.mean": [4],
  "E.1.variance": [4],
};
const weights = new Map(
  Object.entries(shapes).map(([name, shape], k) => [
    name,
    new Float32Array(
      wave(
        shape.reduce((a, b) => a * b),
        k,
      ),
    ).map((v) => (name.endsWith("variance") ? v * v + 1 : v)),
  ]),
);
const spec = { method: layers, options: {}, data, host, weights };

/** Mean and variance of every column of x W + b, averaged over batches. */
function statistics(rows: Float32Array, player: "G" | "E", batches: number) {
  const [n = 0, m = 0] = shapes[`${player}.0.weight`]!;
  const [w, b] = [weights.get(`${player}.0.weight`)!, weights.get(`${player}.0.bias`)!];
  const count = rows.length / n;
  const out = Array.from({ length: count }, (_, r) =>
    Array.from(
      { length: m },
      (_, j) =>
        b[j]! + Array.from({ length: n }, (_, i) => rows[r * n + i]! * w[i * m + j]!).reduce((s, v) => s + v),
    ),
  );
  const size = count / batches;
  const columns = Array.from({ length: m }, (_, j) =>
    Array.from({ length: batches }, (_, k) => {
      const values = out.slice(k * size, (k + 1) * size).map((row) => row[j]!);
      const mean = values.reduce((s, v) => s + v) / size;
      return { mean, variance: values.reduce((s, v) => s + (v - mean) ** 2, 0) / size };
    }),
  );
  const average = (part: "mean" | "variance") =>
    columns.map((all) => all.reduce((s, one) => s + one[part], 0) / batches);
  return { mean: average("mean"), variance: average("variance") };
}

const close = (values: readonly number[]) => values.map((v) => expect.closeTo(v, 4) as number);

describe("recalibrate", () => {
  const pictures = (n: number) => new Float32Array(wave(6 * n, 0.5));

  test.each([
    ["whole batches", 12, 4, 3],
    ["one batch and a rest, which is left out", 7, 5, 1],
    ["fewer pictures than a batch", 5, 500, 1],
  ])("makes each layer's statistics anew: %s", async (_name, n, batch, rounds) => {
    const found = await recalibrate(spec, pictures(n), 9, batch);
    const used = Math.min(n, batch) * rounds;
    const real = statistics(pictures(n).subarray(0, 6 * used), "E", rounds);
    expect([...(found.get("E.1.mean") as Float32Array)]).toEqual(close(real.mean));
    expect([...(found.get("E.1.variance") as Float32Array)]).toEqual(close(real.variance));
    const drawn = drawLatents(
      latentOf({ method: layers, options: {}, data: spec.data }),
      batch * rounds,
      9,
      "recalibrate",
    );
    const made = statistics(drawn, "G", rounds);
    expect([...(found.get("G.1.mean") as Float32Array)]).toEqual(close(made.mean));
    expect([...(found.get("G.1.variance") as Float32Array)]).toEqual(close(made.variance));
  });

  test("leaves weights where they are and does not write what it was given", async () => {
    const before = copyOf(weights);
    const found = await recalibrate(spec, pictures(12), 9, 4);
    expect(bytesOf(weights)).toEqual(bytesOf(before));
    for (const [name, values] of found)
      if (!/mean|variance/.test(name)) expect(values).toBe(weights.get(name));
  });
});

test("recalibrate believes a method that says what its networks meet, and repeats pictures where there are few", async () => {
  const saying: Method = {
    ...layers,
    calibrate: ({ E, G }, { x, latent }) => [
      E!(reshape(x, [x.shape[0] ?? 1, 6])) as Tensor,
      G!(mul(3, latent)) as Tensor,
    ],
  };
  const pictures = new Float32Array(wave(6 * 4, 0.5));
  const found = await recalibrate({ ...spec, method: saying }, pictures, 9, 12);
  const real = statistics(pictures, "E", 1);
  expect([...(found.get("E.1.mean") as Float32Array)]).toEqual(close(real.mean));
  expect([...(found.get("E.1.variance") as Float32Array)]).toEqual(close(real.variance));
  const latents = drawLatents(
    latentOf({ method: layers, options: {}, data: spec.data }),
    12,
    9,
    "recalibrate",
  );
  const made = statistics(latents.map((v) => 3 * v), "G", 1); // prettier-ignore
  expect([...(found.get("G.1.mean") as Float32Array)]).toEqual(close(made.mean));
  expect([...(found.get("G.1.variance") as Float32Array)]).toEqual(close(made.variance));
});

test("recalibrate meets what inference meets: dropout is off", async () => {
  const dropping: Method = {
    ...layers,
    networks: () => ({
      ...layers.networks(data, {}),
      E: network("E", sequential(linear(4), batchNorm(), dropout(0.9), linear(2), batchNorm())),
    }),
  };
  const more = new Map<string, Float32Array>([
    ...weights,
    ["E.3.weight", new Float32Array(wave(8, 1))],
    ["E.3.bias", new Float32Array([1, 2])],
    ["E.4.scale", new Float32Array([1, 1])],
    ["E.4.shift", new Float32Array(2)],
    ["E.4.mean", new Float32Array(2)],
    ["E.4.variance", new Float32Array([1, 1])],
  ]);
  const pictures = new Float32Array(wave(6 * 12, 0.5));
  const found = await recalibrate({ ...spec, method: dropping, weights: more }, pictures, 9, 12);
  const { e } = await recalibratedFeatures({ ...spec, method: dropping, weights: found }, pictures);
  for (const j of [0, 1]) {
    const values = [...e!.data].filter((_, i) => i % 2 === j);
    const mean = values.reduce((s, v) => s + v, 0) / 12;
    expect(mean).toBeCloseTo(0, 4);
    expect(values.reduce((s, v) => s + (v - mean) ** 2, 0) / 12).toBeCloseTo(1, 3);
  }
});

async function recalibratedFeatures(spec: Parameters<typeof createModel>[0], pictures: Float32Array) {
  const model = createModel(spec);
  open.push(model);
  return model.features(pictures);
}

describe("a model", () => {
  const model = createModel(spec);
  open.push(model);

  test("gives the same rows whatever stands beside them", async () => {
    const x = new Float32Array(wave(6 * 450, 0.1));
    const { e } = await model.features(x);
    expect([e!.width, e!.data.length]).toEqual([4, 1800]);
    for (const row of [0, 199, 200, 449]) {
      const { e: alone } = await model.features(x.subarray(6 * row, 6 * row + 6));
      expect([...alone!.data]).toEqual(close([...e!.data.subarray(4 * row, 4 * row + 4)]));
    }
  });

  test("of no rows gives none", async () => {
    expect(await model.generate(new Float32Array())).toEqual(new Float32Array());
  });

  test("refuses rows that are not whole", async () => {
    await expect(model.generate(new Float32Array(5))).rejects.toThrow(
      new DataError({ where: "latent", expected: "rows of 2 values", received: "5 values" }),
    );
  });

  test("without features says that the method has no encoder", async () => {
    const rest = { ...layers };
    delete rest.features;
    const blind = createModel({ ...spec, method: rest });
    open.push(blind);
    await expect(blind.features(new Float32Array(6))).rejects.toThrow(
      "layers: expected a method that trains an encoder, received one that never does.",
    );
    expect((await blind.generate(new Float32Array(2))).length).toBe(6);
  });
});

test("a trainer's model reads averaged weights, statistics made anew, and does not disturb training", async () => {
  const training = trainingOf({ steps: 6, averageDecay: 0.5 });
  const set = fewStrokes(40);
  const [watched, alone] = await Promise.all([1, 2].map(() => trainerOf(critics, {}, training, set)));
  for (let step = 0; step < 4; step++) {
    await watched!.step(step);
    await alone!.step(step);
    const model = await watched!.model();
    await model.generate(new Float32Array(8));
    expect(model.spec.weights.get("G.0.weight")).toBe(watched!.state.get("average/G.0.weight"));
    expect(model.spec.weights.get("G.1.mean")).not.toBe(watched!.state.get("G.1.mean"));
    model.release();
  }
  expect(bytesOf(watched!.state)).toEqual(bytesOf(alone!.state));
});

describe("drawLatents", () => {
  const parts = [
    { name: "c", kind: "categorical", size: 3 },
    { name: "u", kind: "uniform", size: 2, low: -1, high: 3 },
    { name: "n", kind: "normal", size: 1 },
  ] as const;
  const rows = drawLatents(parts, 3000, 1, "a");
  const column = (j: number) => [...rows].filter((_, i) => i % 6 === j);
  const mean = (values: readonly number[]) => values.reduce((s, v) => s + v, 0) / values.length;

  test("draws every part from its prior", () => {
    for (const j of [0, 1, 2]) expect(mean(column(j))).toBeCloseTo(1 / 3, 1);
    for (let i = 0; i < 3000; i++) expect(rows[6 * i]! + rows[6 * i + 1]! + rows[6 * i + 2]!).toBe(1);
    for (const j of [3, 4]) {
      expect([Math.min(...column(j)), Math.max(...column(j))]).toEqual([
        expect.closeTo(-1, 1),
        expect.closeTo(3, 1),
      ]);
      expect(Math.abs(mean(column(j)) - 1)).toBeLessThan(0.1);
    }
    expect(mean(column(5).map((v) => v * v))).toBeCloseTo(1, 0);
  });

  test("is a function of seed and name, and its rows do not depend on how many there are", () => {
    expect(drawLatents(parts, 10, 1, "a")).toEqual(rows.slice(0, 60));
    expect(drawLatents(parts, 10, 2, "a")).not.toEqual(rows.slice(0, 60));
    expect(drawLatents(parts, 10, 1, "b")).not.toEqual(rows.slice(0, 60));
  });
});
