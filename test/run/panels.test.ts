import { expect, test } from "vitest";
import { strokes } from "../../src/data/index.js";
import { fill, mean, mul } from "../../src/engine/ops/index.js";
import { nodeHost } from "../../src/engine/runtime/node.js";
import { type LatentPart, trainingOptions } from "../../src/methods/index.js";
import { panels } from "../../src/run/panels.js";
import type { RunConfig } from "../../src/run/index.js";
import { createModel } from "../../src/train/index.js";
import { toyMethod } from "../toy.js";

const data = strokes({ size: 16 });
const { image } = data.train;
const config = { training: trainingOptions.parse({}), data: { image } } as unknown as RunConfig;

/** A model that draws the mean of its latent vector, and gives pictures back darker. */
function modelOf(parts: readonly LatentPart[], darker?: number) {
  const method = toyMethod({
    latent: () => parts,
    generate: (_, latent) => mul(fill(1, [latent.shape[0] ?? 1, 1, 16, 16]), mean(latent)),
    ...(darker !== undefined && {
      reconstruct: (_: unknown, x: Parameters<typeof mean>[0]) => mul(darker, x),
    }),
  });
  const host = nodeHost({ threads: 1 });
  return createModel({ method, options: {}, data: { image, classes: 10 }, host, weights: new Map() });
}

const titlesOf = async (...given: Parameters<typeof panels>) =>
  (await panels(...given)).map(({ title }) => title);
const wide = { name: "z", kind: "normal", size: 3 } as const;

test("a wide part is shown dimension by dimension, and by walks; reconstructions also of the baseline", async () => {
  const [own, other] = [modelOf([wide], 0.5), modelOf([wide], 0.9)];
  const found = await panels(own, config, { data }, { name: "VAE", model: other, steps: 7 });
  expect(found.map(({ title }) => title)).toEqual([
    "z, dimension by dimension",
    "From one draw to another",
    "Test pictures there and back",
    "Test pictures there and back in a VAE (7 steps)",
  ]);
  expect(found[0]?.rowLabels).toEqual(["0", "1", "2"]);
  // Each model is shown what it makes itself.
  expect(found[3]?.png).not.toEqual(found[2]?.png);
});

test("what was taught as a class has that class's name; where nothing is normal, ways are along no sphere", async () => {
  const taught = { name: "class", kind: "categorical", size: 2 } as const;
  const flat = { name: "z", kind: "uniform", size: 3, low: -1, high: 1 } as const;
  const named = { ...config, data: { image, classes: ["bun", "short"] } } as unknown as RunConfig;
  const captions = new Map<string, string>();
  for (const parts of [[taught], [wide], [flat]])
    for (const { title, caption, columnLabels } of await panels(modelOf(parts), named, { data }, undefined)) {
      if (title === "class varied") expect(columnLabels).toEqual(["bun", "short"]);
      captions.set(`${title} ${parts[0]?.kind}`, caption);
    }
  expect(captions.get("class varied categorical")).toMatch(/takes each of its values/);
  expect(captions.get("From one draw to another normal")).toMatch(
    / to another, normal parts along the sphere/,
  );
  expect(captions.get("From one draw to another uniform")).toMatch(/ to another\.$/);
});

test("a code is shown, noise is not; without a way back there are no reconstructions", async () => {
  const parts = [
    { ...wide, size: 1, name: "c" },
    { ...wide, noise: true as const },
  ];
  expect(await titlesOf(modelOf(parts), config, { data }, undefined)).toEqual(["c varied"]);
});
