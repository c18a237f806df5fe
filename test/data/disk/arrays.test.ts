import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import type { Dataset } from "../../../src/data/dataset.js";
import { loadData } from "../../../src/data/disk/load.js";
import type { DataOptionsInput } from "../../../src/data/options.js";
import { idxBytes } from "../idx-bytes.js";
import { int64Bytes, npyBytes } from "../npy-bytes.js";
import { refusal } from "../refusal.js";

const made: string[] = [];
let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "ganymede-arrays-"));
  made.push(root);
});
afterAll(() => Promise.all(made.map((folder) => rm(folder, { recursive: true }))));

/** Pictures [count, 4, 4] of one grey each: the first `from`, the next one more. */
const greys = (count: number, from = 0): Uint8Array =>
  Uint8Array.from({ length: 16 * count }, (_, i) => from + Math.floor(i / 16));

const images = (count: number, from = 0) => npyBytes("|u1", [count, 4, 4], greys(count, from));
const labels = (values: readonly number[]) => npyBytes("<i8", [values.length], int64Bytes(values));

/** First byte of every picture: which one it is. */
function firsts(set: Dataset): number[] {
  const { channels, height, width } = set.image;
  const out = new Float32Array(set.size * channels * height * width);
  set.read(
    Array.from({ length: set.size }, (_, i) => i),
    out,
  );
  return Array.from({ length: set.size }, (_, i) =>
    Math.round(255 * (out[i * channels * height * width] ?? NaN)),
  );
}
const labelsOf = (set: Dataset): number[] => Array.from({ length: set.size }, (_, i) => set.label(i));

describe("npz:PATH", () => {
  const file = () => join(root, "pictures.npz");

  async function load(arrays: Record<string, Uint8Array>, options: DataOptionsInput = {}) {
    const named = Object.entries(arrays).map(([name, array]) => [`${name}.npy`, array]);
    await writeFile(file(), zipSync(Object.fromEntries(named)));
    return loadData(`npz:${file()}`, options);
  }
  const refused = (arrays: Record<string, Uint8Array>, options: DataOptionsInput = {}) =>
    refusal(() => load(arrays, options));

  const four = {
    train_images: images(3),
    train_labels: labels([7, 0, 7]),
    test_images: images(2, 100),
    test_labels: labels([0, 4]),
  };

  test("the parts of the file, under either name; classes are the labels that occur", async () => {
    const { train, test } = await load(four);
    expect([train.name, train.image]).toEqual([`npz:${file()}`, { channels: 1, height: 4, width: 4 }]);
    expect([firsts(train), firsts(test)]).toEqual([
      [0, 1, 2],
      [100, 101],
    ]);
    expect([train.classes, labelsOf(train), labelsOf(test)]).toEqual([
      ["0", "4", "7"],
      [2, 0, 2],
      [0, 1],
    ]);
    const other = await load({
      X_train: four.train_images,
      y_train: four.train_labels,
      X_test: four.test_images,
      y_test: four.test_labels,
      ignored: Uint8Array.of(1, 2),
    });
    expect(other.train.fingerprint).toBe(train.fingerprint);
  });

  test("of a single part, some of each class are held out, the same each time", async () => {
    const arrays = { images: images(20), labels: labels(Array.from({ length: 20 }, (_, i) => i % 2)) };
    const { train, test } = await load(arrays, { testShare: 0.2 });
    expect([train.size, test.size]).toEqual([16, 4]);
    expect(labelsOf(test).toSorted((a, b) => a - b)).toEqual([0, 0, 1, 1]);
    expect([...firsts(train), ...firsts(test)].toSorted((a, b) => a - b)).toEqual([...Array(20).keys()]);
    expect(firsts(test).map((i) => i % 2)).toEqual(labelsOf(test)); // each with its own label
    expect(firsts((await load(arrays, { testShare: 0.2 })).test)).toEqual(firsts(test));
    expect(firsts((await load(arrays, { testShare: 0.2, seed: 2 })).test)).not.toEqual(firsts(test));
    const onlyTest = { test_images: arrays.images, test_labels: arrays.labels };
    expect((await load(onlyTest, { testShare: 0.2 })).test.fingerprint).toBe(test.fingerprint);
  });

  test("a part that comes class by class is mixed, each picture with its label; others keep their order", async () => {
    const parts = (label: (i: number) => number) => ({
      train_images: images(40),
      train_labels: labels(Array.from({ length: 40 }, (_, i) => label(i))),
      test_images: images(4),
      test_labels: labels([0, 1, 3, 0]),
    });
    const { train } = await load(parts((i) => Math.floor(i / 20)));
    expect(firsts(train).toSorted((a, b) => a - b)).toEqual([...Array(40).keys()]);
    expect(labelsOf(train)).toEqual(firsts(train).map((i) => Math.floor(i / 20)));
    const early = labelsOf(train).slice(0, 20);
    expect(early.filter((label) => label === 1).length).toBeGreaterThan(4);
    expect(early.filter((label) => label === 0).length).toBeGreaterThan(4);
    expect(firsts((await load(parts((i) => i % 2))).train)).toEqual([...Array(40).keys()]);
    expect(firsts((await load(parts(() => 3))).train)).toEqual([...Array(40).keys()]);
  });

  test("without labels, with some at -1, and with labels of shape [N, 1]", async () => {
    expect((await load({ images: images(4) })).train).not.toHaveProperty("classes");
    const column = npyBytes("|i1", [4, 1], new Uint8Array(Int8Array.of(-1, 2, -1, 2).buffer));
    const { train, test } = await load({ images: images(4), labels: column }, { testShare: 0.5 });
    expect([train.classes, [...labelsOf(train), ...labelsOf(test)].toSorted((a, b) => a - b)]).toEqual([
      ["2"],
      [-1, -1, 0, 0],
    ]);
  });

  test("size, channels and fit", async () => {
    const resized = await load(four, { size: 6, channels: 3 });
    expect(resized.train.image).toEqual({ channels: 3, height: 6, width: 6 });
    expect(resized.train.preprocessing).toBe("resized to cover 6x6 (bilinear), centre crop, RGB");
    const padded = await load(four, { fit: "pad" });
    expect(padded.train.image).toEqual({ channels: 1, height: 28, width: 28 });
    const wide = await load({ images: npyBytes("|u1", [2, 4, 6, 3], new Uint8Array(144)) });
    expect(wide.train.image).toEqual({ channels: 3, height: 4, width: 4 });
    const mixed = await load({ ...four, test_images: npyBytes("|u1", [2, 5, 5, 3], new Uint8Array(150)) });
    expect(mixed.train.image).toEqual({ channels: 3, height: 4, width: 4 });
    expect(mixed.test.image).toEqual(mixed.train.image);
  });

  test("names the file, the array and what is wrong", async () => {
    const path = file();
    expect(await refusal(() => loadData("npz:nowhere.npz"))).toBe(
      "DataError: nowhere.npz: expected a readable file, received nothing of that name.",
    );
    expect(await refused({ ...four, train_labels: labels([1, 2]) })).toBe(
      `DataError: ${path}, train_labels: expected 3 labels, one for each picture of train_images, received 2.`,
    );
    expect(await refused({ ...four, train_images: npyBytes("<f4", [3, 4, 4], new Uint8Array(192)) })).toBe(
      `DataError: ${path}, train_images: expected pictures of type uint8, from 0 to 255, received <f4.\n` +
        "  Values from 0 to 1: save (255 * x).round().astype('uint8').",
    );
    expect(await refused({ images: npyBytes("|u1", [3, 16], greys(3)) })).toBe(
      `DataError: ${path}, images: expected pictures of shape [N, H, W], [N, H, W, 1] or [N, H, W, 3], received [3, 16].`,
    );
    expect(await refused({ images: images(3), y: npyBytes("|u1", [3, 10], new Uint8Array(30)) })).toBe(
      `DataError: ${path}, y: expected labels of shape [N], received [3, 10].\n` +
        "  One-hot labels: save x.argmax(axis=1).",
    );
    expect(await refused({ images: images(3), y: npyBytes("<f8", [3], new Uint8Array(24)) })).toBe(
      `DataError: ${path}, y: expected an array of whole numbers, received one of type <f8.`,
    );
    const { test_labels: _gone, ...three } = four;
    expect(await refused(three)).toBe(
      `DataError: ${path}: expected labels for both parts, or for none, received none for the test pictures.`,
    );
    expect(await refused({ pictures: images(3), classes: labels([1, 2, 3]) })).toBe(
      `DataError: ${path}: expected arrays called train_images and test_images (or x_train and x_test), or images, ` +
        "received pictures, classes.",
    );
    expect(await refused({ images: images(1) })).toBe(
      `DataError: npz:${path}: expected at least 2 pictures, one to be held out, received 1.\n  Add pictures, or a test part.`,
    );
    await writeFile(path, zipSync({ "images.npy": images(9) }).subarray(0, 150));
    expect(await refusal(() => loadData(`npz:${path}`))).toBe(
      `DataError: ${path}: expected an .npz file, a zip of NumPy arrays, received one that is damaged or cut off.\n` +
        "  Fetch or write it again.",
    );
    expect(await refusal(() => loadData(path))).toMatch(/For NumPy arrays write npz:/);
  });
});

describe("idx:PATH", () => {
  const put = (name: string, bytes: Uint8Array) => writeFile(join(root, name), bytes);
  const load = (options: DataOptionsInput = {}) => loadData(`idx:${root}`, options);

  async function putFour(prefix = ""): Promise<void> {
    await put(`${prefix}train-images-idx3-ubyte`, idxBytes([3, 4, 4], greys(3)));
    await put(`${prefix}train-labels-idx1-ubyte`, idxBytes([3], Uint8Array.of(2, 1, 2)));
    await put(`${prefix}test-images.idx3-ubyte.gz`, gzipSync(idxBytes([2, 4, 4], greys(2, 50))));
    await put(`${prefix}test-labels.idx1-ubyte`, idxBytes([2], Uint8Array.of(1, 9)));
  }

  test("four files of any size, plain or .gz, with whatever before their names", async () => {
    await putFour("emnist-letters-");
    const { train, test } = await load();
    expect([firsts(train), firsts(test)]).toEqual([
      [0, 1, 2],
      [50, 51],
    ]);
    expect([train.classes, labelsOf(train), labelsOf(test)]).toEqual([
      ["1", "2", "9"],
      [1, 0, 1],
      [0, 2],
    ]);
    expect([train.name, train.image.width]).toEqual([`idx:${root}`, 4]);
    expect((await load({ size: 8 })).test.image.width).toBe(8);
  });

  test("without a test part, some are held out", async () => {
    await put("train-images-idx3-ubyte", idxBytes([10, 4, 4], greys(10)));
    await put("train-labels-idx1-ubyte", idxBytes([10], new Uint8Array(10)));
    const { train, test } = await load({ testShare: 0.3 });
    expect([train.size, test.size]).toEqual([7, 3]);
  });

  test("names what is missing, twice there or does not fit", async () => {
    expect(await refusal(() => loadData("idx:nowhere"))).toBe(
      "DataError: nowhere: expected a folder of IDX files, received nothing of that name.",
    );
    expect(await refusal(load)).toBe(
      `DataError: ${root}: expected one file train-images-idx3-ubyte, plain or .gz, received a folder without it.`,
    );
    await putFour();
    await put("train-images-idx3-ubyte.gz", new Uint8Array()); // the plain one is taken
    expect((await load()).train.size).toBe(3);
    await mkdir(join(root, "more"));
    await put("t10k-labels-idx1-ubyte", idxBytes([2], Uint8Array.of(1, 1)));
    expect(await refusal(load)).toBe(
      `DataError: ${root}: expected one file t10k-labels-idx1-ubyte, plain or .gz, ` +
        "received t10k-labels-idx1-ubyte and test-labels.idx1-ubyte.",
    );
    await rm(join(root, "t10k-labels-idx1-ubyte"));
    await put("test-labels.idx1-ubyte", idxBytes([3], Uint8Array.of(1, 1, 1)));
    expect(await refusal(load)).toBe(
      `DataError: ${join(root, "test-labels.idx1-ubyte")}: expected 2 labels, one for each picture of ` +
        `${join(root, "test-images.idx3-ubyte.gz")}, received 3.`,
    );
    await put("test-labels.idx1-ubyte", idxBytes([2, 1], Uint8Array.of(1, 1)));
    expect(await refusal(load)).toBe(
      `DataError: ${join(root, "test-labels.idx1-ubyte")}: expected labels of shape [N], received [2, 1].`,
    );
    await put("train-images-idx3-ubyte", idxBytes([3, 16], greys(3)));
    expect(await refusal(load)).toBe(
      `DataError: ${join(root, "train-images-idx3-ubyte")}: expected pictures of shape [N, H, W], [N, H, W, 1] or ` +
        "[N, H, W, 3], received [3, 16].",
    );
  });
});
