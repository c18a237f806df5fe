import type { HostRandom } from "../engine/random.js";
import { above, box, ellipse, fill, grown, outline, paint, stroke, within } from "./brush.js";
import type { Canvas, Colour, Shape } from "./brush.js";

/** What makes one face. Lengths are in units of which 1.75 are the width of a picture; `avatarFactors` has the ranges. */
export interface AvatarFactors {
  /** 0 bald, 1 short, 2 long, 3 curly, 4 bun. */
  readonly hair: number;
  /** 0 black, 1 brown, 2 blond, 3 red, 4 grey: of hair and brows. */
  readonly hairColour: number;
  /** 0 without, 1 with. */
  readonly glasses: number;
  /** From sad to laughing with an open mouth. */
  readonly smile: number;
  /** From light to dark. */
  readonly skin: number;
  /** Where the face is turned: to the left or to the right of the picture. */
  readonly turn: number;
  /** Half the width of the head. */
  readonly headWidth: number;
  /** From the middle of the face to that of an eye. */
  readonly eyeDistance: number;
  /** Colour of the wall: from peach over yellow, green and blue to lilac. */
  readonly background: number;
  /** Colour of the clothes: from red over orange, green and blue to violet. */
  readonly clothes: number;
}

const hairColours: readonly Colour[] = [
  rgb("22202a"),
  rgb("6b3f22"),
  rgb("ecc766"),
  rgb("c2491d"),
  rgb("b9bbc4"),
];
const skins: readonly Colour[] = [rgb("fbdcc6"), rgb("e9b78e"), rgb("b97c4f"), rgb("6d442b")];
const walls: readonly Colour[] = [
  rgb("f8c3a6"),
  rgb("f6e394"),
  rgb("b2dfa0"),
  rgb("8ed3d0"),
  rgb("97bcec"),
  rgb("c9aee6"),
];
const cloths: readonly Colour[] = [
  rgb("c8323a"),
  rgb("e0853c"),
  rgb("5f9a45"),
  rgb("2b8a8a"),
  rgb("2f5fb3"),
  rgb("6c3fa3"),
];
const eyeColours: readonly Colour[] = [rgb("33231c"), rgb("2d4a78"), rgb("35573a")];

const white = rgb("ffffff");
const frames = rgb("23232d");
const lipColour = rgb("8f2b31");
const blush = rgb("e8564f");

/**
 * Draws a face into out[start ...], side x side pixels, RGB, channel-major, in [0,1]. `random` chooses what the factors leave
 * open, all of it small: the height of face and brows, the colour of the eyes, the curls.
 */
export function drawFace(
  factors: AvatarFactors,
  random: HostRandom,
  side: number,
  out: Float32Array,
  start: number,
): void {
  const canvas = { side, unit: (zoom * side) / 2, out, start };
  const face = layOut(factors, random);
  fill(canvas, along(walls, factors.background));
  drawHairBehind(canvas, face);
  drawBody(canvas, face);
  drawHead(canvas, face);
  drawHairBefore(canvas, face);
  drawEyes(canvas, face);
  drawNoseAndMouth(canvas, face);
  if (factors.glasses === 1) drawGlasses(canvas, face);
}

/** How much larger everything is than its numbers say, so that the head fills the picture. */
const zoom = 1.14;

/** A face's factors, and the places and colours that several of its parts need. */
interface Face extends AvatarFactors {
  readonly head: Shape;
  readonly skinColour: Colour;
  readonly hairTone: Colour;
  readonly eyeColour: Colour;
  /** Middle of the head's top, of the face as it is turned, of the eyes. */
  readonly top: number;
  readonly middle: number;
  readonly eyes: number;
  readonly brows: number;
  /** Middles and radii of curls. */
  readonly curls: readonly (readonly [x: number, y: number, radius: number])[];
}

const headHeight = 0.56;

function layOut(factors: AvatarFactors, random: HostRandom): Face {
  const y = 0.1 + 0.04 * (random.uniform() - 0.5);
  return {
    ...factors,
    head: ellipse(0, y, factors.headWidth, headHeight),
    skinColour: along(skins, factors.skin),
    hairTone: pick(hairColours, factors.hairColour),
    eyeColour: pick(eyeColours, random.integer(eyeColours.length)),
    top: y - headHeight,
    middle: 0.1 * factors.turn,
    eyes: y + 0.02,
    brows: y - 0.18 - 0.05 * random.uniform(),
    curls: curlsOf(factors.headWidth, y, random),
  };
}

/** Around the head, from one ear over the top to the other. */
function curlsOf(width: number, y: number, random: HostRandom): [number, number, number][] {
  const count = 11;
  return Array.from({ length: count }, (_, i) => {
    const angle = Math.PI * (1.06 - (1.12 * i) / (count - 1));
    const radius = 0.17 + 0.05 * random.uniform();
    return [(width + 0.03) * Math.cos(angle), y - 0.06 - (headHeight - 0.06) * Math.sin(angle), radius];
  });
}

function drawHairBehind(canvas: Canvas, { hair, hairTone, headWidth, top, curls }: Face): void {
  const tone = shaded(hairTone, 0.82);
  const reach = headWidth + 0.15;
  if (hair === 2) paint(canvas, box(-reach, top - 0.08, reach, 0.84, 0.42), tone);
  if (hair === 3) for (const [x, y, radius] of curls) paint(canvas, ellipse(x, y, radius), tone);
  if (hair === 4) {
    paint(canvas, ellipse(0, top - 0.13, 0.23, 0.2), hairTone);
    paint(canvas, ellipse(-0.05, top - 0.18, 0.1, 0.07), white, 0.15);
  }
}

function drawBody(canvas: Canvas, { skinColour, clothes }: Face): void {
  const cloth = along(cloths, clothes);
  paint(canvas, ellipse(0, 1.1, 0.78, 0.47), cloth);
  paint(canvas, ellipse(0, 0.74, 0.26, 0.17), shaded(skinColour, 0.86)); // the collar is what is left of the neck
  paint(canvas, stroke(0, 0.5, 0, 0.72, 0.36), shaded(skinColour, 0.84));
}

function drawHead(canvas: Canvas, { head, skinColour, headWidth, eyes, middle, turn }: Face): void {
  for (const side of [-1, 1]) {
    const ear = side * (headWidth - 0.01) - 0.04 * turn;
    paint(canvas, ellipse(ear, eyes + 0.06, 0.09, 0.13), shaded(skinColour, 0.93));
  }
  paint(canvas, head, skinColour);
  for (const side of [-1, 1]) {
    const cheek = ellipse(middle + 0.28 * side, eyes + 0.24, 0.11, 0.08);
    paint(canvas, within(cheek, head), blush, 0.2);
  }
}

function drawHairBefore(canvas: Canvas, face: Face): void {
  const { hair, hairTone, head, top, headWidth, middle } = face;
  if (hair === 0) return;
  const [line, thickness] = hairlines[hair]?.(face) ?? [() => top, 0];
  paint(canvas, above(grown(head, thickness), line), hairTone);
  if (hair === 3) {
    for (const [x, y, radius] of face.curls.slice(2, -2))
      paint(canvas, ellipse(0.72 * x, y + 0.1, 0.85 * radius), hairTone);
  }
  // The light falls from the left.
  const shine = ellipse(-0.42 * headWidth + 0.3 * middle, top + 0.09, 0.17, 0.07);
  paint(canvas, above(shine, line), white, 0.16);
}

/** For each way to wear hair: where it ends on the forehead, and how thick it lies on the head. */
const hairlines: Readonly<Record<number, (face: Face) => [line: (x: number) => number, thickness: number]>> =
  {
    1: ({ top, middle }) => [(x) => top + 0.24 + 1.3 * (x - 0.4 * middle) ** 2 + 0.12 * x, 0.06],
    2: ({ top, middle }) => [(x) => top + 0.12 + 1.15 * Math.abs(x - 0.1 - 0.5 * middle) ** 1.3, 0.09],
    3: ({ top }) => [(x) => top + 0.2 + 0.9 * x * x, 0.06],
    4: ({ top, middle }) => [(x) => top + 0.17 + 1.5 * (x - 0.3 * middle) ** 2, 0.04],
  };

function drawEyes(
  canvas: Canvas,
  { eyes, brows, middle, eyeDistance, turn, eyeColour, hairTone }: Face,
): void {
  for (const side of [-1, 1]) {
    const x = middle + side * eyeDistance;
    const look = x + 0.025 * turn;
    paint(canvas, ellipse(x, eyes, 0.105, 0.095), white);
    paint(canvas, ellipse(look, eyes + 0.005, 0.076), eyeColour);
    paint(canvas, ellipse(look - 0.025, eyes - 0.03, 0.022), white, 0.9);
    const brow = stroke(x - 0.1, brows + 0.015 * (1 - side), x + 0.1, brows + 0.015 * (1 + side), 0.055);
    paint(canvas, brow, shaded(hairTone, 0.7));
  }
}

function drawNoseAndMouth(canvas: Canvas, { eyes, middle, turn, skinColour, smile }: Face): void {
  const nose = middle + 0.05 * turn;
  paint(canvas, ellipse(nose, eyes + 0.19, 0.06, 0.045), shaded(skinColour, 0.82));
  const lips = mouth(middle, eyes + 0.36, smile);
  paint(canvas, lips, lipColour);
  if (smile > 0.2)
    paint(
      canvas,
      above(grown(lips, -0.03), (x) => curve(middle, eyes + 0.37, smile, x)),
      white,
      Math.min(1, 2 * smile - 0.4),
    );
}

/** The line between the lips: bent down at its ends where sad, up where happy. */
const curve = (x: number, y: number, smile: number, at: number): number => {
  const across = (at - x) / mouthWidth;
  return y + 0.11 * smile * (0.6 - across * across);
};

const mouthWidth = 0.24;

/** Thickest in the middle; the happier, the wider open. */
function mouth(x: number, y: number, smile: number): Shape {
  const open = 0.028 + 0.07 * Math.max(0, smile);
  return {
    left: x - mouthWidth,
    top: y - 0.2,
    right: x + mouthWidth,
    bottom: y + 0.25,
    distance(px, py) {
      const across = (px - x) / mouthWidth;
      if (Math.abs(across) > 1) return mouthWidth * (Math.abs(across) - 1) + 0.03;
      return Math.abs(py - curve(x, y, smile, px)) - open * (1 - across * across) - 0.008;
    },
  };
}

function drawGlasses(canvas: Canvas, { eyes, middle, eyeDistance, headWidth }: Face): void {
  const radius = 0.165;
  for (const side of [-1, 1]) {
    const lens = ellipse(middle + side * eyeDistance, eyes, radius, 0.155);
    paint(canvas, lens, white, 0.18);
    paint(canvas, outline(lens, 0.055), frames);
    const hinge = middle + side * (eyeDistance + radius);
    paint(canvas, stroke(hinge, eyes - 0.03, side * headWidth, eyes - 0.05, 0.045), frames);
  }
  const gap = Math.max(0.02, eyeDistance - radius);
  paint(canvas, stroke(middle - gap, eyes - 0.02, middle + gap, eyes - 0.02, 0.05), frames);
}

function rgb(hex: string): Colour {
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);
  return [red, green, blue];
}

/** The colour at `place` in [0,1] of a row of colours, mixed of its neighbours. */
function along(colours: readonly Colour[], place: number): Colour {
  const at = Math.min(1, Math.max(0, place)) * (colours.length - 1);
  const [a, b] = [pick(colours, Math.floor(at)), pick(colours, Math.ceil(at))];
  const t = at % 1;
  return [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1]), a[2] + t * (b[2] - a[2])];
}

const pick = (colours: readonly Colour[], index: number): Colour => colours[index] ?? white;

function shaded([red, green, blue]: Colour, by: number): Colour {
  return [by * red, by * green, by * blue];
}
