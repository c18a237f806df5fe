import { existsSync, mkdirSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { labelFreeScore } from "../../src/run/scores/start-score.js";
import { openRun } from "../../src/run/open-run.js";
import type { TrainRequest } from "../../src/run/session.js";
import { isComplete, resumeRun, runToEnd, startRun } from "../../src/run/train-run.js";
import { RunFolder, trainRun } from "../../src/run/index.js";
import { type TrainEvent, train } from "../../src/train/index.js";
import { refusal } from "../data/refusal.js";
import { scratch } from "./parts.js";

const root = scratch();

const request = (training: TrainRequest["training"] = {}, options: object = {}): TrainRequest => ({
  method: "infogan",
  data: "strokes",
  dataOptions: { size: 16 },
  options: { width: 0.1, noise: 4, ...options },
  training: {
    steps: 6,
    batch: 8,
    restarts: 1,
    baselineSteps: 0,
    sampleEvery: 3,
    checkpointEvery: 2,
    ...training,
  },
  threads: 1,
});

/** Trains into a folder; answers with the kinds of the events in order. */
async function trained(out: string, asked: TrainRequest): Promise<TrainEvent["kind"][]> {
  const kinds: TrainEvent["kind"][] = [];
  const run = await startRun(asked, { out });
  try {
    await runToEnd(run, ({ kind }) => kinds.push(kind));
  } finally {
    await run.release();
  }
  return kinds;
}

test("a divergence names step, phase, cause and the last good checkpoint, and keeps the metrics that led there", async () => {
  const out = join(root, "divergent");
  const asked = request({ checkpointEvery: 1 }, { learningRateG: 1e30 });
  const sentence = (checkpoint: string) =>
    "DivergenceError: step 2, discriminator_loss: expected a finite loss, received NaN.\n" +
    "  Likely a learning rate that is too high for this data, or a loss that takes the logarithm of 0.\n" +
    `  ${checkpoint}`;
  const checkpoint = join(out, "checkpoints", "step-0000001.safetensors");
  expect(await refusal(() => trained(out, asked))).toBe(sentence(`Last good checkpoint: ${checkpoint}`));
  expect(existsSync(checkpoint)).toBe(true);
  expect((await (await RunFolder.open(out)).readMetrics()).map(({ step }) => step)).toEqual([1]);

  const none = join(root, "divergent at once");
  expect(await refusal(() => trained(none, request({}, { learningRateG: 1e30 })))).toBe(
    sentence("No checkpoint of finite weights was written before."),
  );
});

test("whatever is wrong with the request leaves the run that was there as it was, even by force", async () => {
  const out = join(root, "precious");
  await trained(out, request({ steps: 2 }));
  const before = readdirSync(out, { recursive: true });
  const wrong: [TrainRequest, string][] = [
    [{ ...request(), method: "infogn" }, "received infogn.\n  Did you mean infogan?"],
    [
      { ...request(), data: "folder:/nowhere/at/all" },
      "DataError: /nowhere/at/all: expected a folder of pictures",
    ],
    [
      { ...request(), dataOptions: { size: 30 } },
      "OptionError: infogan: expected pictures whose sides are multiples",
    ],
    [request({}, { width: 99 }), "OptionError: infogan option width: expected a number from 0.1 to 4"],
  ];
  for (const [asked, sentence] of wrong)
    expect(await refusal(() => startRun(asked, { out, force: true }))).toContain(sentence);
  expect(readdirSync(out, { recursive: true })).toEqual(before);
});

test.each([
  ["nothing", undefined],
  ["{}", {}],
  ['{"out":""}', { out: "" }],
])("a place that is %s is refused by what to pass", async (received, place) => {
  expect(await refusal(() => trainRun(request(), place as { out: string }))).toBe(
    `OptionError: place of the run, the second argument: expected { out: "PATH" }, a folder for it, received ${received}.\n` +
      '  For example: trainRun(request, { out: "runs/mine" })',
  );
});

test("starts that are as long as the run: the best one's weights are kept", async () => {
  const out = join(root, "all starts");
  const kinds = await trained(out, request({ restarts: 2, restartSteps: 6, averageDecay: 0.5 }));
  expect(kinds.at(-1)).toBe("done");
  const { model, step } = await openRun(out, { threads: 1 });
  expect(step).toBe(6);
  model.release();
});

test("the start that is chosen comes back from disk as it would from memory", async () => {
  const out = join(root, "chosen");
  const asked = request({ steps: 4, restarts: 2, restartSteps: 2, seed: 1 });
  const run = await startRun(asked, { out });
  await runToEnd(run, () => {});
  const onDisk = await run.folder.readCheckpoint();

  const inMemory = train(run.trainer, { score: labelFreeScore(run.prepared) });
  for await (const { position } of inMemory) {
    if (position.chosen)
      expect(
        position.candidate,
        "choose a seed whose last start is not the best: that one is still in memory",
      ).toBe(0);
  }
  expect(onDisk?.position.step).toBe(4);
  expect(onDisk?.tensors).toEqual(new Map(run.trainer.state));
  await run.release();
});

test("trainRun leaves a run that is complete; a run is not while its report is missing", async () => {
  const out = join(root, "complete");
  const { report } = await trainRun(request({ steps: 2 }), { out });
  expect(readFileSync(report, "utf8")).toContain("infogan on strokes");
  expect(await isComplete(await RunFolder.open(out))).toBe(true);

  const trainedOnly = join(root, "trained only");
  await trained(trainedOnly, request({ steps: 2 }));
  expect(await isComplete(await RunFolder.open(trainedOnly))).toBe(false);
});

test("a run that cannot go on lets go of its lock", async () => {
  const out = join(root, "locked");
  await trained(out, request({ steps: 4 }));
  const folder = await RunFolder.open(out);
  await folder.writeCheckpoint(
    { candidate: 0, scores: [], chosen: true, step: 2 },
    { state: new Map([["w", Float32Array.of(1)]]), shapes: new Map() },
  );
  expect(await refusal(() => resumeRun(out))).toMatch(
    /^RunError: .*locked: expected \S+ of \d+ values in the checkpoint, received none\.\n {2}The checkpoint was made by another version of the method\.$/,
  );
  await (
    await folder.lock()
  )();
});

test("a run without weights cannot be used yet", async () => {
  const out = join(root, "young");
  mkdirSync(out);
  await trained(out, request({ steps: 1, sampleEvery: 1 }));
  const folder = await RunFolder.open(out);
  const { folder: young, unlock } = await RunFolder.create(join(root, "younger"), folder.config, false);
  await unlock();
  expect(await refusal(() => openRun(young.path))).toBe(
    `RunError: ${young.path}: expected a run with weights, received one without.\n` +
      `  Go on with: npx ganymede train --resume ${young.path}`,
  );
});
