import { describe, expect, test } from "vitest";
import { batchIndices } from "../../src/data/index.js";
import { bytesOf, critics, fewStrokes, trainerOf, trainingOf } from "./parts.js";

const set = fewStrokes(40);

/** Which pictures a step reads, in order of the batches. */
async function read(steps: readonly number[], seed: number): Promise<string[][]> {
  let found: string[] = [];
  const watched: typeof set = {
    ...set,
    read: (indices, out) => {
      found.push(Array.from(indices).join());
      set.read(indices, out);
    },
  };
  const trainer = await trainerOf(critics, {}, trainingOf({ steps: 9, seed: 1 }), watched);
  trainer.useSeed(seed);
  const all: string[][] = [];
  for (const step of steps) {
    await trainer.step(step);
    all.push(found);
    found = [];
  }
  return all;
}

describe("batches", () => {
  test("are read anew at every repetition, each in an order of its own", async () => {
    const [first, , third] = await read([0, 1, 2], 5);
    const order = (stream: string, step: number) =>
      batchIndices({ size: 40, batch: 8, seed: 5, stream })(step).join();
    // Three critic steps; the second batch is asked for by the update of every third step.
    expect(first).toEqual(["0.0", "0.1", "0.2"].map((stream) => order(stream, 0)));
    expect(third).toEqual([order("0.0", 2), order("1.0", 2)]);
    expect(new Set([...first!, ...third!]).size).toBe(5);
  });

  test("are a function of seed and step", async () => {
    expect(await read([2], 5)).toEqual((await read([0, 1, 2], 5)).slice(2));
    expect(await read([2], 6)).not.toEqual(await read([2], 5));
  });
});

test("reset gives the initial weights of the seed in use", async () => {
  const [one, other] = [
    await trainerOf(critics, {}, trainingOf({ steps: 9, seed: 1 }), set),
    await trainerOf(critics, {}, trainingOf({ steps: 9, seed: 2 }), set),
  ];
  expect(bytesOf(one.state)).not.toEqual(bytesOf(other.state));
  await one.step(0);
  one.useSeed(2);
  one.reset();
  expect(bytesOf(one.state)).toEqual(bytesOf(other.state));
});
