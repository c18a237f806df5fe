import { expect, test } from "vitest";
import { grad } from "../../src/engine/autodiff.js";
import { instantiateKernels } from "../../src/engine/kernels/kernels.js";
import { constant, mul, placeholder, sum } from "../../src/engine/ops/index.js";
import { Draws } from "../../src/engine/draws.js";
import { type Tensor, count } from "../../src/engine/tensor.js";
import { randomAffine } from "../../src/nn/index.js";
import { expectClose, stored, valueOf, valuesOf, waves } from "./check.js";

const none = { rotation: 0, shear: 0, scale: 0, shift: 0 };

test("randomAffine and its gradient are PyTorch's affine_grid and grid_sample for the same draws", async () => {
  const shape = [5, 2, 9, 12];
  const x = placeholder("x", shape);
  const ranges = { rotation: 25, shear: 0.4, scale: 0.3, shift: 2.5 };
  const y = randomAffine(x, new Draws(), "view", ranges);
  const [dx] = grad(sum(mul(y, constant([...waves(shape, 2)], shape))), [x]);
  const draw = (what: string, seed: number, limit: number) =>
    [`draw/view/${what}`, waves([5], seed, limit)] as const;
  const found = await valuesOf(
    { y, dx: dx! },
    {
      x: waves(shape, 1),
      ...Object.fromEntries([
        draw("rotation", 11, (25 * Math.PI) / 180),
        draw("shear", 12, 0.4),
        draw("scale x", 13, 0.3),
        draw("scale y", 14, 0.3),
        draw("shift x", 15, (2 * 2.5) / 12),
        draw("shift y", 16, (2 * 2.5) / 9),
      ]),
    },
  );
  const [expected, gradient] = stored["randomAffine"]!;
  expectClose(found["y"]!, expected!, 2e-5);
  expectClose(found["dx"]!, gradient!, 2e-5);
});

/** The picture under the draws that the kernels make. */
async function drawn(x: Tensor, values: Float32Array, ranges: typeof none): Promise<number[]> {
  const draws = new Draws();
  const y = randomAffine(x, draws, "view", ranges);
  const memory = new WebAssembly.Memory({ initial: 8 });
  const kernels = instantiateKernels(memory);
  const feeds = draws.feeds.map(({ tensor, fill }) => {
    const view = new Float32Array(memory.buffer, 65536, count(tensor.shape));
    fill({ view, kernels, seed: 4 }, { step: 0, progress: 0, repetition: 0 });
    return [tensor.node.attributes["name"] as string, view.slice()] as const;
  });
  return valueOf(y, { x: values, ...Object.fromEntries(feeds) });
}

test("without ranges the picture stays as it is", async () => {
  const shape = [3, 2, 6, 5];
  expectClose(await drawn(placeholder("x", shape), waves(shape, 1), none), [...waves(shape, 1)]);
});

test("shifts lie evenly in their range of pixels, in both directions alike", async () => {
  const [n, height, width, shift] = [4000, 11, 15, 3];
  const dots = new Float32Array(n * height * width);
  for (let i = 0; i < n; i++) dots[(i * height + 5) * width + 7] = 1;
  const y = await drawn(placeholder("x", [n, 1, height, width]), dots, { ...none, shift });
  const density = new Float32Array(height * width);
  y.forEach((v, i) => (density[i % density.length]! += v / n));
  const moment = (f: (x: number, y: number) => number) =>
    density.reduce((s, v, i) => s + v * f((i % width) - 7, Math.floor(i / width) - 5), 0);
  expect(moment(() => 1)).toBeCloseTo(1, 3);
  expect(Math.abs(moment((a) => a))).toBeLessThan(0.1);
  expect(Math.abs(moment((_a, b) => b))).toBeLessThan(0.1);
  expect(Math.abs(moment((a, b) => a * b))).toBeLessThan(0.2);
  // U(-3, 3) has variance 3, and bilinear reading adds 1/6 on average.
  expect(Math.abs(moment((a) => a * a) - (3 + 1 / 6))).toBeLessThan(0.2);
  expect(Math.abs(moment((_a, b) => b * b) - (3 + 1 / 6))).toBeLessThan(0.2);
});

test("pictures of a batch are seen each in its own way", async () => {
  const one = waves([1, 1, 8, 8], 1);
  const four = new Float32Array(4 * 64).map((_, i) => one[i % 64]!);
  const y = await drawn(placeholder("x", [4, 1, 8, 8]), four, { ...none, rotation: 20 });
  expect(new Set([0, 1, 2, 3].map((i) => y.slice(64 * i, 64 * i + 64).join())).size).toBe(4);
});
