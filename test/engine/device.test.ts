import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { compile } from "../../src/engine/compile/compile.js";
import { compileProgram } from "../../src/engine/compile/program.js";
import * as g from "../../src/engine/ops/index.js";
import type { Host } from "../../src/engine/runtime/host.js";
import { nodeHost } from "../../src/engine/runtime/node.js";
import { OrtResident, lackingOnWebgpu } from "../../src/engine/runtime/ort.js";
import { EngineError } from "../../src/errors.js";
import { sgd } from "../../src/nn/index.js";
import { type Trainer, createTrainer } from "../../src/train/index.js";
import { bytesOf, copyOf, critics, fewStrokes, restore, trainingOf } from "../train/parts.js";

// A host with memory of its own, played by the processor: what stays on it are tensors of ONNX Runtime that no view of ours
// shows. The page's tests run the same on WebGPU.
const binding = nodeHost({ threads: 1, binding: true });
const device: Host = { ...binding, lacks: lackingOnWebgpu, resident: () => new OrtResident(ort) };
const data = fewStrokes(40);
const steps = 6;

async function trainerOn(host: Host): Promise<Trainer> {
  const training = trainingOf({ steps, averageDecay: 0.9 });
  return createTrainer({ method: critics, options: {}, training, data, host });
}
async function run(trainer: Trainer, from: number, to: number) {
  const metrics = [];
  for (let step = from; step < to; step++) metrics.push(await trainer.step(step));
  return metrics;
}

test("a step on a device does what it does in our memory: rules, clipping, schedules, averages, statistics", async () => {
  const [here, there] = [await trainerOn(binding), await trainerOn(device)];
  const expected = await run(here, 0, steps);
  const found = await run(there, 0, steps);
  await there.sync();
  found.forEach((metrics, step) => {
    expect(Object.keys(metrics)).toEqual(Object.keys(expected[step]!));
    for (const [name, value] of Object.entries(metrics)) expect(value).toBeCloseTo(expected[step]![name]!, 5);
  });
  expect([...there.state.keys()]).toEqual([...here.state.keys()]);
  for (const [name, values] of there.state) {
    const wanted = here.state.get(name)!;
    expect(Math.max(...values.map((v, i) => Math.abs(v - wanted[i]!))), name).toBeLessThan(1e-5);
  }
  // Gradients and values handed on have no place in our memory.
  expect(there.bytes).toBeLessThan(here.bytes);
  here.release();
  there.release();
});

test("the state is as it was until it is brought back, and what is written then goes on", async () => {
  const whole = await trainerOn(device);
  const initial = bytesOf(whole.state);
  await run(whole, 0, 3);
  expect(bytesOf(whole.state)).toEqual(initial);
  await whole.sync();
  const checkpoint = copyOf(whole.state);
  expect(bytesOf(checkpoint)).not.toEqual(initial);
  const later = await run(whole, 3, steps);
  await whole.sync();

  const resumed = await trainerOn(device);
  await run(resumed, 0, 1); // leaves something else on the device
  await resumed.sync();
  restore(resumed, checkpoint);
  expect(await run(resumed, 3, steps)).toEqual(later);
  await resumed.sync();
  expect(bytesOf(resumed.state)).toEqual(bytesOf(whole.state));

  await run(resumed, 0, 1);
  resumed.reset(); // although the device is ahead
  const again = await run(resumed, 0, 1);
  whole.reset();
  expect(again).toEqual(await run(whole, 0, 1));
  whole.release();
  resumed.release();
});

test("a model follows the training from one sync to the next", async () => {
  const trainer = await trainerOn(device);
  const model = await trainer.model({ recalibrated: false });
  const latents = new Float32Array(8).fill(0.5);
  const before = await model.generate(latents);
  await run(trainer, 0, 2);
  expect(await model.generate(latents)).toEqual(before);
  await trainer.sync();
  expect(await model.generate(latents)).not.toEqual(before);
  model.release();
  trainer.release();
});

test("a rule that is kernels alone is refused there", async () => {
  const a = g.variable("a", [2], { kind: "fill", value: 1 });
  const { slots, apply } = sgd(0.1);
  const program = compileProgram({
    updates: [
      {
        name: "loss",
        loss: g.sum(a.tensor),
        variables: [a],
        rule: { slots, apply },
        tracked: [],
        monitor: {},
      },
    ],
    feeds: [],
    seed: 1,
    host: device,
  });
  await expect(program).rejects.toThrow(EngineError);
  await expect(program).rejects.toThrow(
    "update loss: expected a rule that has a graph, since cpu has a memory of its own, received one that is kernels alone.",
  );
});

test("batch normalisation written in its parts gives what the op gives", async () => {
  const x = g.placeholder("x", [4, 3, 2, 2]);
  const [scale, shift] = [g.placeholder("scale", [3]), g.placeholder("shift", [3])];
  const outputs = Object.fromEntries(
    g.batchNormalize(x, scale, shift, { epsilon: 1e-5 }).map((tensor, i) => [`out${i}`, tensor]),
  );

  const feeds = {
    x: Float32Array.from({ length: 48 }, (_, i) => Math.sin(i)),
    scale: Float32Array.of(1, 2, 3),
    shift: Float32Array.of(0, -1, 1),
  };
  const [whole, parts] = [await compile(outputs, binding), await compile(outputs, device)];
  const [expected, found] = [await whole.run(feeds), await parts.run(feeds)];
  expect(Buffer.from(whole.graph.bytes).includes("BatchNormalization")).toBe(true);
  expect(Buffer.from(parts.graph.bytes).includes("BatchNormalization")).toBe(false);
  for (const [name, values] of Object.entries(found))
    values.forEach((v, i) => expect(v).toBeCloseTo(expected[name]![i]!, 5));
  whole.release();
  parts.release();
});
