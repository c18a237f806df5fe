import { encode } from "fast-png";
import { OptionError, ShapeError } from "../errors.js";

/** Pictures laid out row by row. */
export interface Grid {
  /** [N, C, H, W], pixels in [0,1]; what lies outside is clipped, NaN is drawn black. */
  readonly images: Float32Array;
  readonly shape: { readonly channels: number; readonly height: number; readonly width: number };
  /** Pictures in a row. The last row may be shorter. */
  readonly columns: number;
  /** How many pixels wide and high one pixel of a picture becomes (nearest). Default 2. */
  readonly scale?: number;
  /** Pixels between neighbours; there is none around the whole. Default 2. */
  readonly gap?: number;
  /** Grey level in [0,1] of gaps and of the places after the last picture. Default 0.5. */
  readonly background?: number;
}

/**
 * One PNG of many pictures: grey for 1 channel, RGB for 3, 8 bit.
 * Throws ShapeError where `images` is not a whole number (>= 1) of grey or RGB pictures, OptionError for a wrong layout.
 */
export function grid({ images, shape, columns, scale = 2, gap = 2, background = 0.5 }: Grid): Uint8Array {
  const { channels, height, width } = shape;
  const count = countPictures(images, shape);
  requireInteger("columns", columns, 1);
  requireInteger("scale", scale, 1);
  requireInteger("gap", gap, 0);

  const across = Math.min(columns, count);
  const down = Math.ceil(count / columns);
  const outWidth = across * (width * scale + gap) - gap;
  const outHeight = down * (height * scale + gap) - gap;
  // A clamped array rounds, clips to [0,255] and turns NaN into 0 when it is written.
  const data = new Uint8ClampedArray(outWidth * outHeight * channels).fill(background * 255);

  for (let picture = 0; picture < count; picture++) {
    const left = (picture % columns) * (width * scale + gap);
    const top = Math.floor(picture / columns) * (height * scale + gap);
    for (let channel = 0; channel < channels; channel++) {
      const plane = (picture * channels + channel) * height * width;
      for (let y = 0; y < height * scale; y++) {
        const source = plane + Math.floor(y / scale) * width;
        const target = (top + y) * outWidth + left;
        for (let x = 0; x < width * scale; x++) {
          data[(target + x) * channels + channel] = (images[source + Math.floor(x / scale)] ?? 0) * 255;
        }
      }
    }
  }
  return encode({ width: outWidth, height: outHeight, channels, depth: 8, data });
}

/** A PNG as an address that carries it. */
export function dataUri(png: Uint8Array): string {
  const letters = Array.from(png, (byte) => String.fromCharCode(byte));
  return `data:image/png;base64,${btoa(letters.join(""))}`;
}

function countPictures(images: Float32Array, { channels, height, width }: Grid["shape"]): number {
  const count = images.length / (channels * height * width);
  if ((channels === 1 || channels === 3) && Number.isInteger(count) && count > 0) return count;
  throw new ShapeError({
    where: "grid",
    expected: "images [N, C, H, W] with N >= 1 and C = 1 or 3",
    received: `${images.length} values for pictures of [${channels}, ${height}, ${width}]`,
  });
}

function requireInteger(name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new OptionError({
    where: `grid: ${name}`,
    expected: `an integer >= ${least}`,
    received: String(value),
  });
}
