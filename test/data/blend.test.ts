import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { blend } from "../../src/data/blend.js";
import type { BlendParts, PhotoSource } from "../../src/data/blend.js";
import type { Dataset } from "../../src/data/dataset.js";
import { pictures } from "../../src/data/pictures.js";
import { strokes } from "../../src/data/strokes.js";
import { textures } from "../../src/data/textures.js";
import { refusal } from "./refusal.js";

/** Two pictures of 3x3: a dot in the middle, and a dim corner beside a bright one. */
const digits = pictures({
  name: "dots",
  image: { channels: 1, height: 3, width: 3 },
  pixels: Uint8Array.of(0, 0, 0, 0, 255, 0, 0, 0, 0, 100, 0, 200, 0, 0, 0, 0, 0, 0),
  labels: [1, 0],
  classes: ["corner", "middle"],
  preprocessing: "none",
});

/** A photo of one colour, and one in which every pixel is another colour that says where it is. */
const flat = new Uint8Array(3 * 20 * 20).map((_, i) => [51, 102, 204][i % 3] ?? 0);
const places = new Uint8Array(3 * 20 * 10).map((_, i) => {
  const pixel = Math.floor(i / 3);
  return [10 * (pixel % 20), 10 * Math.floor(pixel / 20), 7][i % 3] ?? 0;
});

const photosOf = (pixels: Uint8Array, width = 20): PhotoSource => ({
  count: 1,
  photo: () => ({ width, height: pixels.length / 3 / width, pixels }),
  fingerprint: String(pixels[0]),
  about: "photos",
});

const make = (parts: Partial<BlendParts> = {}): Dataset =>
  blend({
    name: "dots-m",
    part: "train",
    digits,
    photos: photosOf(flat),
    seed: 1,
    size: 3,
    threshold: 0,
    ...parts,
  });

function bytesOf(set: Dataset, index: number): number[] {
  const out = new Float32Array(3 * set.image.height * set.image.width);
  set.read([index], out);
  return Array.from(out, (value) => Math.round(255 * value));
}

describe("blend", () => {
  test("is |digit - patch| in each channel: the patch, inverted where the digit is", () => {
    const at = (inked: readonly number[]) =>
      [51, 102, 204].flatMap((value) =>
        Array.from({ length: 9 }, (_, i) => (inked.includes(i) ? 255 - value : value)),
      );
    expect(bytesOf(make(), 0)).toEqual(at([4]));
    expect(bytesOf(make(), 1)).toEqual(at([0, 2]));
    expect(bytesOf(make({ threshold: 0.5 }), 1)).toEqual(at([2]));
  });

  test("a larger picture has the digit in its middle", () => {
    const bytes = bytesOf(make({ size: 7 }), 0);
    const inked = Array.from({ length: 49 }, (_, i) => i).filter((i) => bytes[i] === 204);
    expect(inked).toEqual([24]);
  });

  test("patches are whole pieces of the photo, from all over it, drawn by seed, part and index", () => {
    const corners = new Set<string>();
    for (let i = 0; i < 60; i++) {
      const [bytes, area] = [bytesOf(make({ photos: photosOf(places), seed: i }), 0), 9];
      corners.add(`${bytes[0]} ${bytes[area]}`);
      for (const at of [1, 2, 3, 5, 6, 7, 8]) {
        expect((bytes[at] ?? 0) - (bytes[0] ?? 0)).toBe(10 * (at % 3));
        expect((bytes[at + area] ?? 0) - (bytes[area] ?? 0)).toBe(10 * Math.floor(at / 3));
      }
    }
    expect(corners.size).toBeGreaterThan(40);
    expect([...corners].some((corner) => corner.startsWith("170 "))).toBe(true); // the last place that fits
  });

  test("read in any order and again, pictures are the same; another seed or part, another patch", () => {
    const { train } = strokes({ seed: 1, size: 16 });
    const photos = textures("train");
    const on = (parts: Partial<BlendParts> = {}) => make({ digits: train, photos, size: 16, ...parts });
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 1e9 }), { minLength: 1, maxLength: 4 }), (indices) => {
        const together = new Float32Array(indices.length * 768);
        on().read(indices, together);
        const alone = indices.flatMap((index) => bytesOf(on(), index));
        expect(Array.from(together, (value) => Math.round(255 * value))).toEqual(alone);
      }),
      { numRuns: 10 },
    );
    const others = [on(), on({ seed: 2 }), on({ part: "test" })].map((set) => bytesOf(set, 5).join());
    expect(new Set(others).size).toBe(3);
  });

  test("labels, classes and factors are those of the digits", () => {
    expect([make().label(0), make().label(1), make().classes]).toEqual([1, 0, ["corner", "middle"]]);
    expect(make()).not.toHaveProperty("factors");
    const { train } = strokes({ size: 16 });
    const set = make({ digits: train, size: 16, photos: textures("train") });
    expect(set.image).toEqual({ channels: 3, height: 16, width: 16 });
    expect([set.size, set.factors]).toEqual([Infinity, train.factors]);
    expect(set.factorsOf?.(9)).toEqual(train.factorsOf?.(9));
  });

  test("the fingerprint changes with digits, photos, seed, size and threshold", () => {
    const sets = [
      make(),
      make({ photos: photosOf(places) }),
      make({ photos: photosOf(places), seed: 2 }),
      make({ size: 4 }),
      make({ threshold: 0.5 }),
    ];
    expect(new Set(sets.map(({ fingerprint }) => fingerprint)).size).toBe(sets.length);
    expect(make().fingerprint).toBe(sets[0]?.fingerprint);
    expect(make().preprocessing).toBe(
      "none; digit where brighter than 0, in the middle of 3x3, |digit - patch| with patches of photos, RGB",
    );
  });

  test("refuses a size below the digits', and photos below the size", async () => {
    expect(await refusal(() => make({ size: 2 }))).toBe(
      "OptionError: dots-m size: expected a whole number of at least 3, the size of the digits, received 2.",
    );
    expect(await refusal(() => make({ size: 12, photos: photosOf(places) }))).toBe(
      "DataError: dots-m: expected photos of at least 12x12 pixels, received one of 20x10.",
    );
  });
});

describe("textures", () => {
  test("are functions of seed, part and number, large enough for the patch", () => {
    const pixels = (source: PhotoSource, i: number) => source.photo(i).pixels;
    expect(pixels(textures("train"), 3)).toEqual(pixels(textures("train"), 3));
    const others = [
      pixels(textures("train"), 3),
      pixels(textures("train"), 4),
      pixels(textures("test"), 3),
      pixels(textures("train", { seed: 2 }), 3),
    ];
    expect(new Set(others.map((bytes) => bytes.join())).size).toBe(4);
    expect(textures("test", { patch: 40 }).photo(0).width).toBe(120);
    expect(textures("train").fingerprint).not.toBe(textures("train", { seed: 2 }).fingerprint);
  });

  test("are coloured, varied within and of many brightnesses", () => {
    const source = textures("train");
    const facts = Array.from({ length: 24 }, (_, i) => {
      const { pixels } = source.photo(i);
      const mean = pixels.reduce((sum, value) => sum + value, 0) / pixels.length;
      const variance = pixels.reduce((sum, value) => sum + (value - mean) ** 2, 0) / pixels.length;
      const coloured = pixels.some(
        (value, at) => at % 3 === 0 && Math.abs(value - (pixels[at + 1] ?? 0)) > 8,
      );
      return { mean, deviation: Math.sqrt(variance), coloured };
    });
    for (const { deviation, coloured } of facts) {
      expect(deviation).toBeGreaterThan(5);
      expect(coloured).toBe(true);
    }
    const means = facts.map(({ mean }) => mean);
    expect(Math.max(...means) - Math.min(...means)).toBeGreaterThan(80);
  });
});
