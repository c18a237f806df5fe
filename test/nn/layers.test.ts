import { describe, expect, test } from "vitest";
import { compileProgram } from "../../src/engine/compile/program.js";
import { instantiateKernels } from "../../src/engine/kernels/kernels.js";
import { mean, placeholder } from "../../src/engine/ops/index.js";
import type { Tensor } from "../../src/engine/tensor.js";
import {
  type Layer,
  batchNorm,
  conv2d,
  convTranspose2d,
  dropout,
  embedding,
  gaussianNoise,
  heInitializer,
  linear,
  network,
  normalizedLinear,
  reshapeTo,
  sequential,
  sgd,
  update,
} from "../../src/nn/index.js";
import { expectClose, host, inference, stored, training, valueOf, valuesOf, waves } from "./check.js";

const net = (...layers: Layer[]) => network("net", sequential(...layers));

test.each<[string, Layer, number[], Record<string, number[]>]>([
  ["linear", linear(4), [3, 5], { weight: [5, 4], bias: [4] }],
  [
    "conv2d",
    conv2d(6, 3, { stride: 2, padding: 1, groups: 2 }),
    [2, 4, 7, 6],
    { weight: [6, 2, 3, 3], bias: [6] },
  ],
  [
    "convTranspose2d",
    convTranspose2d(3, 4, { stride: 2, padding: 1 }),
    [2, 4, 3, 4],
    { weight: [4, 3, 4, 4], bias: [3] },
  ],
])("%s is PyTorch's", async (name, layer, shape, shapes) => {
  const one = net(layer);
  const y = one.in(inference)(placeholder("x", shape));
  expect(one.variables.map((v) => [v.name, v.shape])).toEqual(
    Object.entries(shapes).map(([part, size]) => [`net.0.${part}`, size]),
  );
  const feeds = {
    x: waves(shape, 1),
    "net.0.weight": waves(shapes["weight"]!, 2),
    "net.0.bias": waves(shapes["bias"]!, 3),
  };
  expectClose(await valueOf(y, feeds), stored[name]![0]!);
});

test("bias: false leaves the bias out, and weights start as DCGAN's", () => {
  const bias = false;
  const all = net(
    linear(16, { bias }),
    reshapeTo(1, 4, 4),
    conv2d(2, 3, { bias }),
    convTranspose2d(2, 3, { bias }),
  );
  all.in(inference)(placeholder("x", [2, 3]));
  const dcgan = { kind: "normal", mean: 0, deviation: 0.02 };
  expect(all.variables.map((v) => [v.name, v.initializer, v.trainable])).toEqual(
    [0, 2, 3].map((i) => [`net.${i}.weight`, dcgan, true]),
  );
});

test("a start may depend on the number of summed values: He's deviation is sqrt(2 / n)", () => {
  const deviationOf = (layer: Layer, shape: number[]) => {
    const one = net(layer);
    one.in(inference)(placeholder("x", shape));
    return one.variables.map(({ initializer: made }) => made.kind === "normal" && made.deviation)[0];
  };
  const initializer = heInitializer;
  expect(deviationOf(linear(4, { initializer }), [3, 8])).toBeCloseTo(0.5, 12);
  expect(deviationOf(conv2d(6, 2, { initializer, groups: 2 }), [2, 4, 7, 6])).toBeCloseTo(0.5, 12);
});

describe("normalizedLinear", () => {
  const x = placeholder("x", [1, 2]);
  // Columns of the weight: (3, 4) and (0, -2), of lengths 5 and 2.
  const feeds = { x: new Float32Array([1, 2]), "net.0.weight": new Float32Array([3, 0, 4, -2]) };
  const bias = { "net.0.bias": new Float32Array([0, 10]) };

  test("gives every weight vector the same length, whatever it is", async () => {
    const fixed = net(normalizedLinear(2, 10));
    const y = fixed.in(inference)(x);
    expect(fixed.variables.map(({ name }) => name)).toEqual(["net.0.weight", "net.0.bias"]);
    expectClose(await valueOf(y, { ...feeds, ...bias }), [22, -10]);
  });

  test("learned, starts there and has one length per unit", async () => {
    const learned = net(normalizedLinear(2, 10, { learned: true }));
    const y = learned.in(inference)(x);
    const gain = learned.variables.find(({ name }) => name === "net.0.gain")!;
    expect([gain.initializer, gain.trainable]).toEqual([{ kind: "fill", value: 10 }, true]);
    expectClose(await valueOf(y, { ...feeds, ...bias, "net.0.gain": new Float32Array([10, 5]) }), [22, 0]);
  });
});

test("embedding gives a row per class", async () => {
  const y = net(embedding(5, 3)).in(inference)(placeholder("x", [4], "int64"));
  const found = await valueOf(y, {
    x: new BigInt64Array([2n, 0n, 2n, 4n]),
    "net.0.weight": waves([5, 3], 2),
  });
  expectClose(found, stored["embedding"]![0]!, 1e-7);
});

describe.each([
  ["batchNorm pictures", [4, 3, 2, 5]],
  ["batchNorm rows", [6, 3]],
])("%s", (name, shape) => {
  const [first, second, runningMean, runningVariance, inferred] = stored[name]!;
  const norm = net(batchNorm({ momentum: 0.25, epsilon: 1e-4 }));
  const x = placeholder("x", shape);
  const gains = Float32Array.from(waves([3], 2, 0.5), (v) => 1 + v);
  const learned = { "net.0.scale": gains, "net.0.shift": waves([3], 3) };

  test("in training uses the batch's own statistics", async () => {
    const y = norm.in(training())(x);
    for (const [k, expected] of [first!, second!].entries())
      expectClose(await valueOf(y, { x: waves(shape, 1 + k, 2), ...learned }), expected);
  });

  // PyTorch's running variance is unbiased (divided by n - 1), ours is the batch's own (by n).
  test("lets running statistics follow, the variance without Bessel's correction", async () => {
    const mode = training();
    const y = norm.in(mode)(x);
    const program = await compileProgram({
      updates: [update([norm.in(mode)], mean(y), sgd(0))],
      feeds: [
        { tensor: x, fill: ({ view }, { step }) => (view as Float32Array).set(waves(shape, 1 + step, 2)) },
      ],
      host,
      seed: 1,
    });
    const state = (part: string) => [...program.state.get(`net.0.${part}`)!];
    expect([state("mean"), state("variance")]).toEqual([
      [0, 0, 0],
      [1, 1, 1],
    ]);
    for (const step of [0, 1]) await program.step(step, 0);
    expectClose(state("mean"), runningMean!);
    expectClose(state("variance"), runningVariance!);
    program.release();
  });

  test("in inference uses the running statistics", async () => {
    const running = {
      "net.0.mean": new Float32Array(runningMean!),
      "net.0.variance": new Float32Array(runningVariance!),
    };
    expectClose(
      await valueOf(norm.in(inference)(x), { x: waves(shape, 9), ...learned, ...running }),
      inferred!,
    );
  });
});

test("batchNorm without scale and shift has none to learn, and gives what 1 and 0 would", async () => {
  const x = placeholder("x", [6, 3]);
  const plain = net(batchNorm({ affine: false }));
  const learned = net(batchNorm());
  const feeds = {
    x: waves([6, 3], 1, 2),
    "net.0.mean": waves([3], 2),
    "net.0.variance": new Float32Array([0.5, 1, 2]),
    "net.0.scale": new Float32Array(3).fill(1),
    "net.0.shift": new Float32Array(3),
  };
  for (const mode of [training(), inference])
    expectClose(await valueOf(plain.in(mode)(x), feeds), await valueOf(learned.in(mode)(x), feeds));
  expect(plain.variables.map(({ name }) => name)).toEqual(["net.0.mean", "net.0.variance"]);
});

describe("dropout", () => {
  const x = placeholder("x", [40, 50]);
  const ones = new Float32Array(2000).fill(1);
  const dropped = network("drop", sequential(dropout(0.25)));

  /** Three applications in one step, as that step draws them. */
  async function applications(step: number): Promise<number[][]> {
    const mode = training();
    const D = dropped.in(mode);
    const outputs: Record<string, Tensor> = { a: D(x), b: D(x), c: dropped.in(mode)(x) };
    const names = mode.draws.feeds.map(({ tensor }) => tensor.node.attributes["name"] as string);
    expect(new Set(names).size).toBe(3);
    const memory = new WebAssembly.Memory({ initial: 4 });
    const kernels = instantiateKernels(memory);
    const masks = mode.draws.feeds.map(({ fill }) => {
      const view = new Float32Array(memory.buffer, 65536, 2000);
      fill({ view, kernels, seed: 1 }, { step, progress: 0, repetition: 0 });
      return view.slice();
    });
    const found = await valuesOf(outputs, {
      x: ones,
      ...Object.fromEntries(names.map((n, i) => [n, masks[i]!])),
    });
    return [found["a"]!, found["b"]!, found["c"]!];
  }

  test("drops its share in training and scales up the rest", async () => {
    const [a] = await applications(0);
    const kept = a!.filter((v) => v !== 0);
    expect(kept.every((v) => v === Math.fround(1 / 0.75))).toBe(true);
    expect(kept.length / 2000).toBeCloseTo(0.75, 1);
  });

  test("draws a mask of its own at every application and every step", async () => {
    const masks = [...(await applications(0)), ...(await applications(1))].map((m) => m.join());
    expect(new Set(masks).size).toBe(6);
  });

  test("is gone in inference", () => {
    expect(dropped.in(inference)(x)).toBe(x);
  });

  test("two in one network draw two masks", () => {
    const mode = training();
    network("twice", sequential(dropout(0.5), dropout(0.5))).in(mode)(x);
    expect(mode.draws.feeds).toHaveLength(2);
  });
});

test("gaussianNoise adds a draw of its own at every application, and nothing in inference", () => {
  const x = placeholder("x", [3, 4]);
  const noisy = network("noisy", sequential(gaussianNoise(0.3)));
  const mode = training();
  const [a, b] = [noisy.in(mode)(x), noisy.in(mode)(x)];
  expect(mode.draws.feeds.map(({ tensor }) => tensor.shape)).toEqual([
    [3, 4],
    [3, 4],
  ]);
  expect(a).not.toBe(b);
  expect(noisy.in(inference)(x)).toBe(x);
  expect(noisy.in({ ...training(), masks: false })(x)).toBe(x);
});

test("reshapeTo keeps the batch", () => {
  expect(net(reshapeTo(2, 3)).in(inference)(placeholder("x", [4, 6])).shape).toEqual([4, 2, 3]);
});
