import { describe, expect, test } from "vitest";
import type { Dataset } from "../../src/data/dataset.js";
import { drawDigit, strokeFactors, strokes } from "../../src/data/strokes.js";
import type { StrokeFactors } from "../../src/data/strokes.js";
import { hostRandom } from "../../src/engine/random.js";
import { refusal } from "./refusal.js";

const { train, test: heldOut } = strokes({ seed: 1 });

function read(set: Dataset, indices: readonly number[]): Float32Array[] {
  const length = set.image.channels * set.image.height * set.image.width;
  const out = new Float32Array(indices.length * length);
  set.read(indices, out);
  return indices.map((_, i) => out.subarray(i * length, (i + 1) * length));
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** Ink, its mean place, and its shear: covariance of x and height over variance of height. */
function moments(picture: Float32Array, side = 28) {
  let [ink, x, y, shear, height] = [0, 0, 0, 0, 0];
  picture.forEach((value, at) => {
    ink += value;
    x += value * ((at % side) + 0.5);
    y += value * (Math.floor(at / side) + 0.5);
  });
  const [middleX, middleY] = [x / ink, y / ink];
  picture.forEach((value, at) => {
    const up = middleY - (Math.floor(at / side) + 0.5);
    shear += value * up * ((at % side) + 0.5 - middleX);
    height += value * up * up;
  });
  return {
    ink,
    x: middleX - side / 2,
    y: middleY - side / 2,
    slant: shear / height,
    extent: Math.sqrt(height / ink),
  };
}

function correlation(xs: readonly number[], ys: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const [mx, my] = [mean(xs), mean(ys)];
  const product = (us: readonly number[], mu: number, vs: readonly number[], mv: number): number =>
    us.reduce((sum, u, i) => sum + (u - mu) * ((vs[i] ?? 0) - mv), 0);
  return product(xs, mx, ys, my) / Math.sqrt(product(xs, mx, xs, mx) * product(ys, my, ys, my));
}

/** Index of a factor in `factorsOf`. */
const place = (name: string): number => strokeFactors.findIndex((factor) => factor.name === name);

describe("strokes", () => {
  test("a picture is a function of seed, part and index", () => {
    const batch = read(train, [5, 3, 12_345_678_901, 5]);
    expect(batch[0]).toEqual(batch[3]);
    expect(read(strokes({ seed: 1 }).train, [12_345_678_901])[0]).toEqual(batch[2]);
    expect(batch[1]).not.toEqual(batch[0]);
    expect(read(heldOut, [5])[0]).not.toEqual(batch[0]);
    expect(read(strokes({ seed: 2 }).train, [5])[0]).not.toEqual(batch[0]);
  });

  test("is endless, with 10,000 held out, and refuses other indices", async () => {
    expect([train.size, heldOut.size]).toEqual([Infinity, 10_000]);
    expect(await refusal(() => heldOut.label(10_000))).toBe(
      "OptionError: strokes: expected a picture from 0 to 9999, received 10000.",
    );
    expect(await refusal(() => read(train, [-1]))).toBe(
      "OptionError: strokes: expected a picture from 0 to Infinity, received -1.",
    );
    expect(await refusal(() => strokes({ size: 8 }))).toBe(
      "OptionError: strokes size: expected a whole number of at least 16, received 8.",
    );
  });

  test("white digits on black, inside the picture but for one in a hundred that touches the edge", () => {
    const drawn = read(train, range(0, 1000));
    for (const picture of drawn) {
      expect(Math.min(...picture)).toBe(0);
      expect(Math.max(...picture)).toBeGreaterThan(0.9);
      expect(Math.max(...picture)).toBeLessThanOrEqual(1);
    }
    const onEdge = (_: number, at: number): boolean =>
      at < 28 || at >= 756 || at % 28 === 0 || at % 28 === 27;
    const touching = drawn.filter((picture) => Math.max(...picture.filter(onEdge)) > 0.3);
    expect(touching.length).toBeLessThan(10);
  });

  test("factors fill their ranges evenly and do not depend on each other", () => {
    const values = range(0, 4000).map((i) => train.factorsOf?.(i) ?? []);
    strokeFactors.forEach((factor, column) => {
      const drawn = values.map((row) => row[column] ?? NaN);
      const [low, high] = "range" in factor ? factor.range : [0, factor.values - 1];
      expect(Math.min(...drawn)).toBeGreaterThanOrEqual(low);
      expect(Math.max(...drawn)).toBeLessThanOrEqual(high);
      const middle = drawn.filter(
        (value) => value > low + 0.25 * (high - low) && value < high - 0.25 * (high - low),
      );
      expect(middle.length / drawn.length).toBeCloseTo("range" in factor ? 0.5 : 0.4, 1);
      for (let other = 0; other < column; other++) {
        const against = correlation(
          drawn,
          values.map((row) => row[other] ?? NaN),
        );
        expect(Math.abs(against), `${factor.name} and factor ${other}`).toBeLessThan(0.06);
      }
    });
    expect(range(0, 100).map((i) => train.label(i))).toEqual(values.slice(0, 100).map((row) => row[0]));
  });

  test("each factor is measurable in the pictures of every digit", () => {
    const indices = range(0, 3000);
    const measured = read(train, indices).map((picture) => moments(picture));
    for (let digit = 0; digit < 10; digit++) {
      const own = indices.filter((i) => train.label(i) === digit);
      const agreement = (name: string, measure: keyof ReturnType<typeof moments>): number =>
        correlation(
          own.map((i) => train.factorsOf?.(i)[place(name)] ?? NaN),
          own.map((i) => measured[i]?.[measure] ?? NaN),
        );
      expect(agreement("slant", "slant"), `slant of ${digit}`).toBeGreaterThan(0.9);
      expect(agreement("thickness", "ink"), `thickness of ${digit}`).toBeGreaterThan(0.9);
      expect(agreement("x", "x"), `x of ${digit}`).toBeGreaterThan(0.8);
      expect(agreement("y", "y"), `y of ${digit}`).toBeGreaterThan(0.8); // where lines overlap, ink is less than line
      expect(agreement("size", "extent"), `size of ${digit}`).toBeGreaterThan(0.5);
    }
  });

  test("wobble makes pictures of one digit differ more", () => {
    const factors: StrokeFactors = { class: 3, slant: 0, thickness: 3, size: 1, x: 0, y: 0, wobble: 0 };
    const spread = (wobble: number): number => {
      const drawn = range(0, 50).map((i) => {
        const out = new Float32Array(784);
        drawDigit({ ...factors, wobble }, hostRandom(7, `wobble ${i}`), 28, out, 0);
        return out;
      });
      const mean = Float32Array.from(
        { length: 784 },
        (_, at) => drawn.reduce((sum, p) => sum + (p[at] ?? 0), 0) / 50,
      );
      return drawn.reduce(
        (sum, p) => sum + p.reduce((d, value, at) => d + (value - (mean[at] ?? 0)) ** 2, 0),
        0,
      );
    };
    expect(spread(1)).toBeGreaterThan(3 * spread(0.2));
  });

  test("digits are distinct: the nearest of 2,000 names more than 97 % of 500", () => {
    const known = read(train, range(0, 2000));
    const labels = range(0, 2000).map((i) => train.label(i));
    const right = read(heldOut, range(0, 500)).filter((picture, i) => {
      let [best, nearest] = [Infinity, -1];
      known.forEach((other, k) => {
        let distance = 0;
        for (let at = 0; at < 784 && distance < best; at++)
          distance += ((picture[at] ?? 0) - (other[at] ?? 0)) ** 2;
        if (distance < best) [best, nearest] = [distance, k];
      });
      return labels[nearest] === heldOut.label(i);
    });
    expect(right.length / 500).toBeGreaterThan(0.97);
  });

  test("a larger picture shows the same digit, larger", () => {
    const large = strokes({ seed: 1, size: 56 }).train;
    expect(large.image).toEqual({ channels: 1, height: 56, width: 56 });
    const [small] = read(train, [4]);
    const [big] = read(large, [4]);
    const halved = Float32Array.from({ length: 784 }, (_, at) => {
      const corner = 112 * Math.floor(at / 28) + 2 * (at % 28);
      return [0, 1, 56, 57].reduce((sum, next) => sum + (big?.[corner + next] ?? NaN), 0) / 4;
    });
    expect(correlation(Array.from(halved), Array.from(small ?? []))).toBeGreaterThan(0.98);
  });

  test("the fingerprint changes with seed and size; the pictures themselves are the stored ones", () => {
    const prints = [train, heldOut, strokes({ seed: 2 }).train, strokes({ size: 32 }).train].map(
      (s) => s.fingerprint,
    );
    expect(new Set(prints).size).toBe(4);
    // Changes whenever the drawing does: then every result on strokes is to be made again ([results]).
    expect(train.fingerprint).toBe("48cc7735271107eb");
  });
});
