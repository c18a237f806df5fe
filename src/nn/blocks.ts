import { OptionError } from "../errors.js";
import { flatten, maxPool, relu, sigmoid } from "../engine/ops/index.js";
import type { Tensor } from "../engine/tensor.js";
import { type BatchNormOptions, batchNorm, conv2d, convTranspose2d, linear, reshapeTo } from "./layers.js";
import type { Layer } from "./network.js";

/** Stages that halve a picture (or, reversed, double it up again): channels of each, and the size they end at. */
export interface Pyramid {
  readonly widths: readonly number[];
  readonly height: number;
  readonly width: number;
}

/**
 * A pyramid down to about 7 pixels: `base` channels at the first stage, doubled at each further one. 28 and 32 pixels have two
 * stages, 64 three. Throws OptionError, in the name of `where`, for sides that cannot be halved that often.
 */
export function pyramid(
  where: string,
  { height, width }: { readonly height: number; readonly width: number },
  base: number,
): Pyramid {
  const stages = Math.max(2, Math.round(Math.log2(Math.min(height, width) / 7)));
  const unit = 2 ** stages;
  if (height % unit !== 0 || width % unit !== 0) {
    const below = Math.max(1, Math.floor(Math.min(height, width) / unit));
    throw new OptionError({
      where,
      expected: `pictures whose sides are multiples of ${unit}`,
      received: `${height}x${width}`,
      hint: `Choose a size with --size, such as ${unit * below} or ${unit * (below + 1)}.`,
    });
  }
  const widths = Array.from({ length: stages }, (_, i) => Math.round(base * 2 ** i));
  return { widths, height: height / unit, width: width / unit };
}

/** Throws OptionError, in the name of `where`, for pictures with a side below `least`; `more` says what asks for that. */
export function checkSize(
  where: string,
  { height, width }: { readonly height: number; readonly width: number },
  least: number,
  more = "",
): void {
  if (Math.min(height, width) >= least) return;
  throw new OptionError({
    where,
    expected: `pictures of at least ${least}x${least}${more}`,
    received: `${height}x${width}`,
    hint: "Choose a size with --size, such as 28 or 32.",
  });
}

/** Widths of layers, by a multiple of those a paper gives: a whole number of at least 1. */
export function scaled(by: number): (width: number) => number {
  return (width) => Math.max(1, Math.round(width * by));
}

/** The stages of DCGAN's discriminator: strided 4x4 convolutions, batch norm in all but the first. arXiv:1511.06434, section 3. */
export function halvings(widths: readonly number[], activation: Layer): Layer[] {
  const halve = (channels: number, bias: boolean) => conv2d(channels, 4, { stride: 2, padding: 1, bias });
  return widths.flatMap((w, i) =>
    i === 0 ? [halve(w, true), activation] : [halve(w, false), batchNorm(), activation],
  );
}

/** The way back up: strided transposed 4x4 convolutions to ever fewer channels, at last the picture's, without activation. */
export function doublings(widths: readonly number[], activation: Layer, channels: number): Layer[] {
  const double = (to: number, bias: boolean) => convTranspose2d(to, 4, { stride: 2, padding: 1, bias });
  const inner = widths.toReversed().slice(1);
  return [...inner.flatMap((w) => [double(w, false), batchNorm(), activation]), double(channels, true)];
}

/** Convolutions with batch norm, each followed by max pooling over 2x2: the first two 5x5, all others 3x3 windows. */
export function pooledStages(widths: readonly number[], activation: Layer): Layer[] {
  return widths.flatMap((width, i) => {
    const kernel = i < 2 ? 5 : 3;
    return [
      conv2d(width, kernel, { padding: (kernel - 1) / 2, bias: false }),
      batchNorm(),
      activation,
      (x: Tensor) => maxPool(x, 2),
    ];
  });
}

/** Linear, batch norm, activation. */
export function dense(units: number, activation: Layer, norm: BatchNormOptions = {}): Layer[] {
  return [linear(units, { bias: false }), batchNorm(norm), activation];
}

/** DCGAN's generator as InfoGAN has it for MNIST: latent [B,n] -> picture in [0,1]. `hidden` is the width of its first layer. */
export function pictureGenerator(
  { widths, height, width }: Pyramid,
  hidden: number,
  channels: number,
): Layer[] {
  const deepest = widths.at(-1) ?? 0;
  return [
    ...dense(hidden, relu),
    ...dense(deepest * height * width, relu),
    reshapeTo(deepest, height, width),
    ...doublings(widths, relu, channels),
    sigmoid,
  ];
}

/** The layers before the last of the discriminator beside it: picture -> [B,hidden]. */
export function pictureTrunk({ widths }: Pyramid, hidden: number, activation: Layer): Layer[] {
  return [...halvings(widths, activation), flatten, ...dense(hidden, activation)];
}
