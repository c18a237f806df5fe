/** A point of a template: x to the right, y down; a digit is about 1.2 wide and 2 high, around (0, 0). */
export type Point = readonly [x: number, y: number];

/**
 * How a digit is written: control points, and the pen's movements through them by number. A movement is a smooth curve;
 * two movements that share a point meet there in a corner; one that ends where it began is a smooth loop.
 */
export interface Template {
  readonly points: readonly Point[];
  readonly movements: readonly (readonly number[])[];
}

/** One smooth curve through all points. */
function curve(...points: Point[]): Template {
  return { points, movements: [points.map((_, i) => i)] };
}

/** One smooth closed curve. */
function loop(...points: Point[]): Template {
  return { points, movements: [[...points.keys(), 0]] };
}

const zero = loop(
  [0.05, -1],
  [-0.46, -0.68],
  [-0.64, 0.02],
  [-0.44, 0.74],
  [0.02, 1],
  [0.46, 0.7],
  [0.64, 0],
  [0.46, -0.74],
);

const one = curve([0.02, -1], [0, -0.3], [-0.02, 0.35], [0, 1]);

const oneWithFlag: Template = {
  points: [
    [-0.3, -0.62],
    [0.03, -1],
    [0.02, 0],
    [0, 1],
  ],
  movements: [
    [0, 1],
    [1, 2, 3],
  ],
};

const two: Template = {
  points: [
    [-0.5, -0.58],
    [-0.28, -0.92],
    [0.12, -1],
    [0.46, -0.74],
    [0.42, -0.3],
    [0.1, 0.2],
    [-0.25, 0.6],
    [-0.56, 0.92],
    [0.02, 0.88],
    [0.6, 0.94],
  ],
  movements: [
    [0, 1, 2, 3, 4, 5, 6, 7],
    [7, 8, 9],
  ],
};

const three: Template = {
  points: [
    [-0.5, -0.8],
    [-0.05, -1],
    [0.4, -0.78],
    [0.3, -0.32],
    [-0.14, -0.08],
    [0.36, 0.1],
    [0.5, 0.52],
    [0.16, 0.94],
    [-0.3, 0.96],
    [-0.56, 0.74],
  ],
  movements: [
    [0, 1, 2, 3, 4],
    [4, 5, 6, 7, 8, 9],
  ],
};

/** Open at the top, with an upright that crosses. */
const four: Template = {
  points: [
    [-0.42, -0.92],
    [-0.52, -0.4],
    [-0.58, 0.22],
    [0.02, 0.22],
    [0.66, 0.16],
    [0.36, -0.85],
    [0.32, 0.1],
    [0.28, 1],
  ],
  movements: [
    [0, 1, 2],
    [2, 3, 4],
    [5, 6, 7],
  ],
};

/** Open at the top, with a short upright that hangs from the bar. */
const fourWithShortUpright: Template = {
  points: [
    [-0.28, -1],
    [-0.48, -0.4],
    [-0.62, 0.18],
    [0, 0.2],
    [0.64, 0.14],
    [0.32, -0.34],
    [0.28, 0.3],
    [0.24, 1],
  ],
  movements: [
    [0, 1, 2],
    [2, 3, 4],
    [5, 6, 7],
  ],
};

const five: Template = {
  points: [
    [0.52, -0.96],
    [0.06, -0.94],
    [-0.34, -0.95],
    [-0.38, -0.55],
    [-0.42, -0.14],
    [0.02, -0.28],
    [0.46, 0.04],
    [0.46, 0.6],
    [0.06, 0.98],
    [-0.5, 0.84],
  ],
  movements: [
    [0, 1, 2],
    [2, 3, 4],
    [4, 5, 6, 7, 8, 9],
  ],
};

const six = curve(
  [0.32, -0.96],
  [-0.12, -0.66],
  [-0.42, -0.08],
  [-0.46, 0.52],
  [-0.08, 0.98],
  [0.4, 0.78],
  [0.44, 0.28],
  [0.04, 0.04],
  [-0.4, 0.36],
);

/** With a bar, as written on the Continent. */
const seven: Template = {
  points: [
    [-0.56, -0.9],
    [0, -0.92],
    [0.54, -0.94],
    [0.2, -0.2],
    [-0.02, 0.35],
    [-0.14, 0.92],
    [-0.3, 0.08],
    [0.5, 0.02],
  ],
  movements: [
    [0, 1, 2],
    [2, 3, 4, 5],
    [6, 7],
  ],
};

const sevenWithSerif: Template = {
  points: [
    [-0.54, -0.62],
    [-0.52, -0.94],
    [0, -0.92],
    [0.54, -0.94],
    [0.22, -0.2],
    [0.06, 0.35],
    [-0.04, 0.92],
    [-0.26, 0.1],
    [0.52, 0.02],
  ],
  movements: [
    [0, 1],
    [1, 2, 3],
    [3, 4, 5, 6],
    [7, 8],
  ],
};

const eight = loop(
  [0.34, -0.76],
  [-0.02, -1],
  [-0.38, -0.72],
  [-0.26, -0.3],
  [0.1, 0],
  [0.44, 0.4],
  [0.36, 0.84],
  [-0.02, 1],
  [-0.42, 0.8],
  [-0.42, 0.38],
  [-0.06, 0],
  [0.26, -0.34],
);

const nine: Template = {
  points: [
    [0.44, -0.5],
    [0.36, -0.88],
    [-0.02, -1],
    [-0.4, -0.72],
    [-0.38, -0.24],
    [0.02, -0.02],
    [0.36, -0.16],
    [0.42, 0.24],
    [0.3, 0.92],
  ],
  movements: [
    [0, 1, 2, 3, 4, 5, 6, 0],
    [0, 7, 8],
  ],
};

/** The ways to write each digit, equally frequent. */
export const digits: readonly (readonly Template[])[] = [
  [zero],
  [one, oneWithFlag],
  [two],
  [three],
  [four, fourWithShortUpright],
  [five],
  [six],
  [seven, sevenWithSerif],
  [eight],
  [nine],
];
