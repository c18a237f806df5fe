import { checkWhole } from "../check-whole.js";
import type { HostRandom } from "../engine/random.js";
import { OptionError } from "../errors.js";
import type { Dataset, DataSplits, Factor } from "./dataset.js";
import { digits } from "./digits.js";
import type { Point, Template } from "./digits.js";
import { drawn } from "./drawn.js";
import { centre, draw, trace, transform } from "./pen.js";

/** Seed and picture size of `strokes`. */
export interface StrokesOptions {
  /** Another seed, other pictures. Default 1. */
  readonly seed?: number;
  /** Height and width in pixels, at least 16. Default 28. */
  readonly size?: number;
}

/**
 * What makes one drawn digit. Lengths are pixels of a 28 x 28 picture and grow with the picture.
 * All but the class are uniform in the ranges of `strokeFactors` and independent.
 */
export interface StrokeFactors {
  /** The digit, 0..9. */
  readonly class: number;
  /** Shear: how far the top lies to the right, per height. */
  readonly slant: number;
  /** Width of the pen. */
  readonly thickness: number;
  /** Scale; 1 is a height of about 16 pixels between the middles of the outermost strokes. */
  readonly size: number;
  /** Where the mean of the ink lies, right of the middle. */
  readonly x: number;
  /** Where the mean of the ink lies, below the middle. */
  readonly y: number;
  /** Unsteadiness of the hand: standard deviation of each control point, in tenths of half a digit's height. */
  readonly wobble: number;
}

/** Factors of `strokes`, in the order of `factorsOf`. Slant and thickness are meant to be seen first, the rest to be small. */
export const strokeFactors = [
  { name: "class", values: 10 },
  { name: "slant", range: [-0.5, 0.5] },
  { name: "thickness", range: [1.5, 4.2] },
  { name: "size", range: [0.92, 1.08] },
  { name: "x", range: [-1, 1] },
  { name: "y", range: [-1, 1] },
  { name: "wobble", range: [0.4, 1] },
] as const satisfies readonly Factor[];

/** Size of the test part: as many as MNIST's, so that scores compare. */
const testSize = 10_000;

/**
 * Handwritten-like digits, white on black, drawn by code from known factors. Endless: picture i of a part is a function
 * of (seed, part, i). `train` has size Infinity; `test` is the first 10,000 pictures of another, unconnected sequence.
 * Besides its factors a picture varies by the way the digit is written and by a rotation of about 2 degrees.
 * Throws OptionError for a size below 16.
 */
export function strokes({ seed = 1, size = 28 }: StrokesOptions = {}): DataSplits {
  checkWhole("strokes size", size, 16);
  return { train: part("train", Infinity, seed, size), test: part("test", testSize, seed, size) };
}

function part(name: "train" | "test", length: number, seed: number, side: number): Dataset {
  return drawn({
    name: "strokes",
    part: name,
    size: length,
    seed,
    image: { channels: 1, height: side, width: side },
    classes: digits.map((_, digit) => String(digit)),
    factors: strokeFactors,
    preprocessing: `drawn ${side}x${side}, grey, white on black`,
    draw: (values, random, out, start) => drawDigit(named(values), random, side, out, start),
  });
}

/** Values in the order of `strokeFactors`, by their names. */
function named(values: readonly number[]): StrokeFactors {
  const [digit = 0, slant = 0, thickness = 0, size = 0, x = 0, y = 0, wobble = 0] = values;
  return { class: digit, slant, thickness, size, x, y, wobble };
}

/** Half the height of a digit of size 1, in pixels of a 28 x 28 picture. */
const halfHeight = 8;

/** Standard deviation of the rotation, in radians. */
const rotation = 0.035;

/**
 * Draws the digit of given factors into out[start ...], side x side pixels in [0,1]. `random` chooses what the factors
 * leave open: the way the digit is written, the wobble of each control point and the rotation.
 */
export function drawDigit(
  factors: StrokeFactors,
  random: HostRandom,
  side: number,
  out: Float32Array,
  start: number,
): void {
  const pixel = side / 28;
  const lines = trace(wobbled(pick(digits[factors.class] ?? [], random), 0.1 * factors.wobble, random));
  const place = placement(factors, rotation * random.normal(), pixel);
  centre(lines);
  transform(lines, place);
  draw(lines, pixel * factors.thickness, side, out, start);
}

function pick(templates: readonly Template[], random: HostRandom): Template {
  const template = templates[random.integer(templates.length)];
  if (template === undefined)
    throw new OptionError({ where: "strokes class", expected: "0 to 9", received: "none" });
  return template;
}

function wobbled({ points, movements }: Template, amount: number, random: HostRandom): Template {
  return {
    points: points.map(([x, y]): Point => [x + amount * random.normal(), y + amount * random.normal()]),
    movements,
  };
}

/** From template units to pixels: rotate, slant, scale, move. */
function placement(
  { slant, size, x, y }: StrokeFactors,
  angle: number,
  pixel: number,
): (x: number, y: number) => Point {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const scale = pixel * halfHeight * size;
  return (px, py) => {
    const [u, v] = [cos * px - sin * py, sin * px + cos * py];
    return [scale * (u - slant * v) + pixel * (14 + x), scale * v + pixel * (14 + y)];
  };
}
