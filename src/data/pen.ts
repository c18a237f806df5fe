import type { Point, Template } from "./digits.js";

/** A polyline as x0, y0, x1, y1, ... */
export type Line = number[];

/** Straight pieces between two neighbouring control points; more are not seen at 28 pixels. */
const pieces = 4;

/** The lines a pen follows: each movement a Catmull-Rom spline through its points (Catmull & Rom 1974), smooth loops closed. */
export function trace({ points, movements }: Template): Line[] {
  return movements.map((movement) => {
    const closed = movement.length > 2 && movement[0] === movement.at(-1);
    const path = movement.map((i) => points[i] ?? origin);
    return spline(path, closed);
  });
}

const origin: Point = [0, 0];

function spline(path: readonly Point[], closed: boolean): Line {
  const last = path.length - 1;
  // Beyond an open end the end itself is repeated; beyond a loop's end it goes round (its last point is its first).
  const before = closed ? path[last - 1] : path[0];
  const after = closed ? path[1] : path[last];
  const at = (i: number): Point => (i < 0 ? before : i > last ? after : path[i]) ?? origin;
  const line: Line = [...at(0)];
  for (let i = 0; i < last; i++) {
    const [a, b, c, d] = [at(i - 1), at(i), at(i + 1), at(i + 2)];
    for (let piece = 1; piece <= pieces; piece++) {
      const t = piece / pieces;
      line.push(between(a[0], b[0], c[0], d[0], t), between(a[1], b[1], c[1], d[1], t));
    }
  }
  return line;
}

/** Uniform Catmull-Rom: passes b at t = 0 and c at t = 1 with the slopes (c - a) / 2 and (d - b) / 2. */
function between(a: number, b: number, c: number, d: number, t: number): number {
  return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}

/** Moves lines so that the mean of their ink, of even width, lies at (0, 0). In place. */
export function centre(lines: readonly Line[]): void {
  let [ink, x, y] = [0, 0, 0];
  eachSegment(lines, (ax, ay, bx, by) => {
    const length = Math.hypot(bx - ax, by - ay);
    ink += length;
    x += (length * (ax + bx)) / 2;
    y += (length * (ay + by)) / 2;
  });
  transform(lines, (px, py) => [px - x / ink, py - y / ink]);
}

/** Applies a map to every point. In place. */
export function transform(lines: readonly Line[], map: (x: number, y: number) => Point): void {
  for (const line of lines) {
    for (let i = 0; i < line.length; i += 2) [line[i], line[i + 1]] = map(line[i] ?? 0, line[i + 1] ?? 0);
  }
}

function eachSegment(
  lines: readonly Line[],
  visit: (ax: number, ay: number, bx: number, by: number) => void,
): void {
  for (const line of lines) {
    for (let i = 2; i < line.length; i += 2) {
      visit(line[i - 2] ?? 0, line[i - 1] ?? 0, line[i] ?? 0, line[i + 1] ?? 0);
    }
  }
}

/** Width of an edge, from black to white, in pixels. */
const edge = 1.2;

/**
 * Draws lines with a round pen, white (1) on black (0), into out[start ...] of size x size pixels; pixel (i, j) covers
 * x from j to j + 1, y from i to i + 1. A pixel's value falls linearly with the distance of its centre from the nearest
 * line, through 1/2 at width / 2: this is smooth in every coordinate, and costs only the pixels near the ink.
 */
export function draw(
  lines: readonly Line[],
  width: number,
  size: number,
  out: Float32Array,
  start: number,
): void {
  // Rounded as `out` rounds it, so that black is 0 exactly.
  const farthest = Math.fround((width / 2 + edge / 2) ** 2);
  const reach = Math.sqrt(farthest);
  out.fill(farthest, start, start + size * size); // squared distances first, then ink
  eachSegment(lines, (ax, ay, bx, by) => {
    const dx = bx - ax;
    const dy = by - ay;
    const perLength = 1 / Math.max(dx * dx + dy * dy, 1e-9);
    const right = Math.min(size, Math.ceil(Math.max(ax, bx) + reach));
    const bottom = Math.min(size, Math.ceil(Math.max(ay, by) + reach));
    const left = Math.max(0, Math.floor(Math.min(ax, bx) - reach));
    for (let row = Math.max(0, Math.floor(Math.min(ay, by) - reach)); row < bottom; row++) {
      const py = row + 0.5 - ay;
      for (let column = left; column < right; column++) {
        const px = column + 0.5 - ax;
        const t = Math.min(1, Math.max(0, (px * dx + py * dy) * perLength));
        const distance = (px - t * dx) ** 2 + (py - t * dy) ** 2;
        const at = start + row * size + column;
        if (distance < (out[at] ?? 0)) out[at] = distance;
      }
    }
  });
  for (let at = start; at < start + size * size; at++) {
    out[at] = Math.min(1, (reach - Math.sqrt(out[at] ?? 0)) / edge);
  }
}
