import { checkWhole } from "../check-whole.js";
import { OptionError, ShapeError } from "../errors.js";
import type { LatentPart } from "../methods/latent.js";

/** Shares of the way from 0 to 1, both included. Throws OptionError for fewer than 2 columns. */
export function steps(columns: number): number[] {
  checkWhole("columns", columns, 2);
  return Array.from({ length: columns }, (_, column) => column / (columns - 1));
}

/** Nearer than this to the same or to opposite directions, in radians, the circle through two vectors is lost in rounding. */
const FLAT = 1e-6;

/**
 * Latent vectors [columns,width] on the way from a [width] to b [width], both included.
 *
 * - `linear`: the straight line. For uniform and categorical parts.
 * - `spherical`: along the great circle, (sin((1-t)A) a + sin(tA) b) / sin A with A the angle between a and b (White 2016,
 *   arXiv:1609.04468): even steps of the angle where a and b are equally long. For vectors of normal parts alone, where the
 *   middle of the straight line is nearer to 0 than draws ever are. Where A is 0, or a or b is 0 and there is no angle, this
 *   is the straight line, its limit.
 *
 * Throws ShapeError for vectors of unequal length; OptionError for fewer than 2 columns, and for a spherical way between
 * opposite vectors, as there are many.
 */
export function interpolate(
  a: Float32Array,
  b: Float32Array,
  columns: number,
  kind: "linear" | "spherical",
): Float32Array {
  if (a.length !== b.length) {
    const received = `${a.length} and ${b.length} values`;
    throw new ShapeError({ where: "interpolate", expected: "two vectors of one length", received });
  }
  const angle = kind === "spherical" ? angleBetween(a, b) : 0;
  if (angle > Math.PI - FLAT) {
    throw new OptionError({
      where: "spherical interpolation",
      expected: "vectors that are not opposite",
      received: "a and -a, up to a factor",
      hint: "Choose another end, or the linear way.",
    });
  }
  const share = (t: number) => (angle < FLAT ? t : Math.sin(t * angle) / Math.sin(angle));
  const out = new Float32Array(columns * a.length);
  for (const [column, t] of steps(columns).entries()) {
    const [ofA, ofB] = [share(1 - t), share(t)];
    a.forEach((value, i) => (out[column * a.length + i] = ofA * value + ofB * (b[i] ?? NaN)));
  }
  return out;
}

/**
 * Latent vectors [columns,width] on the way from a to b, part by part: spherical where a part is normal, straight elsewhere.
 * Errors as `interpolate`'s.
 */
export function interpolateParts(
  parts: readonly LatentPart[],
  a: Float32Array,
  b: Float32Array,
  columns: number,
): Float32Array {
  const out = new Float32Array(columns * a.length);
  let at = 0;
  for (const { kind, size } of parts) {
    const [from, to] = [a.subarray(at, at + size), b.subarray(at, at + size)];
    const way = interpolate(from, to, columns, kind === "normal" ? "spherical" : "linear");
    for (let column = 0; column < columns; column++)
      out.set(way.subarray(column * size, (column + 1) * size), column * a.length + at);
    at += size;
  }
  return out;
}

/** In [0, pi], accurate at both ends where acos is not (Kahan 2006, "How futile are mindless assessments of roundoff",
 *  "Mangled angles"). 0 where a or b is 0. */
function angleBetween(a: Float32Array, b: Float32Array): number {
  const [lengthA, lengthB] = [Math.hypot(...a), Math.hypot(...b)];
  if (lengthA === 0 || lengthB === 0) return 0;
  let [apart, together] = [0, 0];
  a.forEach((value, i) => {
    const [u, v] = [value / lengthA, (b[i] ?? NaN) / lengthB];
    apart += (u - v) ** 2;
    together += (u + v) ** 2;
  });
  return 2 * Math.atan2(Math.sqrt(apart), Math.sqrt(together));
}
