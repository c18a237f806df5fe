import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Dataset } from "../../src/data/dataset.js";
import { loadData } from "../../src/data/disk/load.js";
import { keepLabels, labelledIndices, labelsComeFrom } from "../../src/data/keep-labels.js";
import { pictures } from "../../src/data/pictures.js";
import { strokes } from "../../src/data/strokes.js";
import { refusal } from "./refusal.js";

const names = ["ant", "bee", "cat"];

/** A picture of one pixel for each label; -1 is none. */
function labelledAs(labels: readonly number[], classes = names): Dataset {
  const files = labels.map((label, i) => `${classes[label] ?? "none"}/${i}.png`);
  const pixels = Uint8Array.from(labels, (_, i) => i);
  const image = { channels: 1, height: 1, width: 1 };
  return pictures({ name: "insects", image, pixels, labels, classes, files, preprocessing: "none" });
}

const indices = (set: Dataset) => Array.from({ length: set.size }, (_, i) => i);
const countsOf = (set: Dataset) =>
  names.map((_, label) => indices(set).filter((i) => set.label(i) === label).length);

/** Ten of each class, and more with and without, in any order. */
const tenOfEach = Array.from({ length: 30 }, (_, i) => i % 3);
const mixed = fc
  .array(fc.integer({ min: -1, max: 2 }), { maxLength: 30 })
  .map((more) => [...tenOfEach, ...more])
  .chain((labels) => fc.shuffledSubarray(labels, { minLength: labels.length }));

describe("keepLabels", () => {
  test("keeps n labels, balanced, each the picture's own; all others are -1", () => {
    fc.assert(
      fc.property(mixed, fc.integer({ min: 3, max: 30 }), fc.nat(), (labels, n, seed) => {
        const data = labelledAs(labels);
        const kept = keepLabels(data, n, seed);
        const counts = countsOf(kept);
        expect(counts.reduce((a, b) => a + b)).toBe(n);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        for (const i of indices(kept)) expect([labels[i], -1]).toContain(kept.label(i));
        expect(labelledIndices(kept)).toEqual(indices(kept).filter((i) => kept.label(i) >= 0));
      }),
    );
  });

  test("a larger number keeps all that a smaller one keeps", () => {
    const data = labelledAs(Array.from({ length: 60 }, (_, i) => i % 3));
    for (let n = 3; n < 60; n++) {
      const more = labelledIndices(keepLabels(data, n + 1, 4));
      expect(more).toEqual(expect.arrayContaining([...(labelledIndices(keepLabels(data, n, 4)) ?? [])]));
    }
  });

  test("leaves pictures alone, and leaves out all that gives a label away", () => {
    const { train } = strokes();
    const kept = keepLabels(train, 100);
    const [before, after] = [new Float32Array(2 * 784), new Float32Array(2 * 784)];
    train.read([7, 3], before);
    kept.read([7, 3], after);
    expect(after).toEqual(before);
    for (const set of [kept, keepLabels(labelledAs([0, 1, 2, 0, 1, 2]), 3)])
      for (const gone of ["factors", "factorsOf", "fileOf"]) expect(set).not.toHaveProperty(gone);
  });

  test("the seed draws them: the same again, others with another; so says the fingerprint", () => {
    const data = labelledAs(Array.from({ length: 60 }, (_, i) => i % 3));
    const drawn = [keepLabels(data, 9, 1), keepLabels(data, 9, 2), keepLabels(data, 10, 1), data];
    expect(new Set(drawn.map(({ fingerprint }) => fingerprint)).size).toBe(4);
    expect(labelledIndices(drawn[0]!)).not.toEqual(labelledIndices(drawn[1]!));
    expect(keepLabels(data, 9, 1).fingerprint).toBe(drawn[0]?.fingerprint);
  });

  test("of an endless set, labels are kept among the first 10,000", () => {
    const { train } = strokes();
    const kept = keepLabels(train, 25);
    const labelled = labelledIndices(kept) ?? [];
    expect(labelled.length).toBe(25);
    expect(Math.max(...labelled)).toBeLessThan(10_000);
    expect(Math.max(...labelled)).toBeGreaterThan(5000); // not simply the first
    expect(labelled.map((i) => kept.label(i))).toEqual(labelled.map((i) => train.label(i)));
    expect(kept.label(2 ** 40)).toBe(-1);
    expect(labelledIndices(train)).toBeUndefined();
  });

  test("refuses what cannot be kept", async () => {
    const even = labelledAs([0, 1, 2, 0, 1, 2, -1]);
    const keep = (data: Dataset, n: number) => refusal(() => keepLabels(data, n));
    expect(await keep(even, 2)).toBe(
      "OptionError: insects, --labels: expected a whole number of at least 3, one for each class, received 2.",
    );
    expect(await keep(even, 7)).toBe(
      "OptionError: insects, --labels: expected at most 6, the training pictures that have a label, received 7.\n" +
        "  Say --labels 6 or fewer, or leave it out to keep them all.",
    );
    expect(await keep(strokes().train, 10_001)).toBe(
      "OptionError: strokes, --labels: expected at most 10000, the training pictures that have a label " +
        "among the first 10000, received 10001.\n  Say --labels 10000 or fewer, or leave it out to keep them all.",
    );
    expect(await keep(labelledAs([0, 0, 0, 2, 2, 2]), 3)).toBe(
      "DataError: insects, class bee: expected enough training pictures with a label for --labels 3, " +
        "as many of each class, received none.\n  Add pictures of this class, or remove it.",
    );
    const uneven = labelledAs([0, 0, 0, 0, 1, 1, 2, 2, 2, 2]);
    expect(await keep(uneven, 9)).toBe(
      "DataError: insects, class bee: expected enough training pictures with a label for --labels 9, " +
        "as many of each class, received 2.\n  Say --labels 8 or fewer.",
    );
    expect(countsOf(keepLabels(uneven, 8))).toEqual([3, 2, 3]);
    const { classes: _classes, ...unlabelled } = even;
    expect(await keep(unlabelled, 3)).toBe(
      "DataError: insects, --labels: expected data with labels, some of which are kept, received pictures without any.\n" +
        `  ${labelsComeFrom}`,
    );
    expect(await refusal(() => keepLabels(even, 3).label(7))).toBe(
      "OptionError: insects: expected a picture from 0 to 6, received 7.",
    );
  });
});

describe("labelledIndices", () => {
  test("are those with a label, all of a set without classes being without", () => {
    expect(labelledIndices(labelledAs([0, -1, 2, -1]))).toEqual([0, 2]);
    const { classes: _classes, ...unlabelled } = labelledAs([-1, -1]);
    expect(labelledIndices(unlabelled)).toEqual([]);
  });
});

describe("the option labels", () => {
  test("touches the training part alone", async () => {
    const whole = await loadData("strokes");
    const few = await loadData("strokes", { labels: 20, labelSeed: 3 });
    expect(few.train.labelled?.length).toBe(20);
    expect(few.train.fingerprint).toBe(keepLabels(whole.train, 20, 3).fingerprint);
    expect(few.test.fingerprint).toBe(whole.test.fingerprint);
    expect(few.test.label(3)).toBe(whole.test.label(3));
  });
});
