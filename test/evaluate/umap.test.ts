import { expect, test } from "vitest";
import { hostRandom } from "../../src/engine/random.js";
import { knnAccuracy, umap } from "../../src/evaluate/index.js";
import { groups, host, normalRows } from "./features.js";

const random = (seed: number) => hostRandom(seed, "umap").uniform;

test("groups stay together in the plane, and apart from each other", async () => {
  const { rows, labels } = groups(90, 3, "rows");
  const shares: number[] = [];
  const plane = await umap(rows, random(1), host, { epochs: 200, progress: (share) => shares.push(share) });
  expect([plane.n, plane.width, plane.data.every(Number.isFinite)]).toEqual([90, 2, true]);
  const half = (from: number) => ({ ...plane, data: plane.data.slice(from * 2, (from + 45) * 2), n: 45 });
  const split = {
    train: half(0),
    trainLabels: labels.slice(0, 45),
    test: half(45),
    testLabels: labels.slice(45),
  };
  expect(await knnAccuracy(split, host)).toBe(1);
  expect(shares).toHaveLength(200);
  expect(shares.at(-1)).toBe(1);
});

test("the same random numbers give the same picture, others another", async () => {
  const rows = normalRows(40, 4, "rows");
  const draw = (seed: number) => umap(rows, random(seed), host, { neighbours: 5, epochs: 20 });
  expect(await draw(1)).toEqual(await draw(1));
  expect(await draw(1)).not.toEqual(await draw(2));
});

test("equal rows are no obstacle", async () => {
  const still = { data: new Float32Array(60), n: 20, width: 3 };
  expect((await umap(still, random(1), host, { epochs: 5 })).data.every(Number.isFinite)).toBe(true);
});

test("bad input is named", async () => {
  const rows = normalRows(10, 2, "rows");
  await expect(umap(rows, random(1), host)).rejects.toThrowErrorMatchingInlineSnapshot(
    `[OptionError: neighbours: expected an integer in 2 .. 10, received 15.]`,
  );
});
