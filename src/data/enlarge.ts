import { OptionError } from "../errors.js";
import type { Dataset, DataSplits } from "./dataset.js";
import { hashBytes } from "./hash.js";

/** What pictures are to be like; null: as they are. */
export interface Enlargement {
  /** Height and width in pixels. */
  readonly size: number | null;
  readonly channels: 1 | 3 | null;
}

/**
 * A set brought to a size and number of channels, where that loses nothing: smaller pictures are set into a black border, grey
 * ones get three equal channels. So a grey set and one in colour can be two domains of one training. Throws OptionError for a
 * size below that of the pictures, and where pictures in colour should become grey.
 */
export function enlarged({ train, test, ...rest }: DataSplits, wanted: Enlargement): DataSplits {
  return { train: fitted(train, wanted), test: fitted(test, wanted), ...rest };
}

function fitted(data: Dataset, { size, channels }: Enlargement): Dataset {
  const large = size === null ? data : padded(data, size);
  if (channels === null || channels === data.image.channels) return large;
  if (channels === 3) return asColour(large);
  throw new OptionError({
    where: `${data.name} channels`,
    expected: String(data.image.channels),
    received: String(channels),
  });
}

/** Grey pictures with their one channel three times; those in colour as they are. */
export function asColour(data: Dataset): Dataset {
  const { channels, height, width } = data.image;
  if (channels === 3) return data;
  const area = height * width;
  return {
    ...changed(data, "grey as three equal channels"),
    image: { channels: 3, height, width },
    read(indices, out) {
      const grey = new Float32Array(indices.length * area);
      data.read(indices, grey);
      for (let plane = 0; plane < 3 * indices.length; plane++) {
        const start = Math.floor(plane / 3) * area;
        out.set(grey.subarray(start, start + area), plane * area);
      }
    },
  };
}

/** Pictures in the middle of black squares; where a border cannot be even, the right and lower one is a pixel wider. */
export function padded(data: Dataset, size: number): Dataset {
  const { channels, height, width } = data.image;
  if (height === size && width === size) return data;
  const least = Math.max(height, width);
  if (size < least) {
    throw new OptionError({
      where: `${data.name} size`,
      expected: `${least} or more, since its pictures are not made smaller`,
      received: String(size),
    });
  }
  const top = Math.floor((size - height) / 2);
  const left = Math.floor((size - width) / 2);
  return {
    ...changed(data, `in the middle of black ${size}x${size}`),
    image: { channels, height: size, width: size },
    read(indices, out) {
      const inner = new Float32Array(indices.length * channels * height * width);
      data.read(indices, inner);
      out.fill(0, 0, indices.length * channels * size * size);
      for (let row = 0; row < indices.length * channels * height; row++) {
        const plane = Math.floor(row / height);
        const at = plane * size * size + (top + (row % height)) * size + left;
        out.set(inner.subarray(row * width, (row + 1) * width), at);
      }
    },
  };
}

/** A set whose pictures are changed; what is known of them stays. */
function changed(data: Dataset, how: string): Dataset {
  return {
    ...data,
    fingerprint: hashBytes([new TextEncoder().encode(`${data.fingerprint}, ${how}`)]),
    preprocessing: `${data.preprocessing}, ${how}`,
  };
}
