import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DivergenceError } from "../../src/errors.js";
import { type Method, type TrainingOptions, infogan } from "../../src/methods/index.js";
import { parseOptions } from "../../src/options.js";
import {
  type CandidateStore,
  type Model,
  type Position,
  type TrainControl,
  type TrainEvent,
  type Trainer,
  train,
} from "../../src/train/index.js";
import { candidateSeed } from "../../src/train/train.js";
import { bytesOf, copyOf, critics, fewStrokes, restore, trainerOf, trainingOf } from "./parts.js";

const data = fewStrokes(40);
const infoganOptions = parseOptions(
  infogan.options,
  { width: 0.1, noise: 4, codes: "balanced", augmentation: 1, decayFrom: 0.5 },
  "infogan",
);
const small = (given: Partial<TrainingOptions> = {}) => trainerOf(critics, {}, trainingOf(given), data);

/** Runs to the end and returns what happened. */
async function events(trainer: Trainer, control: TrainControl = {}): Promise<TrainEvent[]> {
  const all: TrainEvent[] = [];
  for await (const event of train(trainer, control)) all.push(event);
  return all;
}
/** "step 3", or "step 3 of 1" where it is not the first start's. */
const told = (all: readonly TrainEvent[]) =>
  all.map(
    ({ kind, position: { step, candidate } }) => `${kind} ${step}${candidate > 0 ? ` of ${candidate}` : ""}`,
  );

describe("what happens", () => {
  test("is told in order", async () => {
    const trainer = await small({ steps: 5, sampleEvery: 2, checkpointEvery: 3 });
    expect(told(await events(trainer))).toEqual(
      [
        ["step 1", "step 2", "sample 2", "step 3", "checkpoint 3", "step 4", "sample 4"],
        ["step 5", "sample 5", "checkpoint 5", "done 5"],
      ].flat(),
    );
  });

  test("with several starts is told of every start, and of the one that goes on", async () => {
    const training = { steps: 4, restarts: 3, restartSteps: 2, sampleEvery: 100, checkpointEvery: 100 };
    const scores = [0.2, 0.7, 0.5];
    let asked = 0;
    const all = await events(await small(training), { score: () => Promise.resolve(scores[asked++]!) });
    expect(told(all)).toEqual(
      [
        ["step 1", "step 2", "candidate 2", "checkpoint 0 of 1"],
        ["step 1 of 1", "step 2 of 1", "candidate 2 of 1", "checkpoint 0 of 2"],
        ["step 1 of 2", "step 2 of 2", "candidate 2 of 2", "chosen 2 of 1", "checkpoint 2 of 1"],
        ["step 3 of 1", "step 4 of 1", "sample 4 of 1", "checkpoint 4 of 1", "done 4 of 1"],
      ].flat(),
    );
    expect(all.flatMap((e) => (e.kind === "candidate" ? [e.score] : []))).toEqual(scores);
    expect(all.find((e) => e.kind === "chosen")).toMatchObject({
      scores,
      position: { chosen: true, scores },
    });
    const chosen = all.filter((e) => e.kind === "step").map((e) => e.position.chosen);
    expect(chosen).toEqual([false, false, false, false, false, false, true, true]);
  });

  test("ends with a sample and a checkpoint of the chosen start, also where starts were trained to the end", async () => {
    const training = { steps: 2, restarts: 2, restartSteps: 5, sampleEvery: 100, checkpointEvery: 100 };
    const all = await events(await small(training), { score: () => Promise.resolve(1) });
    expect(told(all).slice(-5)).toEqual([
      "candidate 2 of 1",
      "chosen 2",
      "checkpoint 2",
      "sample 2",
      "done 2",
    ]);
    expect(all.slice(-4).map((e) => e.position.chosen)).toEqual([true, true, true, true]);
  });

  test("that has nothing left to train shows what it is", async () => {
    const trainer = await small({ steps: 2 });
    await events(trainer);
    const from: Position = { candidate: 0, scores: [], chosen: true, step: 2 };
    expect(told(await events(trainer, { from }))).toEqual(["sample 2", "done 2"]);
  });

  test("carries the metrics of every step, without those of updates that did not run", async () => {
    const all = await events(await small({ steps: 4 }));
    const keys = all.flatMap((e) => (e.kind === "step" ? [Object.keys(e.metrics).join()] : []));
    expect(keys).toEqual([
      "critic,generator",
      "critic,generator",
      "critic,generator,rare",
      "critic,generator",
    ]);
  });
});

describe("of several starts", () => {
  test.each([
    [[0.1, 0.9, 0.3], 1],
    [[0.5, 0.2, 0.5], 0],
    [[NaN, 0.1, 0.3], 2],
  ])("with scores %j, number %i goes on, as if its seed had been the run's", async (scores, best) => {
    const seed = 11;
    let asked = 0;
    const restarted = await small({ steps: 6, seed, restarts: 3, restartSteps: 4 });
    await events(restarted, { score: () => Promise.resolve(scores[asked++]!) });
    const alone = await small({ steps: 6, seed: candidateSeed(seed, best) });
    await events(alone);
    expect(bytesOf(restarted.state)).toEqual(bytesOf(alone.state));
  });

  test("every one has a seed of its own, the first the run's", () => {
    const seeds = [0, 1, 2, 3].map((candidate) => candidateSeed(7, candidate));
    expect(seeds[0]).toBe(7);
    expect(new Set(seeds).size).toBe(4);
  });

  test("the score sees the model of each", async () => {
    const models: string[] = [];
    const score = async (model: Model) => {
      models.push((await model.generate(new Float32Array(4).fill(1))).join());
      return models.length;
    };
    await events(await small({ steps: 3, restarts: 3, restartSteps: 2 }), { score });
    expect(new Set(models).size).toBe(3);
  });

  test("a run that goes on without the starts it compared says so", async () => {
    const trainer = await small({ steps: 4, restarts: 2, restartSteps: 2 });
    const from: Position = { candidate: 1, scores: [1], chosen: false, step: 0 };
    await expect(events(trainer, { from, score: () => Promise.resolve(0) })).rejects.toThrow(
      "start 0: expected the state it was kept with, received none.\n" +
        "  A run that goes on needs the store of candidates that it began with.",
    );
  });
});

describe("a signal", () => {
  test.each([0, 1, 3])("after %i steps ends the run with a checkpoint", async (steps) => {
    const trainer = await small({ steps: 6 });
    const abort = new AbortController();
    if (steps === 0) abort.abort();
    const all: TrainEvent[] = [];
    for await (const event of train(trainer, { signal: abort.signal })) {
      all.push(event);
      if (event.kind === "step" && event.position.step === steps) abort.abort();
    }
    expect(told(all).slice(-2)).toEqual([`checkpoint ${steps}`, `stopped ${steps}`]);
    expect(all.filter((e) => e.kind === "step")).toHaveLength(steps);
  });

  test("while starts are compared ends that phase too", async () => {
    const trainer = await small({ steps: 6, restarts: 2, restartSteps: 3 });
    const abort = new AbortController();
    const all: TrainEvent[] = [];
    for await (const event of train(trainer, { signal: abort.signal, score: () => Promise.resolve(1) })) {
      all.push(event);
      if (event.position.candidate === 1 && event.position.step === 1) abort.abort();
    }
    expect(told(all).slice(-3)).toEqual(["step 1 of 1", "checkpoint 1 of 1", "stopped 1 of 1"]);
  });
});

test("a loss that is not finite ends the run with an error", async () => {
  const trainer = await small({ steps: 6 });
  const all: TrainEvent[] = [];
  await expect(async () => {
    for await (const event of train(trainer)) {
      all.push(event);
      if (event.position.step === 2) trainer.state.get("D.1.weight")!.fill(NaN);
    }
  }).rejects.toThrow(DivergenceError);
  expect(told(all)).toEqual(["step 1", "step 2"]);
});

/** Starts kept as a disk would keep them: they outlive the run that made them. */
function store(): CandidateStore {
  const kept = new Map<number, Map<string, Float32Array>>();
  return {
    save: (candidate, state) => Promise.resolve(void kept.set(candidate, copyOf(state))),
    load: (candidate, state) => {
      for (const [name, values] of kept.get(candidate)!) state.get(name)!.set(values);
      return Promise.resolve();
    },
  };
}

describe.each<[string, Method, object]>([
  ["infogan", infogan, infoganOptions],
  ["a method of all kinds of updates", critics, {}],
])("killed at any checkpoint and resumed, %s", (_name, method, options) => {
  const training = trainingOf({
    steps: 12,
    seed: 3,
    averageDecay: 0.9,
    restarts: 2,
    restartSteps: 5,
    sampleEvery: 100,
    checkpointEvery: 1,
  });
  /** Depends on the state, so that a start that was resumed wrongly is judged otherwise. */
  const score = (trainer: Trainer) => () =>
    Promise.resolve([...trainer.state.values()].reduce((s, v) => s + v[0]!, 0));

  /** Runs until checkpoint `kill` (from 0), from where a copy of all that was written leads on. */
  async function run(trainer: Trainer, control: TrainControl, kill = Infinity) {
    const losses: string[] = [];
    let checkpoints = 0;
    for await (const event of train(trainer, { score: score(trainer), ...control })) {
      const { candidate, step, chosen } = event.position;
      if (event.kind === "step") losses.push(JSON.stringify([candidate, step, chosen, event.metrics]));
      if (event.kind === "checkpoint" && checkpoints++ === kill)
        return { losses, checkpoints, position: event.position, state: copyOf(trainer.state) };
    }
    return { losses, checkpoints, position: undefined, state: copyOf(trainer.state) };
  }

  test("ends with the same bytes", async () => {
    const one = await trainerOf(method, options, training, data);
    const other = await trainerOf(method, options, training, data);
    const whole = await run(one, {});
    const expected = bytesOf(whole.state);
    expect(whole.checkpoints).toBe(5 + 1 + 5 + 1 + 7);
    const places = fc.uniqueArray(fc.nat(whole.checkpoints - 2), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(places, async (kills) => {
        const candidates = store();
        let done = await run(one, { candidates }, Math.min(...kills));
        const { losses } = done;
        for (const gap of kills.slice(1)) {
          restore(other, done.state);
          done = await run(other, { candidates, ...(done.position && { from: done.position }) }, gap % 5);
          losses.push(...done.losses);
          if (done.position === undefined) break;
        }
        if (done.position !== undefined) {
          restore(other, done.state);
          done = await run(other, { candidates, from: done.position });
          losses.push(...done.losses);
        }
        expect(losses).toEqual(whole.losses);
        expect(bytesOf(other.state)).toEqual(expected);
      }),
      { numRuns: 12, examples: [[[4]], [[5]], [[11]], [[0, 3]]] },
    );
  });
});
