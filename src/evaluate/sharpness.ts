import type { ImageShape } from "../data/dataset.js";
import { DataError } from "../errors.js";

/**
 * Mean length of the gradient of pictures [n, C, H, W]: sqrt(dx^2 + dy^2) of differences to the pixel on the right and the
 * pixel below, over all pixels that have both, in units of a pixel; 0 for plain areas. Blur lowers it, and so does low
 * contrast; noise raises it: a picture is as sharp as real ones where its number is near theirs, not where it is greatest.
 * Throws DataError for pictures of less than 2 x 2 pixels, or numbers that are no whole pictures.
 */
export function sharpness(images: Float32Array, { channels, height, width }: ImageShape): number {
  const size = channels * height * width;
  if (height < 2 || width < 2 || images.length === 0 || images.length % size !== 0) {
    throw new DataError({
      where: "sharpness",
      expected: `pictures of ${channels} x ${height} x ${width} pixels, at least 2 x 2`,
      received: `${images.length} numbers`,
    });
  }
  const planes = images.length / (height * width);
  let sum = 0;
  for (let plane = 0; plane < planes; plane++) {
    for (let y = 0; y < height - 1; y++) {
      for (let x = 0; x < width - 1; x++) {
        const at = (plane * height + y) * width + x;
        const here = images[at]!;
        sum += Math.sqrt((images[at + 1]! - here) ** 2 + (images[at + width]! - here) ** 2);
      }
    }
  }
  return sum / (planes * (height - 1) * (width - 1));
}
