/** Red, green and blue in [0,1]. */
export type Colour = readonly [red: number, green: number, blue: number];

/** A square RGB picture being drawn: out[start ...], channel-major. (0, 0) is its middle, x to the right, y down. */
export interface Canvas {
  /** Height and width in pixels. */
  readonly side: number;
  /** Pixels to the unit of places and lengths. */
  readonly unit: number;
  readonly out: Float32Array;
  readonly start: number;
}

/** Where a shape is: within a box, below 0 in its signed distance. */
export interface Shape {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  /** How far a place is outside (positive) or inside (negative) the edge, about. */
  readonly distance: (x: number, y: number) => number;
}

/**
 * Paints a shape over what is there. A pixel's share of the colour falls linearly with the distance of its centre from the
 * edge, from 1 to 0 within a pixel, so that edges are smooth and follow the shape continuously.
 */
export function paint(
  { side, unit, out, start }: Canvas,
  shape: Shape,
  [red, green, blue]: Colour,
  opacity = 1,
): void {
  const middle = side / 2;
  const area = side * side;
  // A pixel is touched where its centre is less than half a pixel outside.
  const from = (place: number): number => Math.max(0, Math.floor(middle + unit * place - 0.5));
  const to = (place: number): number => Math.min(side, Math.ceil(middle + unit * place + 0.5));
  const [left, right, bottom] = [from(shape.left), to(shape.right), to(shape.bottom)];
  for (let row = from(shape.top); row < bottom; row++) {
    const y = (row + 0.5 - middle) / unit;
    for (let column = left; column < right; column++) {
      const cover = 0.5 - unit * shape.distance((column + 0.5 - middle) / unit, y);
      if (cover <= 0) continue;
      const share = opacity * Math.min(1, cover);
      const at = start + row * side + column;
      out[at] = mix(out[at] ?? 0, red, share);
      out[at + area] = mix(out[at + area] ?? 0, green, share);
      out[at + 2 * area] = mix(out[at + 2 * area] ?? 0, blue, share);
    }
  }
}

const mix = (a: number, b: number, t: number): number => a + t * (b - a);

/** Fills the picture. */
export function fill({ side, out, start }: Canvas, colour: Colour): void {
  const area = side * side;
  colour.forEach((value, plane) => out.fill(value, start + plane * area, start + (plane + 1) * area));
}

/** An ellipse; its distance is exact on the edge and nearly so beside it. */
export function ellipse(x: number, y: number, radiusX: number, radiusY = radiusX): Shape {
  return {
    left: x - radiusX,
    top: y - radiusY,
    right: x + radiusX,
    bottom: y + radiusY,
    distance(px, py) {
      const [u, v] = [(px - x) / radiusX, (py - y) / radiusY];
      const length = Math.sqrt(u * u + v * v);
      const slope = Math.sqrt((u / radiusX) ** 2 + (v / radiusY) ** 2);
      // The implicit function u^2 + v^2 over its gradient; in the very middle there is no gradient, but it is inside.
      return slope < 1e-9 ? -Math.min(radiusX, radiusY) : (length * (length - 1)) / slope;
    },
  };
}

/** A straight line of a round pen. */
export function stroke(ax: number, ay: number, bx: number, by: number, width: number): Shape {
  const [dx, dy, reach] = [bx - ax, by - ay, width / 2];
  const perLength = 1 / Math.max(dx * dx + dy * dy, 1e-9);
  return {
    left: Math.min(ax, bx) - reach,
    top: Math.min(ay, by) - reach,
    right: Math.max(ax, bx) + reach,
    bottom: Math.max(ay, by) + reach,
    distance(px, py) {
      const t = Math.min(1, Math.max(0, ((px - ax) * dx + (py - ay) * dy) * perLength));
      const [x, y] = [px - ax - t * dx, py - ay - t * dy];
      return Math.sqrt(x * x + y * y) - reach;
    },
  };
}

/** The edge of a shape, drawn with a pen. */
export function outline(shape: Shape, width: number): Shape {
  return { ...grown(shape, width / 2), distance: (x, y) => Math.abs(shape.distance(x, y)) - width / 2 };
}

/** A shape with its edge moved outwards. */
export function grown(shape: Shape, by: number): Shape {
  return {
    left: shape.left - by,
    top: shape.top - by,
    right: shape.right + by,
    bottom: shape.bottom + by,
    distance: (x, y) => shape.distance(x, y) - by,
  };
}

/** What of a shape lies above a curve y = edge(x). */
export function above(shape: Shape, edge: (x: number) => number): Shape {
  return { ...shape, distance: (x, y) => Math.max(shape.distance(x, y), y - edge(x)) };
}

/** What of a shape lies within another. */
export function within(shape: Shape, other: Shape): Shape {
  return { ...shape, distance: (x, y) => Math.max(shape.distance(x, y), other.distance(x, y)) };
}

/** A box with rounded corners. */
export function box(left: number, top: number, right: number, bottom: number, corner: number): Shape {
  const [x, y] = [(left + right) / 2, (top + bottom) / 2];
  const [halfX, halfY] = [(right - left) / 2 - corner, (bottom - top) / 2 - corner];
  return {
    left,
    top,
    right,
    bottom,
    distance(px, py) {
      const [u, v] = [Math.abs(px - x) - halfX, Math.abs(py - y) - halfY];
      const outside = Math.sqrt(Math.max(0, u) ** 2 + Math.max(0, v) ** 2);
      return outside + Math.min(0, Math.max(u, v)) - corner;
    },
  };
}
