import { describe, expect, test } from "vitest";
import { avatarFactors, avatars } from "../../src/data/avatars.js";
import type { Dataset } from "../../src/data/dataset.js";
import { drawFace } from "../../src/data/face.js";
import type { AvatarFactors } from "../../src/data/face.js";
import { hostRandom } from "../../src/engine/random.js";
import { refusal } from "./refusal.js";

const { train, test: heldOut } = avatars();

function read(set: Dataset, indices: readonly number[]): Float32Array[] {
  const length = 3 * set.image.height * set.image.width;
  const out = new Float32Array(indices.length * length);
  set.read(indices, out);
  return indices.map((_, i) => out.subarray(i * length, (i + 1) * length));
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

const usual: AvatarFactors = {
  hair: 1,
  hairColour: 1,
  glasses: 0,
  smile: 0,
  skin: 0.3,
  turn: 0,
  headWidth: 0.48,
  eyeDistance: 0.2,
  background: 0.5,
  clothes: 0.5,
};

/** The usual face with other factors; what they leave open is the same for all. */
function face(factors: Partial<AvatarFactors>, side = 32): Float32Array {
  const out = new Float32Array(3 * side * side);
  drawFace({ ...usual, ...factors }, hostRandom(5, "a face"), side, out, 0);
  return out;
}

/** Pixels in which two pictures differ by more than a twentieth in some channel, as places 0 .. side^2 - 1. */
function changed(a: Float32Array, b: Float32Array): number[] {
  const area = a.length / 3;
  const differs = (at: number): boolean => Math.abs((a[at] ?? NaN) - (b[at] ?? NaN)) > 0.05;
  return range(0, area).filter((at) => differs(at) || differs(at + area) || differs(at + 2 * area));
}

const rowOf = (at: number) => Math.floor(at / 32);
const colour = (picture: Float32Array, row: number, column: number): number[] =>
  [0, 1, 2].map((plane) => picture[plane * 1024 + row * 32 + column] ?? NaN);

describe("avatars", () => {
  test("a picture is a function of seed, part and index", () => {
    const batch = read(train, [5, 3, 12_345_678_901, 5]);
    expect(batch[0]).toEqual(batch[3]);
    expect(read(avatars({ seed: 1 }).train, [12_345_678_901])[0]).toEqual(batch[2]);
    expect(batch[1]).not.toEqual(batch[0]);
    expect(read(heldOut, [5])[0]).not.toEqual(batch[0]);
    expect(read(avatars({ seed: 2 }).train, [5])[0]).not.toEqual(batch[0]);
  });

  test("is endless, of 32x32 in colour, with 10,000 held out, and refuses other indices and sizes", async () => {
    expect([train.size, heldOut.size]).toEqual([Infinity, 10_000]);
    expect(train.image).toEqual({ channels: 3, height: 32, width: 32 });
    expect(train.classes).toEqual(["bald", "short", "long", "curly", "bun"]);
    expect(await refusal(() => heldOut.label(10_000))).toBe(
      "OptionError: avatars: expected a picture from 0 to 9999, received 10000.",
    );
    expect(await refusal(() => avatars({ size: 8 }))).toBe(
      "OptionError: avatars size: expected a whole number of at least 16, received 8.",
    );
  });

  test("factors fill their values and ranges evenly; the first is the class", () => {
    const values = range(0, 3000).map((i) => train.factorsOf?.(i) ?? []);
    avatarFactors.forEach((factor, column) => {
      const own = values.map((row) => row[column] ?? NaN);
      if ("values" in factor) {
        expect(factor.names.length).toBe(factor.values);
        for (const value of range(0, factor.values))
          expect(own.filter((one) => one === value).length / own.length).toBeCloseTo(1 / factor.values, 1);
      } else {
        const [low, high] = factor.range;
        expect(Math.min(...own)).toBeGreaterThanOrEqual(low);
        expect(Math.max(...own)).toBeLessThanOrEqual(high);
        expect(own.filter((one) => one < (low + high) / 2).length / own.length).toBeCloseTo(0.5, 1);
      }
    });
    expect(range(0, 50).map((i) => train.label(i))).toEqual(values.slice(0, 50).map(([hair]) => hair));
  });

  test("pixels are from 0 to 1, at every size", () => {
    for (const size of [16, 32, 47, 64]) {
      for (const picture of read(avatars({ size }).train, range(0, 40))) {
        expect(Math.min(...picture)).toBeGreaterThanOrEqual(0);
        expect(Math.max(...picture)).toBeLessThanOrEqual(1);
      }
    }
  });

  test("each factor changes its own part of the picture, visibly", () => {
    const rows = (factors: Partial<AvatarFactors>, other: Partial<AvatarFactors>): number[] =>
      changed(face(factors), face(other)).map(rowOf);
    const within = (found: readonly number[], from: number, to: number, least: number): void => {
      expect(found.length).toBeGreaterThan(least);
      expect(Math.min(...found)).toBeGreaterThanOrEqual(from);
      expect(Math.max(...found)).toBeLessThanOrEqual(to);
    };
    within(rows({ glasses: 0 }, { glasses: 1 }), 13, 22, 20);
    within(rows({ smile: -0.6 }, { smile: 1 }), 21, 28, 10);
    within(rows({ eyeDistance: 0.17 }, { eyeDistance: 0.24 }), 11, 21, 10); // with the brows
    within(rows({ clothes: 0 }, { clothes: 1 }), 25, 31, 40);
    within(rows({ hairColour: 0 }, { hairColour: 2 }), 5, 21, 40);
    within(rows({ hair: 1 }, { hair: 4 }), 0, 20, 40);
    within(rows({ hair: 0 }, { hair: 2 }), 5, 31, 150);
    within(rows({ turn: -1 }, { turn: 1 }), 5, 28, 60);
    within(rows({ headWidth: 0.42 }, { headWidth: 0.54 }), 7, 28, 40);
  });

  test("colours are those of the factors", () => {
    const cheeks = (skin: number) => colour(face({ skin, hair: 0 }), 10, 16);
    expect(cheeks(0).map((value) => Math.round(255 * value))).toEqual([0xfb, 0xdc, 0xc6]);
    expect(cheeks(1).map((value) => Math.round(255 * value))).toEqual([0x6d, 0x44, 0x2b]);
    const wall = (background: number) => colour(face({ background }), 2, 2);
    expect(wall(0).map((value) => Math.round(255 * value))).toEqual([0xf8, 0xc3, 0xa6]);
    expect(wall(1).map((value) => Math.round(255 * value))).toEqual([0xc9, 0xae, 0xe6]);
  });

  test("edges follow continuously: a thousandth of a factor moves no pixel much", () => {
    for (const [factor, step] of [
      ["turn", 2e-3],
      ["headWidth", 1e-4],
      ["smile", 2e-3],
      ["skin", 1e-3],
      ["eyeDistance", 1e-4],
    ] as const) {
      const [a, b] = [face({}), face({ [factor]: usual[factor] + step })];
      const most = Math.max(...a.map((value, at) => Math.abs(value - (b[at] ?? NaN))));
      expect(most, factor).toBeGreaterThan(0);
      expect(most, factor).toBeLessThan(0.02);
    }
  });

  test("a larger picture shows the same face, larger", () => {
    const [small, big] = [face({}), face({}, 64)];
    const errors = range(0, 3 * 1024).map((at) => {
      const [plane, row, column] = [Math.floor(at / 1024), rowOf(at % 1024), at % 32];
      const corner = plane * 4096 + 128 * row + 2 * column;
      const mean = [0, 1, 64, 65].reduce((sum, next) => sum + (big[corner + next] ?? NaN), 0) / 4;
      return Math.abs(mean - (small[at] ?? NaN));
    });
    expect(errors.reduce((a, b) => a + b) / errors.length).toBeLessThan(0.01);
  });

  test("the fingerprint changes with seed and size; the pictures themselves are the stored ones", () => {
    const prints = [train, heldOut, avatars({ seed: 2 }).train, avatars({ size: 64 }).train].map(
      (s) => s.fingerprint,
    );
    expect(new Set(prints).size).toBe(4);
    // Changes whenever the drawing does: then every result on avatars is to be made again ([results]).
    expect(train.fingerprint).toBe("518da7ebbaaf2804");
  });
});
