import { afterAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Dataset } from "../../src/data/index.js";
import { flatten, matmul, mean, slice, sum, transpose } from "../../src/engine/ops/index.js";
import type { Tensor } from "../../src/engine/tensor.js";
import { type LabelledBatch, type Method, type StepInputs, defineMethod } from "../../src/methods/index.js";
import { linear, network, sequential, sgd, update } from "../../src/nn/index.js";
import { type TrainerSpec, createTrainer } from "../../src/train/index.js";
import { fewStrokes, host, trainingOf } from "./parts.js";

const open: { release(): void }[] = [];
afterAll(() => open.forEach((one) => one.release()));

/** Monitors what a step is given, and trains next to nothing. */
const watching = (
  watched: (inputs: StepInputs) => Record<string, Tensor>,
  labels: "source" | "target" = "source",
): Method =>
  defineMethod({
    name: "watching",
    about: "for tests",
    reference: "none",
    options: z.strictObject({}),
    presets: {},
    domains: () => ({ labels, statistics: "both" }),
    networks: () => ({ N: network("N", sequential(flatten, linear(1))) }),
    step: ({ N }, inputs) => [
      update([N], mean(N(inputs.batch().x)), sgd(1e-9), { name: "loss", monitor: watched(inputs) }),
    ],
  });

async function logged(method: Method, spec: Partial<TrainerSpec> = {}): Promise<Record<string, number>> {
  const training = trainingOf({ batch: 6 });
  const trainer = await createTrainer({ method, options: {}, training, data: fewStrokes(40), host, ...spec });
  open.push(trainer);
  trainer.reset();
  return trainer.step(0);
}

/** Pictures that are one value everywhere, of 3 classes; those of class k have values k + 1, k + 1.25 or k + 1.5. */
const plain = (name: string, size: number, labelOf: (index: number) => number): Dataset => ({
  name,
  image: { channels: 1, height: 2, width: 2 },
  size,
  classes: ["a", "b", "c"],
  fingerprint: name,
  preprocessing: "none",
  read: (indices, out) => {
    for (let i = 0; i < indices.length; i++)
      out.fill((indices[i]! % 3) + 1 + 0.25 * (indices[i]! % 2), 4 * i, 4 * i + 4);
  },
  label: labelOf,
});
const data = plain("plain", 12, (index) => (index < 6 ? index % 3 : -1));

/** The sum of the pictures' values of every class, and how many rows there are. */
function byClass({ x, y }: LabelledBatch): Record<string, Tensor> {
  const sums = sum(matmul(transpose(y), flatten(x)), [1]);
  const of = (k: number) => sum(slice(sums, [{ axis: 0, start: k, end: k + 1 }]));
  return { rows: sum(y), a: of(0), b: of(1), c: of(2) };
}

describe("a step is given", () => {
  // Six pictures are labelled, and a batch of six is each of them once.
  const once = { rows: 6, a: 4 * (1 + 1.25), b: 4 * (2 + 2.25), c: 4 * (3 + 3.25) };

  test("labelled pictures alone, each with its own label", async () => {
    const method = watching(({ labelled }) => byClass(labelled()));
    expect(await logged(method, { data })).toMatchObject(once);
  });

  test("those of another domain, and batches of another size", async () => {
    const target = plain("target", 30, (index) => (index + 1) % 3);
    const look = ({ labelled, batch }: StepInputs) => ({
      ...byClass(labelled({ domain: "target", size: 30 })),
      unlabelled: mean(batch({ domain: "target", size: 30 }).x),
    });
    const method = watching(look, "target");
    const { rows, a, b, c, unlabelled } = await logged(method, { data, target });
    const values = Array.from({ length: 30 }, (_, i) => (i % 3) + 1 + 0.25 * (i % 2));
    const ofClass = (k: number) => values.reduce((s, v, i) => ((i + 1) % 3 === k ? s + 4 * v : s), 0);
    expect([rows, a, b, c]).toEqual([30, ofClass(0), ofClass(1), ofClass(2)]);
    expect(unlabelled).toBeCloseTo(values.reduce((s, v) => s + v) / 30, 5);
  });

  test("no labels of the domain that it does not say it learns from", async () => {
    const target = plain("target", 30, (index) => index % 3);
    const method = watching(({ labelled }) => byClass(labelled({ domain: "target" })));
    await expect(logged(method, { data, target })).rejects.toThrow(
      "watching: expected labels of the source alone, as its `domains` says, received a step that asks for labels of the target",
    );
  });

  test("no second domain where there is none", async () => {
    const method = watching(({ batch }) => ({ seen: mean(batch({ domain: "target" }).x) }));
    await expect(logged(method, { data })).rejects.toThrow(
      "watching: expected a second set of pictures, received none",
    );
  });

  test("no domain of another shape, or with other classes", async () => {
    const method = watching(({ batch }) => ({ seen: mean(batch({ domain: "target" }).x) }));
    const colour = { ...data, name: "colour", image: { channels: 3, height: 2, width: 2 } };
    await expect(logged(method, { data, target: colour })).rejects.toThrow(
      "target colour: expected pictures of 2x2 of 1 channel, as those of plain, received 2x2 of 3 channels",
    );
    const others = { ...data, name: "others", classes: ["a", "b", "d"] };
    await expect(logged(method, { data, target: others })).rejects.toThrow(
      "target others: expected the classes of plain: a, b, c, received a, b, d",
    );
  });
});
