import { expect, test } from "vitest";
import { hostRandom } from "../../src/engine/random.js";
import { meanSquaredError, sharpness } from "../../src/evaluate/index.js";
import { features } from "./features.js";

const x = Float32Array.from(features.pictures.x);
const y = Float32Array.from(features.pictures.y);
const shape = { channels: 3, height: 5, width: 4 };

test("both equal numpy's and scikit-learn's", () => {
  expect(meanSquaredError(x, y)).toBeCloseTo(features.pictures.mean_squared_error, 12);
  expect(sharpness(x, shape)).toBeCloseTo(features.pictures.sharpness, 12);
});

test("the error of equal pictures is 0, of pictures d apart everywhere d^2", () => {
  expect(meanSquaredError(x, x)).toBe(0);
  const ones = new Float32Array(60).fill(1);
  expect(meanSquaredError(ones, ones.map(() => 0.5))).toBe(0.25); // prettier-ignore
});

test("a plain picture has no sharpness, an edge has that of its height, a slope that of its steepness", () => {
  const square = { channels: 1, height: 4, width: 4 };
  const draw = (value: (row: number, column: number) => number) =>
    sharpness(
      Float32Array.from({ length: 16 }, (_, at) => value(at >> 2, at & 3)),
      square,
    );
  expect(draw(() => 0.7)).toBe(0);
  expect(draw((_, column) => Number(column > 1))).toBeCloseTo(1 / 3, 12); // one of three columns
  expect(draw((row) => Number(row > 1))).toBeCloseTo(1 / 3, 12);
  expect(draw((row, column) => 3 * row + 4 * column)).toBe(5);
});

test("many pictures have the mean of theirs; less contrast or a blur lower it", () => {
  const two = [x.subarray(0, 60), x.subarray(60)].map((picture) => sharpness(picture, shape));
  expect(sharpness(x, shape)).toBeCloseTo((two[0]! + two[1]!) / 2, 12);
  expect(sharpness(x.map((v) => v / 2), shape)).toBeCloseTo(sharpness(x, shape) / 2, 6); // prettier-ignore
  const random = hostRandom(1, "noise");
  const noise = Float32Array.from({ length: 100 }, random.uniform);
  const blurred = noise.map((v, i) => (v + noise[(i + 1) % 100]!) / 2);
  const ten = { channels: 1, height: 10, width: 10 };
  expect(sharpness(blurred, ten)).toBeLessThan(0.9 * sharpness(noise, ten));
});

test("bad input is named", () => {
  expect(() => meanSquaredError(x, y.subarray(1))).toThrowErrorMatchingInlineSnapshot(
    `[DataError: mean_squared_error: expected two batches of equal length, received 120 and 119 numbers.]`,
  );
  expect(() => sharpness(x, { channels: 1, height: 7, width: 4 })).toThrowErrorMatchingInlineSnapshot(
    `[DataError: sharpness: expected pictures of 1 x 7 x 4 pixels, at least 2 x 2, received 120 numbers.]`,
  );
  expect(() => sharpness(x, { channels: 120, height: 1, width: 1 })).toThrowErrorMatchingInlineSnapshot(
    `[DataError: sharpness: expected pictures of 120 x 1 x 1 pixels, at least 2 x 2, received 120 numbers.]`,
  );
});
