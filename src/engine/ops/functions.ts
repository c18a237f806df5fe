import { ShapeError } from "../../errors.js";
import { type Tensor, show, sizeOf } from "../tensor.js";
import { type Value } from "./define.js";
import { add, div, erf, mul, sqrt, sub } from "./elementwise.js";
import { constant } from "./leaves.js";
import { matmul } from "./linalg.js";
import { mean, variance } from "./reduce.js";
import { reshape, transpose } from "./shape.js";

/** x Phi(x), Phi the standard normal distribution function. Hendrycks & Gimpel 2016, arXiv:1606.08415. */
export function gelu(x: Value): Tensor {
  return mul(mul(0.5, x), add(1, erf(mul(x, Math.SQRT1_2))));
}

/** [B, ...] -> [B, rest]. */
export function flatten(x: Tensor): Tensor {
  return reshape(x, [sizeOf(x, 0), -1]);
}

/** Mean 0, variance 1 over the given axes (layer norm: all but the batch; instance norm: the spatial ones). */
export function standardize(x: Tensor, axes: readonly number[], epsilon = 1e-5): Tensor {
  const centred = sub(x, mean(x, axes, { keep: true }));
  return div(centred, sqrt(add(variance(x, axes, { keep: true }), epsilon)));
}

/**
 * How a picture is enlarged or shrunk, pixel centres at (i + 1/2) / size: PyTorch's "nearest-exact" ("nearest" differs from it
 * where the factor is not whole) and "bilinear" with align_corners false.
 */
export type ResizeMode = "nearest" | "bilinear";

/**
 * x [B,C,H,W] -> [B,C,height,width]. Written as two products with fixed interpolation matrices, so that derivatives of every
 * order come for free.
 */
export function resize(x: Tensor, [height, width]: readonly [number, number], mode: ResizeMode): Tensor {
  const [, , h, w] = x.shape;
  if (x.shape.length !== 4 || h === undefined || w === undefined) {
    throw new ShapeError({ where: "resize", expected: "x [B,C,H,W]", received: show(x.shape) });
  }
  const down = interpolation(h, height, mode);
  const across = transpose(interpolation(w, width, mode));
  return matmul(matmul(down, x), across);
}

/** [to, from]: row i holds the weights with which target i reads the source. */
function interpolation(from: number, to: number, mode: ResizeMode): Tensor {
  const rows = Array.from({ length: to }, (_, i) => {
    const row = Array.from({ length: from }, () => 0);
    const centre = ((i + 0.5) * from) / to;
    if (mode === "nearest") {
      row[Math.min(from - 1, Math.floor(centre))] = 1;
      return row;
    }
    const place = Math.max(0, centre - 0.5);
    const low = Math.min(from - 1, Math.floor(place));
    const high = Math.min(from - 1, low + 1);
    row[low] = 1 - (place - low);
    row[high] = (row[high] ?? 0) + (place - low);
    return row;
  });
  return constant(rows.flat(), [to, from]);
}
