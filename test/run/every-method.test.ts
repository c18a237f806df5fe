import { cpSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { readPictures } from "../../src/data/index.js";
import { drawLatents, methods } from "../../src/methods/index.js";
import {
  type TrainRequest,
  finishRun,
  resumeRun,
  runToEnd,
  startRun,
  trainRun,
} from "../../src/run/index.js";
import { WEIGHTS } from "../../src/run/folder.js";
import { metricOf } from "../../src/run/metrics.js";
import { drawPictures } from "../cli/ganymede.js";
import { scratch } from "./parts.js";

const root = scratch();
const pictures = `folder:${join(root, "pictures")}`;

beforeAll(() => drawPictures(join(root, "pictures"), 40));

/** What a method asks for beside small pictures and small networks. */
const needs: Readonly<Record<string, Partial<TrainRequest>>> = {
  dann: { target: pictures, options: { net: "best" } },
  triplegan: { dataOptions: { labels: 8 } },
};

/** A training of four steps. */
const requestOf = (method: string): TrainRequest => {
  const { options, dataOptions, ...more } = needs[method] ?? {};
  return {
    method,
    data: pictures,
    threads: 1,
    ...more,
    dataOptions: { size: 16, testShare: 0.5, ...dataOptions },
    options: { width: 0.1, ...options },
    training: { steps: 4, batch: 8, sampleEvery: 2, checkpointEvery: 2, baselineSteps: 0, restarts: 1 },
  };
};

const publishing = Object.values(methods).filter(({ published }) => published !== undefined);

test.each(publishing)(
  "what is published of $name is of presets and options that it has",
  ({ published, ...method }) => {
    for (const { presets = ["paper"], options, values } of published ?? []) {
      for (const preset of presets) {
        expect(Object.keys(method.presets)).toContain(preset);
        const given = { ...method.presets[preset]?.options, ...options };
        expect(method.options.parse(given)).toMatchObject(given);
      }
      for (const key of Object.keys(values)) expect(metricOf(key).meaning).not.toBe(key);
    }
  },
);

test("pictures of a single class tell nothing of features, and the run has its report all the same", async () => {
  const one = `folder:${join(root, "one")}`;
  cpSync(join(root, "pictures", "left"), join(root, "one", "left"), { recursive: true });
  const out = join(root, "single");
  const { evaluation, report } = await trainRun({ ...requestOf("ae"), data: one }, { out });
  expect(report).toBe(join(out, "report.html"));
  expect(Object.keys(evaluation.numbers)).toContain("reconstruction_error");
  expect(Object.keys(evaluation.numbers)).not.toContain("knn1_accuracy");
});

test("starts are compared where classes are learned, and refused elsewhere", async () => {
  const asked = requestOf("bigan");
  const twice = { ...asked, training: { ...asked.training, restarts: 2, restartSteps: 2 } };
  await expect(startRun(twice, { out: join(root, "twice") })).rejects.toThrow(
    "training option restarts: expected 1, since bigan with these options learns no classes to compare starts by, received 2",
  );
  const classifiers = { ...twice, method: "classifier" };
  const run = await startRun(classifiers, { out: join(root, "twice") });
  await run.release();
});

describe.each(Object.keys(methods))("%s", (method) => {
  test("stopped after two steps and taken up again, it ends on the same bytes; its models are exported", async () => {
    const [whole, parts] = ["whole", "parts"].map((name) => join(root, `${method}-${name}`)) as [
      string,
      string,
    ];
    const run = await startRun(requestOf(method), { out: whole });
    await runToEnd(run, () => {});
    const { warnings, evaluation } = await finishRun(run);
    await run.release();

    const begun = await startRun(requestOf(method), { out: parts });
    const stop = new AbortController();
    await runToEnd(begun, ({ position }) => position.step >= 2 && stop.abort(), stop.signal);
    await begun.release();
    const again = await resumeRun(parts);
    expect(again.from?.step).toBe(2);
    await runToEnd(again, () => {});
    await again.release();

    expect(readFileSync(join(parts, WEIGHTS)).equals(readFileSync(join(whole, WEIGHTS)))).toBe(true);
    // Export loads each model again and compares it with the run; what fails there is a warning.
    expect(warnings.filter((warning) => warning.includes("ONNX"))).toEqual([]);
    const { latent, features, classify } = methods[method]!;
    const wanted = [
      ...((features ?? classify) ? ["encoder.onnx"] : []),
      ...(latent ? ["generator.onnx"] : []),
    ];
    expect(readdirSync(join(whole, "models"))).toEqual([...wanted, "weights.safetensors"]);
    expect(Object.values(evaluation.numbers).every(Number.isFinite)).toBe(true);
    expect(Object.keys(evaluation.numbers)).not.toEqual([]);
  });

  test("whatever normalises on the way to its results is made anew for a trained model", async () => {
    const out = join(root, `${method}-calibrated`);
    const { trainer, prepared, release } = await startRun(requestOf(method), { out });
    trainer.reset();
    for (const [name, values] of trainer.state) if (/\.(mean|variance)$/.test(name)) values.fill(NaN);
    const model = await trainer.model();
    const { images } = readPictures(prepared.data.train, 3);
    const { generate, reconstruct } = methods[method]!;
    const results = [
      ...Object.values(await model.features(images)).map(({ data }) => data),
      ...(generate ? [await model.generate(drawLatents(model.latent, 3, 1, "some"))] : []),
      ...(reconstruct ? [await model.reconstruct(images)] : []),
    ];
    for (const values of results) expect(values.every(Number.isFinite)).toBe(true);
    model.release();
    await release();
  });
});
