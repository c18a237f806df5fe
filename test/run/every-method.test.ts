import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { methods } from "../../src/methods/index.js";
import { type TrainRequest, finishRun, resumeRun, runToEnd, startRun } from "../../src/run/index.js";
import { WEIGHTS } from "../../src/run/train-run.js";
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
});
