import { add, affineSample, cos, exp, mul, reshape, sin, stack, sub } from "../engine/ops/index.js";
import type { Draws } from "../engine/draws.js";
import { type Tensor, sizeOf } from "../engine/tensor.js";

/**
 * A picture as a network sees it through a random affine map of a strength: at 1, up to 10 degrees, shear 0.2, scale 10 % per
 * axis, shift 7 %. 0 leaves it as it is.
 */
export function augmented(x: Tensor, draws: Draws, name: string, strength: number): Tensor {
  if (strength === 0) return x;
  const shift = (sizeOf(x, 3) * 2) / 28;
  return randomAffine(x, draws, name, {
    rotation: 10 * strength,
    shear: 0.2 * strength,
    scale: 0.1 * strength,
    shift: shift * strength,
  });
}

/** Ranges of a random affine map, each drawn uniformly and symmetrically per picture. */
export interface AffineRanges {
  /** Degrees. */
  readonly rotation: number;
  /** Tangent of the slant. */
  readonly shear: number;
  /** Logarithm of the scale, per axis. */
  readonly scale: number;
  /** Pixels, per axis. */
  readonly shift: number;
}

/**
 * One random affine map per picture, bilinear, zeros outside. x [B,C,H,W]; rotations are true for square pictures. Differentiable in x, so a generator learns through
 * it: shown to D on real and generated pictures alike it leaves the game's optimum where it was. Zhao et al. 2020,
 * arXiv:2006.10738, section 3.2.
 */
export function randomAffine(x: Tensor, draws: Draws, name: string, ranges: AffineRanges): Tensor {
  const batch = sizeOf(x, 0);
  const draw = (what: string, range: number) => draws.uniform(`${name}/${what}`, [batch], -range, range);
  const angle = draw("rotation", (ranges.rotation * Math.PI) / 180);
  const shear = draw("shear", ranges.shear);
  const [across, down] = [exp(draw("scale x", ranges.scale)), exp(draw("scale y", ranges.scale))];
  const [c, s] = [cos(angle), sin(angle)];
  // The map is rotation * shear * scale, then the shift, in units of half a picture.
  const rows = [
    mul(c, across),
    mul(sub(mul(c, shear), s), down),
    draw("shift x", (2 * ranges.shift) / sizeOf(x, 3)),
    mul(s, across),
    mul(add(mul(s, shear), c), down),
    draw("shift y", (2 * ranges.shift) / sizeOf(x, 2)),
  ];
  return affineSample(x, reshape(stack(rows, 1), [batch, 2, 3]));
}
