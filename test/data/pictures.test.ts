import { describe, expect, test } from "vitest";
import { pictures } from "../../src/data/pictures.js";
import type { PictureParts } from "../../src/data/pictures.js";
import { refusal } from "./refusal.js";

const three: PictureParts = {
  name: "three",
  image: { channels: 2, height: 1, width: 2 },
  pixels: Uint8Array.of(0, 51, 102, 255, 1, 2, 3, 4, 5, 6, 7, 8),
  labels: [1, -1, 0],
  classes: ["cat", "dog"],
  preprocessing: "none",
};

describe("pictures", () => {
  test("reads pictures by index, in any order and repeatedly, in [0,1]", () => {
    const out = new Float32Array(12);
    pictures(three).read([2, 0, 2], out);
    const expected = [5, 6, 7, 8, 0, 51, 102, 255, 5, 6, 7, 8].map((byte) => Math.fround(byte / 255));
    expect(Array.from(out)).toEqual(expected);
  });

  test("tells size, labels and classes", () => {
    const set = pictures(three);
    expect([set.size, set.label(0), set.label(1), set.label(2)]).toEqual([3, 1, -1, 0]);
    expect(set.classes).toEqual(["cat", "dog"]);
    const { labels: _labels, classes: _classes, ...unlabelled } = three;
    expect(pictures(unlabelled).label(0)).toBe(-1);
    expect(pictures(unlabelled)).not.toHaveProperty("classes");
  });

  test("its fingerprint changes with any pixel, label, class name or shape, and with nothing else", () => {
    const changed = Uint8Array.from(three.pixels);
    changed[11] = 9;
    const variants: PictureParts[] = [
      three,
      { ...three, pixels: changed },
      { ...three, labels: [1, 0, 0] },
      { ...three, classes: ["cat", "cow"] },
      { ...three, image: { channels: 1, height: 2, width: 2 } },
      { ...three, pixels: three.pixels.slice(0, 8), labels: [1, -1] },
    ];
    const prints = variants.map((parts) => pictures(parts).fingerprint);
    expect(new Set(prints).size).toBe(variants.length);
    expect(prints[0]).toMatch(/^[0-9a-f]{16}$/);
    expect(pictures({ ...three, name: "other", pixels: Uint8Array.from(three.pixels) }).fingerprint).toBe(
      prints[0],
    );
  });

  test("refuses parts that do not fit", async () => {
    const make = (parts: Partial<PictureParts>) => refusal(() => pictures({ ...three, ...parts }));
    expect(await make({ pixels: new Uint8Array() })).toBe(
      "DataError: three: expected one or more whole pictures of 4 bytes, received 0 bytes.",
    );
    expect(await make({ pixels: new Uint8Array(10) })).toBe(
      "DataError: three: expected one or more whole pictures of 4 bytes, received 10 bytes.",
    );
    expect(await make({ labels: [0, 1] })).toBe("DataError: three: expected 3 labels, received 2.");
    expect(await make({ labels: [0, 1, 2] })).toBe(
      "DataError: three, picture 2: expected a label from 0 to 1, or -1 for none, received 2.",
    );
  });

  test("refuses an index that is none", async () => {
    const set = pictures(three);
    for (const index of [-1, 3, 0.5, NaN]) {
      const message = `OptionError: three: expected a picture from 0 to 2, received ${index}.`;
      expect(await refusal(() => set.read([0, index], new Float32Array(8)))).toBe(message);
      expect(await refusal(() => set.label(index))).toBe(message);
    }
  });
});
