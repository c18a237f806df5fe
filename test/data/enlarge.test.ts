import { describe, expect, test } from "vitest";
import { type Dataset, labelled, pictures, readPictures, strokes } from "../../src/data/index.js";
import { asColour, enlarged, padded } from "../../src/data/enlarge.js";
import { refusal } from "./refusal.js";

/** Two grey pictures of 2x3. */
const grey = pictures({
  name: "grey",
  image: { channels: 1, height: 2, width: 3 },
  pixels: Uint8Array.from([1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16]),
  labels: [1, 0],
  classes: ["a", "b"],
  files: ["one.png", "two.png"],
  preprocessing: "as they are",
});

/** Pixels in 256 greys of pictures that are read into memory that holds something else. */
function pixelsOf(data: Dataset, indices: readonly number[]): number[][] {
  const { channels, height, width } = data.image;
  const size = channels * height * width;
  const out = new Float32Array(indices.length * size).fill(9);
  data.read(indices, out);
  return indices.map((_, i) =>
    Array.from(out.subarray(i * size, (i + 1) * size), (v) => Math.round(255 * v)),
  );
}

test("asColour repeats the channel of each picture", () => {
  const colour = asColour(grey);
  expect(colour.image).toEqual({ channels: 3, height: 2, width: 3 });
  const [one, two] = [
    [1, 2, 3, 4, 5, 6],
    [11, 12, 13, 14, 15, 16],
  ];
  expect(pixelsOf(colour, [1, 0])).toEqual([
    [...two, ...two, ...two],
    [...one, ...one, ...one],
  ]);
  expect(asColour(colour)).toBe(colour);
});

test("padded centres pictures, with the odd pixel right and below, in every channel", () => {
  const large = padded(grey, 5);
  expect(large.image).toEqual({ channels: 1, height: 5, width: 5 });
  // prettier-ignore
  const expected = [
    0, 0, 0, 0, 0,
    0, 1, 2, 3, 0,
    0, 4, 5, 6, 0,
    0, 0, 0, 0, 0,
    0, 0, 0, 0, 0,
  ];
  expect(pixelsOf(large, [0])).toEqual([expected]);
  expect(pixelsOf(padded(asColour(grey), 5), [0])).toEqual([[...expected, ...expected, ...expected]]);
  expect(pixelsOf(padded(asColour(grey), 5), [1, 0])).toEqual(pixelsOf(asColour(padded(grey, 5)), [1, 0]));
});

describe("what is known of the pictures stays, and the change is on record", () => {
  test.each<[string, (data: Dataset) => Dataset, string]>([
    ["asColour", asColour, "as they are, grey as three equal channels"],
    ["padded", (data) => padded(data, 5), "as they are, in the middle of black 5x5"],
  ])("%s", (_name, change, words) => {
    const made = change(grey);
    expect(made).toMatchObject({ name: "grey", size: 2, classes: ["a", "b"], preprocessing: words });
    expect([made.label(0), made.label(1), made.fileOf?.(1)]).toEqual([1, 0, "two.png"]);
    expect(made.fingerprint).not.toBe(grey.fingerprint);
    expect(made.fingerprint).toBe(change(grey).fingerprint);
    expect(labelled(made).size).toBe(2);
    const { train } = strokes({ size: 16 });
    const drawn = change({ ...train, image: { channels: 1, height: 2, width: 3 } });
    expect(drawn.size).toBe(Infinity);
    expect(drawn.factorsOf?.(3)).toEqual(train.factorsOf?.(3));
    expect(drawn.factors).toBe(train.factors);
  });

  test("each change has a fingerprint of its own", () => {
    const made = [grey, asColour(grey), padded(grey, 5), padded(grey, 6), asColour(padded(grey, 5))];
    expect(new Set(made.map(({ fingerprint }) => fingerprint)).size).toBe(5);
  });
});

describe("enlarged", () => {
  const splits = { train: grey, test: grey, skipped: [{ path: "x.png", reason: "broken" }] };

  test("brings both parts to size and channels, and keeps what was skipped", () => {
    const { train, test: held, skipped } = enlarged(splits, { size: 4, channels: 3 });
    for (const part of [train, held]) expect(part.image).toEqual({ channels: 3, height: 4, width: 4 });
    expect(skipped).toEqual(splits.skipped);
  });

  test("leaves what fits as it is", () => {
    expect(enlarged(splits, { size: null, channels: null }).train).toBe(grey);
    expect(enlarged(splits, { size: null, channels: 1 }).train).toBe(grey);
    const { train } = strokes({ size: 16 });
    expect(enlarged({ train, test: train }, { size: 16, channels: 1 }).train).toBe(train);
  });

  test("strokes in colour are strokes", () => {
    const { train } = enlarged(strokes({ size: 16 }), { size: 16, channels: 3 });
    const plain = readPictures(strokes({ size: 16 }).train, 2).images;
    const { images } = readPictures(train, 2);
    for (const plane of [0, 1, 2])
      expect(images.subarray(plane * 256, (plane + 1) * 256)).toEqual(plain.subarray(0, 256));
  });

  test("refuses what would lose something", async () => {
    expect(await refusal(() => enlarged(splits, { size: 2, channels: null }))).toBe(
      "OptionError: grey size: expected 3 or more, since its pictures are not made smaller, received 2.",
    );
    const colour = asColour(grey);
    expect(await refusal(() => enlarged({ train: colour, test: colour }, { size: null, channels: 1 }))).toBe(
      "OptionError: grey channels: expected 3, received 1.",
    );
  });
});
