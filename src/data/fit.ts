/** Pictures as arrays hold them: count * height * width * channels bytes, channels fastest. */
export interface Rasters {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  readonly values: Uint8Array;
}

/** How pictures are brought to a square of `side` pixels. */
export interface FitOptions {
  readonly side: number;
  readonly channels: 1 | 3;
  /** "cover": just covers the square, the middle is cut out. "pad": lies in its middle, as a digit of MNIST does. */
  readonly fit: "cover" | "pad";
}

/** Of a padded picture, the longer side takes this share, as the digits of MNIST take 20 of 28 pixels. */
const padded = 20 / 28;

/**
 * Pictures in one size, channel-major (CHW), one byte a value, with what was done in words. "cover": scaled until they just cover the
 * square, the middle cut out. "pad": scaled until their longer side takes 20/28 of the square, black around. Scaling is bilinear; a
 * smaller picture is made of all pixels of the larger (the triangle grows with the scale, as in Pillow). Grey of colour is the
 * luma of ITU-R BT.601, colour of grey is three times the same.
 */
export function fitted(rasters: Rasters, options: FitOptions): { pixels: Uint8Array; about: string } {
  const { side, channels, fit } = options;
  const place = fit === "pad" ? paddedPlace(rasters, side) : coveringPlace(rasters, side);
  const length = channels * side * side;
  const pixels = new Uint8Array(rasters.count * length);
  for (let i = 0; i < rasters.count; i++) {
    const planes = scaled(rasters, i, place);
    const wanted =
      channels === planes.length
        ? planes
        : channels === 1
          ? [luma(planes)]
          : [...planes, ...planes, ...planes];
    wanted.forEach((plane, channel) =>
      copyInto(plane, place, pixels, side, i * length + channel * side * side),
    );
  }
  return { pixels, about: inWords(rasters, options, place) };
}

/** Where a scaled picture of `width` x `height` comes to lie, and the taps that make it. */
interface Place {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly columns: readonly Taps[];
  readonly rows: readonly Taps[];
}

/** A scaled pixel is the weighted sum of the pixels from `first` on. */
interface Taps {
  readonly first: number;
  readonly weights: readonly number[];
}

function coveringPlace({ height, width }: Rasters, side: number): Place {
  const used = Math.min(height, width); // of the longer side, the middle
  const columns = taps(width, (width - used) / 2, used, side);
  const rows = taps(height, (height - used) / 2, used, side);
  return { left: 0, top: 0, width: side, height: side, columns, rows };
}

function paddedPlace(rasters: Rasters, side: number): Place {
  const scale = (padded * side) / Math.max(rasters.height, rasters.width);
  const height = Math.max(1, Math.round(scale * rasters.height));
  const width = Math.max(1, Math.round(scale * rasters.width));
  return {
    left: Math.floor((side - width) / 2),
    top: Math.floor((side - height) / 2),
    width,
    height,
    columns: taps(rasters.width, 0, rasters.width, width),
    rows: taps(rasters.height, 0, rasters.height, height),
  };
}

/** The triangle filter that makes `count` pixels of the stretch [from, from + length] of `size` pixels. */
function taps(size: number, from: number, length: number, count: number): Taps[] {
  const step = length / count;
  const reach = Math.max(1, step);
  return Array.from({ length: count }, (_, i) => {
    const middle = from + (i + 0.5) * step - 0.5;
    const first = Math.max(0, Math.floor(middle - reach) + 1);
    const last = Math.min(size - 1, Math.ceil(middle + reach) - 1);
    const weights = Array.from({ length: last - first + 1 }, (_, k) =>
      Math.max(0, 1 - Math.abs(first + k - middle) / reach),
    );
    const sum = weights.reduce((a, b) => a + b, 0);
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}

/** The planes of picture i, scaled. */
function scaled(rasters: Rasters, i: number, place: Place): Uint8Array[] {
  return Array.from({ length: rasters.channels }, (_, channel) => scaledPlane(rasters, i, channel, place));
}

function scaledPlane(
  { height, width, channels, values }: Rasters,
  i: number,
  channel: number,
  { columns, rows, width: outWidth }: Place,
): Uint8Array {
  const across = new Float64Array(height * outWidth);
  const start = i * height * width * channels + channel;
  for (let row = 0; row < height; row++) {
    columns.forEach(({ first, weights }, column) => {
      let sum = 0;
      for (let k = 0; k < weights.length; k++)
        sum += (weights[k] ?? 0) * (values[start + (row * width + first + k) * channels] ?? 0);
      across[row * outWidth + column] = sum;
    });
  }
  const plane = new Uint8Array(rows.length * outWidth);
  rows.forEach(({ first, weights }, row) => {
    for (let column = 0; column < outWidth; column++) {
      let sum = 0;
      for (let k = 0; k < weights.length; k++)
        sum += (weights[k] ?? 0) * (across[(first + k) * outWidth + column] ?? 0);
      plane[row * outWidth + column] = Math.round(sum);
    }
  });
  return plane;
}

function luma([red = none, green = none, blue = none]: readonly Uint8Array[]): Uint8Array {
  return red.map((r, at) => Math.round(0.299 * r + 0.587 * (green[at] ?? 0) + 0.114 * (blue[at] ?? 0)));
}

const none = new Uint8Array();

function copyInto(
  plane: Uint8Array,
  { left, top, width, height }: Place,
  out: Uint8Array,
  side: number,
  start: number,
): void {
  for (let row = 0; row < height; row++)
    out.set(plane.subarray(row * width, (row + 1) * width), start + (top + row) * side + left);
}

function inWords({ height, width }: Rasters, { side, channels, fit }: FitOptions, place: Place): string {
  const colours = channels === 1 ? "grey" : "RGB";
  if (fit === "pad")
    return `resized to ${place.width}x${place.height} (bilinear), in the middle of ${side}x${side}, black around, ${colours}`;
  if (height === side && width === side) return `${side}x${side} as in the file, ${colours}`;
  return `resized to cover ${side}x${side} (bilinear), centre crop, ${colours}`;
}
