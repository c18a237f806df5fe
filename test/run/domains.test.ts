import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { beforeAll, describe, expect, test } from "vitest";
import { type DataSplits, type Dataset, strokes } from "../../src/data/index.js";
import { flatten } from "../../src/engine/ops/index.js";
import { hostRandom } from "../../src/engine/random.js";
import { nodeHost } from "../../src/engine/runtime/node.js";
import { GanymedeError } from "../../src/errors.js";
import { projections } from "../../src/run/projections.js";
import { domainScores } from "../../src/run/scores/domains.js";
import { readFirst } from "../../src/run/scores/reading.js";
import { createModel } from "../../src/train/index.js";
import { isComplete, startRun } from "../../src/run/train-run.js";
import { RunFolder, type TrainRequest, trainRun } from "../../src/run/index.js";
import { drawPictures } from "../cli/ganymede.js";
import { scratch } from "./parts.js";
import { toyMethod } from "../toy.js";

const root = scratch();
const folder = (name: string) => `folder:${join(root, name)}`;

beforeAll(async () => {
  await drawPictures(join(root, "plain"), 12);
  await drawPictures(join(root, "other"), 16);
  mkdirSync(join(root, "flat"));
  mkdirSync(join(root, "colour"));
  for (let i = 0; i < 4; i++) {
    const picture = (background: string) =>
      sharp({ create: { width: 30, height: 30, channels: 3, background } }).png();
    await picture("grey").toFile(join(root, "flat", `${i}.png`));
    await picture("orange").toFile(join(root, "colour", `${i}.png`));
  }
});

const request = (data: string, target?: string, more: Partial<TrainRequest> = {}): TrainRequest => ({
  method: "dann",
  data,
  ...(target !== undefined && { target }),
  threads: 1,
  ...more,
  dataOptions: { size: 16, ...more.dataOptions },
  options: { net: "best", width: 0.1, recolour: false, ...more.options },
  training: { steps: 4, batch: 8, sampleEvery: 4, checkpointEvery: 4 },
});

/** Exit status and message of what a request is answered with. */
async function refused(asked: TrainRequest): Promise<string> {
  const out = join(root, "refused");
  try {
    const run = await startRun(asked, { out });
    await run.release();
  } catch (error) {
    expect(existsSync(out)).toBe(false);
    if (error instanceof GanymedeError) return `${error.exitCode} ${error.message.replaceAll(root, "")}`;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("domains that do not go together are refused, and nothing is made", () => {
  const noLabels =
    "Labels are the sub-folders of folder:PATH, a table (--labels-csv FILE), or come with the set.";
  test.each<[string, () => TrainRequest, string]>([
    [
      "no target",
      () => request("strokes"),
      "2 dann: expected a second set of pictures, received none.\n  Name it with --target, such as --target mnist-m.",
    ],
    [
      "a target in colour",
      () => request("strokes", folder("colour")),
      "2 target folder:/colour: expected pictures of 16x16 of 1 channel, as those of strokes, " +
        "received 16x16 of 3 channels.\n  Add --channels 3: it holds for both.",
    ],
    [
      "a target of other classes",
      () => request("strokes", folder("plain")),
      "2 target folder:/plain: expected the classes of strokes: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, received left, right.\n" +
        "  Its labels only measure. Choose a target of the same classes, or one without labels: a folder without sub-folders, a file without labels.",
    ],
    [
      "a target of other classes that should teach",
      () => request("strokes", folder("plain"), { options: { variant: "target-only" } }),
      "2 target folder:/plain: expected the classes of strokes: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, received left, right.\n" +
        "  Name the classes of both alike.",
    ],
    [
      "a size that one of them cannot have",
      () => request(folder("plain"), "mnist", { dataOptions: { size: 20 } }),
      "2 mnist size: expected 28 or more, since its pictures are not made smaller, received 20.",
    ],
    [
      "pictures that are too small for the network",
      () =>
        request(folder("plain"), folder("other"), { dataOptions: { size: 12 }, options: { net: "paper" } }),
      "2 dann: expected pictures of at least 16x16 with net=paper, received 12x12.\n  Choose a size with --size, such as 28 or 32.",
    ],
    [
      "a source without labels",
      () => request(folder("flat"), folder("plain"), { dataOptions: { channels: 1 } }),
      `1 dann: expected pictures with labels in --data, received none.\n  ${noLabels}`,
    ],
    [
      "a target without labels that should teach",
      () =>
        request(folder("plain"), folder("flat"), {
          dataOptions: { channels: 1 },
          options: { variant: "target-only" },
        }),
      `1 folder:/flat: expected pictures with labels, received none.\n  ${noLabels}`,
    ],
  ])("%s", async (_name, asked, message) => {
    expect(await refused(asked())).toBe(message);
  });
});

const evaluationOf = (out: string) =>
  JSON.parse(readFileSync(join(out, "evaluation.json"), "utf8")) as Record<string, unknown>;

test("a run measures both domains, says so, and exports its encoder", async () => {
  const out = join(root, "both");
  const { lines, warnings } = await trainRun(request(folder("plain"), folder("other")), { out });
  expect(warnings.filter((text) => text.includes("not exported"))).toEqual([]);
  expect(lines[0]).toMatch(/^Of the 2 test pictures of folder:plain it names \d+\.0 % rightly\.$/);
  expect(lines[1]).toMatch(
    /^Of the 2 target pictures of folder:other, whose labels it never saw, it names \d+\.0 % rightly\.$/,
  );
  const found = evaluationOf(out);
  expect(found).toMatchObject({ pictures: 2, target: { pictures: 2, taught: false } });
  for (const key of ["test_error", "target_accuracy", "target_information"])
    expect(found[key], key).toBeTypeOf("number");
  const report = readFileSync(join(out, "report.html"), "utf8");
  expect(report).toContain("dann on folder:plain to folder:other");
  expect(report).toMatch(/How many target pictures of each class \(column\)\s+were named as each/);
  expect(existsSync(join(out, "models", "encoder.onnx"))).toBe(true);
  expect(await isComplete(await RunFolder.open(out))).toBe(true);
});

test("source-only needs no target; a target without labels is measured without them", async () => {
  const sourceOnly = { options: { variant: "source-only" }, dataOptions: { channels: 1 as const } };
  const [alone, unlabelled] = [join(root, "alone"), join(root, "unlabelled")];
  await trainRun(request(folder("plain"), undefined, sourceOnly), { out: alone });
  expect(evaluationOf(alone)).not.toHaveProperty("target");
  const { lines } = await trainRun(request(folder("plain"), folder("flat"), sourceOnly), { out: unlabelled });
  expect(lines.join()).not.toContain("target");
  expect(evaluationOf(unlabelled)).not.toHaveProperty("target_accuracy");
  expect(evaluationOf(unlabelled)["target_information"]).toBeTypeOf("number");
});

test("--labels and a table are of the source: a target without labels is read as it is", async () => {
  const out = join(root, "few-labels");
  const asked = request(folder("plain"), folder("flat"), { dataOptions: { channels: 1, labels: 4 } });
  await trainRun(asked, { out });
  const { config } = await RunFolder.open(out);
  expect([config.data.options.labels, config.target?.options.labels]).toEqual([4, null]);
  expect(evaluationOf(out)["target_information"]).toBeTypeOf("number");
  const taught = await refused({ ...asked, options: { variant: "target-only" } });
  expect(taught).toContain("folder:/flat, --labels: expected");
});

test("taught by the target, the target has few labels, and the source is read as it is", async () => {
  const out = join(root, "taught-by-target");
  const dataOptions = { channels: 1 as const, labels: 4 };
  const asked = request(folder("plain"), folder("other"), {
    dataOptions,
    options: { variant: "target-only" },
  });
  await trainRun(asked, { out });
  const { config } = await RunFolder.open(out);
  expect([config.data.options.labels, config.target?.options.labels]).toEqual([null, 4]);
});

test("a fresh probe tells domains apart where the features do, and is near a guess where they do not", async () => {
  const host = nodeHost({ threads: 1 });
  const { train, test } = strokes({ size: 16 });
  const few = { train: { ...train, size: 300 }, test: { ...test, size: 400 } };
  const noisy = (data: Dataset): Dataset => ({
    ...data,
    read: (indices, out) => {
      data.read(indices, out);
      for (let i = 0; i < out.length; i += 2) out[i] = 1 - out[i]!;
    },
  });
  const looking = toyMethod({
    features: (_, x) => ({ pixels: flatten(x) }),
  });
  const spec = { method: looking, options: {}, data: { image: train.image, classes: 10 }, host };
  const model = createModel({ ...spec, weights: new Map() });
  const probeOf = async (target: DataSplits) => {
    const source = await readFirst(model, few.test, 400);
    const other = await readFirst(model, target.test, 400);
    const measured = { model, domains: { data: few, target }, source, target: other, seed: 1 };
    return (await domainScores(measured)).numbers["domain_probe_accuracy"];
  };
  // The same pictures under another name cannot be told apart; every second pixel inverted can.
  expect(await probeOf(few)).toBeCloseTo(0.5, 5);
  expect(await probeOf({ train: noisy(few.train), test: noisy(few.test) })).toBeGreaterThan(0.95);
  // Noise of as many numbers as rows, another in each domain: what is learned by heart of one half says nothing of the other.
  const noise = (set: string): Dataset => ({
    ...few.test,
    read: (indices, out) => {
      const values = out.length / indices.length;
      for (const [row, index] of Array.from(indices).entries()) {
        const { uniform } = hostRandom(index, set);
        for (let i = 0; i < values; i++) out[row * values + i] = uniform();
      }
    },
  });
  const [ours, theirs] = [noise("ours"), noise("theirs")];
  const source = await readFirst(model, ours, 400);
  const target = await readFirst(model, theirs, 400);
  const domains = { data: few, target: few };
  const { numbers } = await domainScores({ model, domains, source, target, seed: 1 });
  expect(Math.abs((numbers["domain_probe_accuracy"] ?? NaN) - 0.5)).toBeLessThan(0.12);
  model.release();
});

test("the plane shows test pictures by class and by domain, near where their features are", async () => {
  const { train, test: held } = strokes({ size: 16 });
  const part = (size: number) => ({ ...held, size });
  const inverted = (data: Dataset): Dataset => ({
    ...data,
    read: (indices, out) => {
      data.read(indices, out);
      for (let i = 0; i < out.length; i++) out[i] = 1 - out[i]!;
    },
  });
  const method = toyMethod({ features: (_, x) => ({ pixels: flatten(x) }) });
  const data = { image: train.image, classes: 10 };
  const model = createModel({
    method,
    options: {},
    data,
    host: nodeHost({ threads: 1 }),
    weights: new Map(),
  });
  const domains = {
    data: { train, test: part(60) },
    target: { train, test: inverted(part(40)) },
  };
  const [byClass, byDomain, ...more] = await projections(model, domains, 1);
  const [alone, ...others] = await projections(model, { data: domains.data }, 1);
  model.release();
  expect([byClass?.title, byDomain?.title, alone?.title]).toEqual([
    "pixels, by class",
    "pixels, by domain",
    "pixels, by class",
  ]);
  expect([more, others]).toEqual([[], []]);
  expect(byClass?.groups.map(({ name }) => name)).toEqual(held.classes);
  const sizes = (scatter = byClass) => scatter?.groups.map(({ points }) => points.length) ?? [];
  expect(sizes(byDomain)).toEqual([60, 40]);
  expect(sizes().reduce((sum, size) => sum + size)).toBe(100);
  expect(sizes(alone).reduce((sum, size) => sum + size)).toBe(60);
  // Black on white is far from white on black: the nearest other place is of the same domain.
  const places = (byDomain?.groups ?? []).flatMap(({ points }, domain) =>
    points.map((place) => ({ domain, place })),
  );
  const distance = (a: readonly number[], b: readonly number[]) => Math.hypot(a[0]! - b[0]!, a[1]! - b[1]!);
  for (const one of places) {
    const rest = places.filter((other) => other !== one);
    const nearest = rest.reduce((a, b) =>
      distance(b.place, one.place) < distance(a.place, one.place) ? b : a,
    );
    expect(nearest.domain).toBe(one.domain);
  }
});
