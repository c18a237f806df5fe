import { readFile, readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exportModels } from "../../src/run/export.js";
import { prepare } from "../../src/run/session.js";
import { createTrainer } from "../../src/train/index.js";
import { readPictures } from "../../src/data/index.js";
import { type Site, buildSite, launch, open, serve } from "./browser.js";
import { type Recipe, normsOf } from "./recipe.js";
import type { Answer, Question } from "./site/worker.js";

/**
 * InfoGAN, small. Its rates are a hundredth of the paper's, and that is what makes 1e-4 a fair bar after 20 steps. Adam's first
 * step moves every weight by the rate times the sign of its gradient. Where that gradient is a hundred-thousandth of its
 * neighbours', the last bit of a sum decides the sign, and a few weights of 100,000 end twice the rate apart; every step then
 * multiplies what differs. Two runs in Node that start 2e-7 apart show it, over 24 seeds: at the paper's rates the losses of
 * 17 differ by more than 1e-4 after 20 steps, up to 4e-2; at these by 3e-5 at most. Without any training they differ by
 * 1e-3, so the bar still sees whether the page trains.
 */
const recipe: Recipe = {
  // Every option that the preset sets is said here as well, since the page takes the options alone.
  options: {
    width: 0.1,
    leak: 0.1,
    codes: "independent",
    lambdaContinuous: 1,
    learningRateD: 2e-6,
    learningRateG: 1e-5,
  },
  batch: 16,
  steps: 20,
  size: 16,
};

let site: Site;
let isolated: Awaited<ReturnType<typeof serve>>;
let plain: Awaited<ReturnType<typeof serve>>;
let browser: Browser;

/** What Node makes of the recipe: metrics, norms of its state, features of some pictures. Its models lie beside the page. */
let node: Awaited<ReturnType<typeof trainInNode>>;

beforeAll(async () => {
  site = await buildSite(fileURLToPath(new URL("site", import.meta.url)));
  node = await trainInNode(site.folder);
  [isolated, plain] = [await serve(site, true), await serve(site, false)];
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
  await Promise.all([isolated.close(), plain.close()]);
  await site.remove();
});

async function trainInNode(folder: string) {
  const { batch, steps, size } = recipe;
  const { config, method, data, host } = await prepare({
    method: "infogan",
    preset: "paper",
    data: "strokes",
    dataOptions: { size },
    options: recipe.options,
    training: { batch, steps, averageDecay: 0.9 },
    threads: 2,
  });
  const { options, training } = config;
  const trainer = await createTrainer({ method, options, training, data: data.train, host });
  const metrics: Numbers[] = [];
  for (let step = 0; step < steps; step++) metrics.push(await trainer.step(step));
  const norms = normsOf(trainer.state);
  const model = await trainer.model();
  await exportModels(model, config, folder);
  const pictures = readPictures(data.test, 5).images;
  const features = await model.features(pictures);
  model.release();
  trainer.release();
  return { metrics, norms, pictures, features };
}

async function ask(url: string, question: Question, from = browser) {
  const { page, complaints } = await open(from, url);
  const answer = await page.evaluate((q) => window.ask(q), question);
  await page.close();
  expect(answer.error).toBeUndefined();
  expect(complaints).toEqual([]);
  return answer;
}

type Numbers = Readonly<Record<string, number>>;

/** Largest difference of numbers of the same names, relative to what they are, or to `least` where they are smaller. */
function apart(found: Numbers, wanted: Numbers, least = 0): number {
  expect(Object.keys(found)).toEqual(Object.keys(wanted));
  const differences = Object.entries(wanted).map(
    ([name, v]) => Math.abs(found[name]! - v) / Math.max(v, least),
  );
  return Math.max(...differences);
}

test("the library bundles for a page: nothing of Node is asked for, and what is not used is left out", async () => {
  expect(site.warnings).toEqual([]);
  const names = (await readdir(`${site.folder}/assets`)).filter((name) => name.endsWith(".js"));
  const code = await Promise.all(names.map((name) => readFile(`${site.folder}/assets/${name}`, "utf8")));
  expect(code.join("\n")).not.toMatch(/__vite-browser-external|linkedom|koffi/);
});

describe("InfoGAN on strokes gives Node's losses", () => {
  test("on WebAssembly with two threads", async () => {
    const answer = await ask(isolated.url, { kind: "train", host: { device: "wasm", threads: 2 }, recipe });
    expect(answer).toMatchObject({ about: "WebAssembly on 2 threads", device: "wasm", threads: 2 });
    expectNodesNumbers(answer);
  });

  test("on WebGPU, where the state stays on the device: pictures and draws go up, scalars come down", async () => {
    const gpu = await launch({ software: true });
    const answer = await ask(isolated.url, { kind: "train", host: { device: "webgpu" }, recipe }, gpu);
    const few = { ...recipe, steps: 1 };
    const unasked = await ask(isolated.url, { kind: "train", host: { threads: 2 }, recipe: few }, gpu);
    await gpu.close();
    expect(unasked.about).toBe("WebAssembly on 2 threads"); // quicker than a graphics processor that is none
    expect(answer).toMatchObject({ device: "webgpu", threads: 1 });
    expect(answer.about).toMatch(/^WebGPU on .*swiftshader.*, a software adapter$/i);
    expectNodesNumbers(answer);
    const [first, ...others] = answer.traffic!;
    expect(first!.up).toBeGreaterThan(answer.stateBytes!);
    // Pictures, draws and what each kernel is told, such as its shapes; scalars, and a few small ops that the device has not.
    for (const { up, down } of others) {
      expect(up).toBeLessThan(answer.stateBytes! / 10);
      expect(down).toBeLessThan(8192);
    }
  });
});

/** Losses and everything that lives longer than a step, running statistics and averages among it. */
function expectNodesNumbers({ metrics, norms }: Answer): void {
  expect(metrics).toHaveLength(recipe.steps);
  metrics!.forEach((found, step) => expect(apart(found, node.metrics[step]!)).toBeLessThan(1e-4));
  expect(apart(norms!, node.norms, 1e-2)).toBeLessThan(1e-4);
}

test("a page that is not isolated runs on one thread, and says so", async () => {
  const few = { ...recipe, steps: 2 };
  const answer = await ask(plain.url, { kind: "train", host: { device: "wasm", threads: 2 }, recipe: few });
  expect(answer).toMatchObject({
    about: "WebAssembly on 1 thread, since this page is not cross-origin isolated",
    threads: 1,
  });
  expect(apart(answer.metrics![1]!, node.metrics[1]!)).toBeLessThan(1e-4);
});

test("without a WebGPU adapter WebAssembly takes over, and says so where WebGPU was asked for", async () => {
  const few = { ...recipe, steps: 1 };
  const asked = await ask(isolated.url, {
    kind: "train",
    host: { device: "webgpu", threads: 2 },
    recipe: few,
  });
  expect(asked).toMatchObject({
    device: "wasm",
    about: "WebAssembly on 2 threads; this page has no WebGPU adapter",
  });
  const auto = await ask(isolated.url, { kind: "train", host: { threads: 2 }, recipe: few });
  expect(auto).toMatchObject({ device: "wasm", about: "WebAssembly on 2 threads" });
});

test("a model exported in Node gives the same features in the page, without Ganymede", async () => {
  const question = { model: "/encoder.onnx", x: [...node.pictures], shape: [5, 1, recipe.size, recipe.size] };
  const { outputs } = await ask(isolated.url, { kind: "run", ...question });
  expect(Object.keys(outputs!)).toEqual(["c1", "c2", "c3"]);
  for (const [name, { data }] of Object.entries(node.features)) {
    const differences = outputs![name]!.map((v, i) => Math.abs(v - data[i]!));
    expect(differences).toHaveLength(data.length);
    expect(Math.max(...differences)).toBeLessThan(1e-5);
  }
});
