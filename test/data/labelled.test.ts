import { expect, test } from "vitest";
import { keepLabels, labelled, pictures, strokes } from "../../src/data/index.js";
import { DataError } from "../../src/errors.js";

const image = { channels: 1, height: 1, width: 2 };
const set = (labels: number[], classes = ["a", "b"]) =>
  pictures({
    name: "few",
    image,
    pixels: Uint8Array.from(labels.flatMap((_, i) => [i, 255 - i])),
    labels,
    classes,
    files: labels.map((_, i) => `${i}.png`),
    preprocessing: "none",
  });

test("only the pictures that have a label are left, with their own pixels and labels", () => {
  const found = labelled(set([-1, 1, -1, 0, 1]));
  expect(found.size).toBe(3);
  expect([0, 1, 2].map((i) => found.label(i))).toEqual([1, 0, 1]);
  const out = new Float32Array(4);
  found.read([2, 0], out);
  expect(Array.from(out, (v) => Math.round(255 * v))).toEqual([4, 251, 1, 254]);
  expect(found.classes).toEqual(["a", "b"]);
});

test("files and factors are those of the picture itself", () => {
  const found = labelled({ ...set([-1, 1, -1, 0]), factorsOf: (index) => [10 * index] });
  expect([0, 1].map((i) => found.fileOf?.(i))).toEqual(["1.png", "3.png"]);
  expect([0, 1].map((i) => found.factorsOf?.(i))).toEqual([[10], [30]]);
  expect(labelled(set([0, 1]))).not.toHaveProperty("factorsOf");
});

test("a set may ask itself for a label", () => {
  const itself = {
    ...set([0, 0, 0]),
    known: [1, -1, 0],
    label(index: number) {
      return this.known[index] ?? -1;
    },
  };
  expect([0, 1].map((i) => labelled(itself).label(i))).toEqual([1, 0]);
});

test("an endless set whose pictures all have labels is taken as it is", () => {
  const { train } = strokes({});
  expect(labelled(train)).toBe(train);
});

test("an endless set with a few labels becomes those few", () => {
  const { train } = strokes({});
  const some = keepLabels(train, 100);
  const found = labelled(some);
  expect(found.size).toBe(100);
  expect(found.label(7)).toBe(train.label(some.labelled?.[7] ?? NaN));
});

test("data without classes, of a single one, and a class without a picture, are refused", () => {
  const { classes: _, ...nameless } = set([0, 1]);
  expect(() => labelled(nameless)).toThrow(DataError);
  expect(() => labelled(nameless)).toThrow("few: expected pictures with labels, received none");
  expect(() => labelled(set([0, 0, -1]))).toThrow(
    'few: expected a labelled training picture of every class, received none of class "b"',
  );
  expect(() => labelled({ ...set([0, 0]), classes: ["a"] })).toThrow(
    "few: expected pictures of at least 2 classes, received 1: a",
  );
});
