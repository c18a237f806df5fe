import sharp from "sharp";
import type { OutputInfo, ResizeOptions } from "sharp";
import { DataError } from "../../errors.js";
import type { ImageShape } from "../dataset.js";
import type { Photo } from "../blend.js";
import { readBytes } from "./files.js";

/** A picture as decoded: size*size pixels of R, G, B, side by side. */
export type Pixels = Uint8Array;

/**
 * Reads a PNG, JPEG or WebP file (the first picture of an animation): turned as its EXIF orientation says, transparency
 * laid on white, shrunk or enlarged (Lanczos) until it just covers size x size, the middle cut out, sRGB, 8 bits.
 * Throws DataError, naming the path, when the file cannot be read or decoded to its end.
 */
export async function decodePicture(path: string, size: number): Promise<Pixels> {
  const { data } = await decode(path, size, { fit: "cover", position: "centre" });
  return data;
}

/** As `decodePicture`, but whole, and shrunk only where a side is longer than `longest`. */
export async function decodePhoto(path: string, longest: number): Promise<Photo> {
  const { data, info } = await decode(path, longest, { fit: "inside", withoutEnlargement: true });
  return { width: info.width, height: info.height, pixels: data };
}

async function decode(
  path: string,
  size: number,
  how: ResizeOptions,
): Promise<{ data: Pixels; info: OutputInfo }> {
  const bytes = await readBytes(path);
  try {
    return await sharp(bytes, { failOn: "error" }) // a cut-off file is an error, a mere warning of the decoder is not
      .autoOrient()
      .flatten({ background: "white" })
      .resize(size, size, how)
      .toColourspace("srgb")
      .raw()
      .toBuffer({ resolveWithObject: true });
  } catch (error) {
    throw undecodable(path, bytes, error);
  }
}

/** One picture file as a data set of that shape would hold it: [C,H,W] in [0,1]. Errors as `decodePicture`'s. */
export async function loadPicture(path: string, { channels, height }: ImageShape): Promise<Float32Array> {
  const planes = channels === 1 ? 1 : 3;
  const bytes = new Uint8Array(planes * height * height);
  writePlanes(await decodePicture(path, height), planes, bytes, 0);
  return Float32Array.from(bytes, (value) => value / 255);
}

/** The decoder's own reason is only the cause: libvips shares it among threads, so it may speak of another file. */
function undecodable(path: string, bytes: Uint8Array, cause: unknown): DataError {
  const known = /^(\x89PNG|\xff\xd8\xff|RIFF....WEBP)/s.test(String.fromCharCode(...bytes.subarray(0, 12)));
  const other = bytes.length === 0 ? "an empty file" : "a file of another format";
  return new DataError(
    {
      where: path,
      expected: "a PNG, JPEG or WebP picture",
      received: known ? "one that is damaged or cut off" : other,
      hint: "Repair or remove it, or leave out such files with --skip-bad.",
    },
    { cause },
  );
}

/** True when R, G and B agree everywhere. */
export function isGrey(rgb: Pixels): boolean {
  for (let i = 0; i < rgb.length; i += 3) {
    if (rgb[i] !== rgb[i + 1] || rgb[i] !== rgb[i + 2]) return false;
  }
  return true;
}

/** Writes a decoded picture to out[start ...], channel-major; as grey by the luma of ITU-R BT.601, which leaves greys as they are. */
export function writePlanes(rgb: Pixels, channels: 1 | 3, out: Uint8Array, start: number): void {
  const area = rgb.length / 3;
  for (let i = 0; i < area; i++) {
    const [r, g, b] = [rgb[3 * i] ?? 0, rgb[3 * i + 1] ?? 0, rgb[3 * i + 2] ?? 0];
    if (channels === 1) {
      out[start + i] = Math.round(0.299 * r + 0.587 * g + 0.114 * b);
    } else {
      out[start + i] = r;
      out[start + area + i] = g;
      out[start + 2 * area + i] = b;
    }
  }
}
