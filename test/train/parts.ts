import { afterAll } from "vitest";
import { z } from "zod";
import { strokes } from "../../src/data/index.js";
import type { Dataset } from "../../src/data/dataset.js";
import { add, concat, flatten, mean, mul, reshape, sigmoid, sub, tanh } from "../../src/engine/ops/index.js";
import { nodeHost } from "../../src/engine/runtime/node.js";
import { type Method, type TrainingOptions, defineMethod, trainingOptions } from "../../src/methods/index.js";
import {
  adam,
  batchNorm,
  dropout,
  linear,
  network,
  nonSaturating,
  sequential,
  update,
} from "../../src/nn/index.js";
import { parseOptions } from "../../src/options.js";
import { type Trainer, createTrainer } from "../../src/train/index.js";

export const host = nodeHost({ threads: 1 });
const made: Trainer[] = [];
afterAll(() => made.forEach((trainer) => trainer.release()));

export const trainingOf = (given: Partial<TrainingOptions>): TrainingOptions =>
  parseOptions(trainingOptions, { batch: 8, ...given }, "training");

/** The first pictures of strokes, as a set of their own: one that ends, so that epochs are met too. */
export function fewStrokes(size: number, side = 16): Dataset {
  const { train } = strokes({ size: side });
  const images = new Float32Array(size * side * side);
  train.read(
    Array.from({ length: size }, (_, i) => i),
    images,
  );
  const pixels = side * side;
  return {
    ...train,
    size,
    read: (indices, out) => {
      for (let i = 0; i < indices.length; i++)
        out.set(images.subarray(indices[i]! * pixels, (indices[i]! + 1) * pixels), i * pixels);
    },
  };
}

/**
 * A small GAN with all that a step may hold: a critic that moves several times by a schedule, an update of every third step,
 * batch statistics, dropout, two batches and a weight that ramps.
 */
export const critics: Method = defineMethod({
  name: "critics",
  about: "for tests",
  reference: "none",
  options: z.strictObject({}),
  presets: {},
  networks: () => ({
    G: network("G", sequential(linear(12), batchNorm(), tanh, linear(256), sigmoid)),
    D: network("D", sequential(flatten, linear(12), batchNorm(), tanh, dropout(0.3), linear(1))),
    E: network("E", sequential(flatten, linear(3))),
  }),
  step({ G, D, E }, { batch, batchSize, draws, progress }) {
    const z = draws.normal("z", [batchSize, 4]);
    const fake = G(z);
    const picture = reshape(fake, [batchSize, 1, 16, 16]);
    const { x } = batch();
    const other = batch().x;
    const logits = { real: D(x), fake: D(picture) };
    return [
      update([D], nonSaturating.discriminator(logits), adam(1e-2), {
        name: "critic",
        times: (step) => (step < 2 ? 3 : 1 + (step % 2)),
        clamp: [-0.5, 0.5],
      }),
      update([G], nonSaturating.generator(logits), adam(1e-2), { name: "generator" }),
      update([E], mean(mul(progress, add(E(other), mean(sub(E(x), E(picture)))))), adam(1e-2), {
        name: "rare",
        times: (step) => (step % 3 === 2 ? 1 : 0),
      }),
    ];
  },
  latent: () => [{ name: "z", kind: "normal", size: 4 }],
  generate: ({ G }, latent) => reshape(G(latent), [latent.shape[0] ?? 1, 1, 16, 16]),
  features: ({ E }, x) => ({ e: concat([E(x)]) }),
});

export async function trainerOf(
  method: Method,
  options: object,
  training: TrainingOptions,
  data: Dataset,
): Promise<Trainer> {
  const trainer = await createTrainer({ method, options, training, data, host });
  made.push(trainer);
  return trainer;
}

/** Bytes of everything that training changes. */
export const bytesOf = (state: ReadonlyMap<string, Float32Array>): Record<string, string> =>
  Object.fromEntries(
    [...state].map(([name, v]) => [
      name,
      Buffer.from(v.buffer, v.byteOffset, v.byteLength).toString("base64"),
    ]),
  );

export const copyOf = (state: ReadonlyMap<string, Float32Array>): Map<string, Float32Array> =>
  new Map([...state].map(([name, values]) => [name, values.slice()]));

export function restore(trainer: Trainer, from: ReadonlyMap<string, Float32Array>): void {
  for (const [name, values] of from) trainer.state.get(name)!.set(values);
}
