import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import type { PhotoSource } from "../../../src/data/blend.js";
import { loadData } from "../../../src/data/disk/load.js";
import { loadPhotos } from "../../../src/data/disk/photos.js";
import { refusal } from "../refusal.js";

const made: string[] = [];
let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "ganymede-photos-"));
  made.push(root);
});
afterAll(() => Promise.all(made.map((folder) => rm(folder, { recursive: true }))));

/** A photo whose red says which one it is. */
const plain = (red: number, width = 40, height = 30) =>
  sharp({ create: { width, height, channels: 3, background: { r: red, g: 100, b: 200 } } })
    .png()
    .toBuffer();

async function putPhotos(count: number): Promise<void> {
  await mkdir(join(root, "deep"));
  for (let i = 0; i < count; i++)
    await writeFile(join(root, i % 2 === 0 ? "" : "deep", `${i}.png`), await plain(i));
}

const load = (options: Partial<Parameters<typeof loadPhotos>[0]> = {}) =>
  loadPhotos({
    path: root,
    patch: 28,
    testShare: 0.25,
    seed: 1,
    skipBad: false,
    progress: () => undefined,
    ...options,
  });

const reds = (source: PhotoSource): number[] =>
  Array.from({ length: source.count }, (_, i) => source.photo(i).pixels[0] ?? NaN);

describe("loadPhotos", () => {
  test("no photo is in both parts; the seed chooses", async () => {
    await putPhotos(12);
    const progress: string[] = [];
    const { train, test } = await load({ progress: (done, total) => progress.push(`${done}/${total}`) });
    expect([train.count, test.count]).toEqual([9, 3]);
    expect([...reds(train), ...reds(test)].toSorted((a, b) => a - b)).toEqual([...Array(12).keys()]);
    expect(progress).toEqual(Array.from({ length: 12 }, (_, i) => `${i + 1}/12`));
    expect(reds((await load()).test)).toEqual(reds(test));
    const other = await load({ seed: 2 });
    expect(reds(other.test)).not.toEqual(reds(test));
    expect(other.train.fingerprint).not.toBe(train.fingerprint);
  });

  test("large photos are shrunk, small ones are not enlarged", async () => {
    await writeFile(join(root, "a.png"), await plain(1, 1024, 512));
    await writeFile(join(root, "b.png"), await plain(2, 30, 28));
    const { train, test } = await load();
    const sizes = [train.photo(0), test.photo(0)].map(({ width, height }) => `${width}x${height}`);
    expect(sizes.toSorted()).toEqual(["30x28", "512x256"]);
  });

  test("names what is wrong with a photo, or leaves it out and lists it", async () => {
    await putPhotos(8);
    await writeFile(join(root, "small.png"), await plain(9, 40, 20));
    const small = join(root, "small.png");
    expect(await refusal(() => load())).toBe(
      `DataError: ${small}: expected a photo of at least 28x28 pixels, to cut patches from, received 40x20.\n` +
        "  Remove it, or leave out such files with --skip-bad.",
    );
    const { skipped, train, test } = await load({ skipBad: true });
    expect(skipped).toEqual([{ path: small, reason: "40x20" }]);
    expect(train.count + test.count).toBe(8);
    await writeFile(small, (await plain(9)).subarray(0, 60));
    expect(await refusal(() => load())).toMatch(
      /small\.png: expected a PNG, JPEG or WebP picture, received one/,
    );
  });

  test("a folder that is missing, empty or of one photo", async () => {
    const path = join(root, "nowhere");
    expect(await refusal(() => load({ path }))).toBe(
      `DataError: ${path}: expected a folder of pictures, received nothing of that name.`,
    );
    expect(await refusal(() => load())).toMatch(
      /expected PNG, JPEG or WebP pictures.*received an empty folder/,
    );
    await writeFile(join(root, "a.png"), await plain(1));
    expect(await refusal(() => load())).toBe(
      `DataError: ${root}: expected at least 2 photos that can be read, one for the test part, received 1.`,
    );
  });
});

describe("mnist-m and strokes-m", () => {
  test("MNIST's digits on drawn textures, or on photos; larger ones have a margin", async () => {
    const drawn = await loadData("mnist-m");
    expect([drawn.train.size, drawn.test.size, drawn.train.image]).toEqual([
      60_000,
      10_000,
      { channels: 3, height: 28, width: 28 },
    ]);
    const mnist = await loadData("mnist");
    expect([0, 1, 2].map((i) => drawn.test.label(i))).toEqual([0, 1, 2].map((i) => mnist.test.label(i)));
    await putPhotos(4);
    const { train } = await loadData("mnist-m", { photos: root, size: 30, testShare: 0.5 });
    const [picture, digit] = [new Float32Array(3 * 900), new Float32Array(784)];
    train.read([0], picture);
    mnist.train.read([0], digit);
    const green = Array.from(picture.subarray(900, 1800), (value) => Math.round(255 * value));
    const inside = Array.from(digit, (_, i) => green[31 + 30 * Math.floor(i / 28) + (i % 28)]);
    expect(inside).toEqual(Array.from(digit, (value) => (value > 0 ? 155 : 100)));
  });

  test("strokes with their factors", async () => {
    const { train, test } = await loadData("strokes-m", { size: 20, seed: 3 });
    expect([train.name, train.size, train.image.width, test.size]).toEqual([
      "strokes-m",
      Infinity,
      20,
      10_000,
    ]);
    const strokes = await loadData("strokes", { size: 20, seed: 3 });
    expect(train.factorsOf?.(5)).toEqual(strokes.train.factorsOf?.(5));
  });

  test("sizes and channels they cannot have", async () => {
    expect(await refusal(() => loadData("mnist-m", { size: 20 }))).toBe(
      "OptionError: mnist-m size: expected a whole number of at least 28, the size of the digits, received 20.",
    );
    expect(await refusal(() => loadData("strokes-m", { channels: 1 }))).toBe(
      "OptionError: strokes-m channels: expected 3, received 1.",
    );
  });
});
