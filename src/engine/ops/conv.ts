import { ShapeError } from "../../errors.js";
import {
  type Emitter,
  type OnnxAttributes,
  type Shape,
  type Tensor,
  sameShape,
  show,
  sizeOf,
} from "../tensor.js";
import { type Value, asTensor, defineOp } from "./define.js";

/** How a window moves. Lists have one entry per spatial axis; padding is per side: [before..., after...]. */
export interface Window {
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
  readonly groups: number;
}
/** What users write: one number for all axes, or a list; all optional. */
export interface WindowOptions {
  readonly stride?: number | readonly number[];
  readonly dilation?: number | readonly number[];
  /** Zeros on every side: one number, one per axis, or [before..., after...]. */
  readonly padding?: number | readonly number[];
  readonly groups?: number;
}

type Conv = (x: Value, w: Value, a: Window) => Tensor;
type ConvInput = (d: Value, w: Value, a: Window & { size: Shape }) => Tensor;
type ConvWeight = (x: Value, d: Value, a: Window & { kernel: Shape }) => Tensor;

const spatial = (x: Tensor): Shape => x.shape.slice(2);

/** Completes a window for the spatial axes of x [B,C,...S]; throws where a list has not one entry for each. */
export function windowOf(where: string, x: Tensor, options: WindowOptions): Window {
  const rank = x.shape.length - 2;
  if (rank < 1) throw new ShapeError({ where, expected: "x [B,C,...S]", received: show(x.shape) });
  const each = (value: number | readonly number[]) =>
    typeof value === "number" ? Array.from({ length: rank }, () => value) : value;
  const padding = each(options.padding ?? 0);
  const window = {
    strides: each(options.stride ?? 1),
    dilations: each(options.dilation ?? 1),
    pads: padding.length === rank ? [...padding, ...padding] : padding,
    groups: options.groups ?? 1,
  };
  check(where, "stride", window.strides, rank, 1);
  check(where, "dilation", window.dilations, rank, 1);
  check(where, "padding", window.pads, 2 * rank, 0);
  check(where, "groups", [window.groups], 1, 1);
  return window;
}

function check(where: string, what: string, values: readonly number[], length: number, least: number): void {
  if (values.length !== length || !values.every((value) => Number.isInteger(value) && value >= least)) {
    throw new ShapeError({
      where,
      expected: `${what} of ${length} whole ${length === 1 ? "number" : "numbers"} from ${least}`,
      received: show(values),
    });
  }
}

/** Size of each spatial axis that a window of that kernel makes of `size`. */
function outputSizes(size: Shape, kernel: Shape, { strides, dilations, pads }: Window): number[] {
  return size.map((s, i) => {
    const reach = (dilations[i] ?? 1) * ((kernel[i] ?? 1) - 1) + 1;
    return Math.floor((s + (pads[i] ?? 0) + (pads[i + size.length] ?? 0) - reach) / (strides[i] ?? 1)) + 1;
  });
}

export function convShape({ x, w }: { x: Tensor; w: Tensor }, a: Window): Shape {
  const [batch, channels] = x.shape;
  const [out, perGroup] = w.shape;
  if (
    batch === undefined ||
    channels === undefined ||
    out === undefined ||
    perGroup === undefined ||
    x.shape.length !== w.shape.length ||
    perGroup * a.groups !== channels ||
    out % a.groups !== 0
  ) {
    throw new ShapeError({
      where: "conv",
      expected: `w [O, ${(channels ?? 0) / a.groups}, ...K] for x ${show(x.shape)} with groups ${a.groups}`,
      received: `w ${show(w.shape)}`,
      hint:
        out !== undefined && out * a.groups === channels
          ? "Swap the first two axes of w, or set groups."
          : "w holds, for every output channel, one kernel per input channel of its group.",
    });
  }
  spatial(x).forEach((size, i) => {
    const reach = (a.dilations[i] ?? 1) * (sizeOf(w, i + 2) - 1) + 1;
    const padded = size + (a.pads[i] ?? 0) + (a.pads[i + spatial(x).length] ?? 0);
    if (reach > padded) {
      throw new ShapeError({
        where: "conv",
        expected: `a kernel that fits into ${padded} (padded) along spatial axis ${i} of x ${show(x.shape)}`,
        received: `a reach of ${reach}: w ${show(w.shape)}, dilation ${a.dilations[i]}`,
      });
    }
  });
  return [batch, out, ...outputSizes(spatial(x), spatial(w), a)];
}

/** ConvKernels as they lie: [O,C,...K], or turned, [C,O,...K]. */
export interface ConvKernels {
  readonly name: string;
  readonly turned: boolean;
  readonly outputs: number;
  readonly channels: number;
  readonly size: Shape;
}
/** Writes a convolution. */
export type ConvWriter = (emitter: Emitter, x: string, w: ConvKernels, window: OnnxAttributes) => string;

/** The first two axes exchanged. */
export function turn(emitter: Emitter, x: string, rank: number): string {
  const axes = Array.from({ length: rank }, (_, i) => i + 2);
  return emitter.node("Transpose", [x], { perm: [1, 0, ...axes] });
}

const plainConv: ConvWriter = (emitter, x, { name, turned, size }, window) =>
  emitter.node("Conv", [x, turned ? turn(emitter, name, size.length) : name], window);

/** ConvKernels [O,C,...K] of a convolution. */
export function kernelsOf(
  name: string,
  { shape: [outputs = 0, channels = 0, ...size] }: Tensor,
): ConvKernels {
  return { name, turned: false, outputs, channels, size };
}

export const onnxWindow = ({ strides, dilations, pads, groups }: Window): OnnxAttributes => ({
  strides,
  dilations,
  pads,
  group: groups,
});

const convOp: Conv = defineOp<["x", "w"], Window>("conv", {
  inputs: ["x", "w"],
  shape: convShape,
  onnx: (emitter, [x = "", w = ""], a, node) =>
    plainConv(emitter, x, kernelsOf(w, node.inputs[1] as Tensor), onnxWindow(a)),
  gradient: {
    x: ({ x, w, dOut }, a) => convInput(dOut, w, { ...a, size: spatial(x) }),
    w: ({ x, w, dOut }, a) => convWeight(x, dOut, { ...a, kernel: spatial(w) }),
  },
});

export function convInputShape({ d, w }: { d: Tensor; w: Tensor }, a: Window & { size: Shape }): Shape {
  const [batch = 0, out = 0] = d.shape;
  if (out !== w.shape[0] || d.shape.length !== w.shape.length || out % a.groups !== 0) {
    throw new ShapeError({
      where: "convTranspose",
      expected: `w [${out}, C/groups, ...K] for x ${show(d.shape)} with groups ${a.groups}`,
      received: `w ${show(w.shape)}`,
    });
  }
  const sizes = outputSizes(a.size, spatial(w), a);
  if (!sameShape(sizes, spatial(d)) || a.size.some((size) => size < 1)) {
    throw new ShapeError({
      where: "convTranspose",
      expected: `a result ${show(a.size)} that the window takes back to x ${show(d.shape)}`,
      received: `w ${show(w.shape)}, strides ${show(a.strides)}, which make ${show(sizes)} of it`,
      hint: "outputPadding must be smaller than every stride.",
    });
  }
  return [batch, sizeOf(w, 1) * a.groups, ...a.size];
}

/**
 * Adjoint of conv in x, also the transposed convolution. d [B,O,...S'], w [O,C/groups,...K] -> [B,C,...size].
 * Positions that no window reached get zero.
 */
export const convInput: ConvInput = defineOp<["d", "w"], Window & { size: Shape }>("convInput", {
  inputs: ["d", "w"],
  shape: convInputShape,
  onnx: (emitter, [d = "", w = ""], a, node) => {
    const [dy, weight] = node.inputs as [Tensor, Tensor];
    const rank = a.size.length;
    const outputPadding = a.size.map((size, i) => {
      const reach = (a.dilations[i] ?? 1) * (sizeOf(weight, i + 2) - 1) + 1;
      const reached = (a.strides[i] ?? 1) * (sizeOf(dy, i + 2) - 1) + reach;
      return size - (reached - (a.pads[i] ?? 0) - (a.pads[i + rank] ?? 0));
    });
    return emitter.node("ConvTranspose", [d, w], { ...onnxWindow(a), output_padding: outputPadding });
  },
  gradient: {
    d: ({ w, dOut }, a) => convOp(dOut, w, windowPart(a)),
    w: ({ d, w, dOut }, a) => convWeight(dOut, d, { ...windowPart(a), kernel: spatial(w) }),
  },
});

export function convWeightShape({ x, d }: { x: Tensor; d: Tensor }, a: Window & { kernel: Shape }): Shape {
  const [out, channels] = [sizeOf(d, 1), sizeOf(x, 1)];
  const fits = d.shape[0] === x.shape[0] && out % a.groups === 0 && channels % a.groups === 0;
  if (!fits || !sameShape(spatial(d), outputSizes(spatial(x), a.kernel, a))) {
    throw new ShapeError({
      where: "convWeight",
      expected: `d as conv makes it of x ${show(x.shape)} with kernel ${show(a.kernel)}, groups ${a.groups}`,
      received: show(d.shape),
    });
  }
  return [out, channels / a.groups, ...a.kernel];
}

/** Adjoint of conv in w. x [B,C,...S], d [B,O,...S'] -> [O,C/groups,...kernel]. */
export const convWeight: ConvWeight = defineOp<["x", "d"], Window & { kernel: Shape }>("convWeight", {
  inputs: ["x", "d"],
  shape: convWeightShape,
  onnx: (emitter, [x = "", d = ""], a, node) => {
    const [input, dy] = node.inputs as [Tensor, Tensor];
    return correlate(emitter, x, d, input, dy, a, plainConv);
  },
  gradient: {
    x: ({ x, d, dOut }, a) => convInput(d, dOut, { ...windowPart(a), size: spatial(x) }),
    d: ({ x, dOut }, a) => convOp(x, dOut, windowPart(a)),
  },
});

const windowPart = ({ strides, dilations, pads, groups }: Window): Window => ({
  strides,
  dilations,
  pads,
  groups,
});

/** The weight gradient as a convolution of its own: the batch plays the channels, stride and dilation swap roles. */
export function correlate(
  emitter: Emitter,
  x: string,
  d: string,
  input: Tensor,
  dy: Tensor,
  a: Window & { kernel: Shape },
  write: ConvWriter,
): string {
  const [batch = 0, channels = 0, ...size] = input.shape;
  const [, outputs = 0, ...outSize] = dy.shape;
  const rank = size.length;
  const grouped =
    a.groups === 1
      ? turn(emitter, x, rank)
      : groupsToFront(emitter, x, batch, a.groups, channels / a.groups, size);
  const kernels = { name: d, turned: true, outputs, channels: batch, size: outSize };
  const conv = write(emitter, grouped, kernels, {
    strides: a.dilations,
    dilations: a.strides,
    pads: a.pads,
    group: a.groups,
  });
  const found = size.map((s, i) => {
    const reach = (a.strides[i] ?? 1) * ((outSize[i] ?? 1) - 1) + 1;
    return Math.floor((s + (a.pads[i] ?? 0) + (a.pads[i + rank] ?? 0) - reach) / (a.dilations[i] ?? 1)) + 1;
  });
  const exact = found.every((s, i) => s === a.kernel[i]);
  const axes = size.map((_, i) => i + 2);
  const cut = exact
    ? conv
    : emitter.node("Slice", [
        conv,
        emitter.ints(axes.map(() => 0)),
        emitter.ints(a.kernel),
        emitter.ints(axes),
      ]);
  return turn(emitter, cut, rank);
}

/** [B, g*c, ...S] -> [c, g*B, ...S], so that group g of the correlation sees its own channels only. */
function groupsToFront(
  emitter: Emitter,
  x: string,
  batch: number,
  groups: number,
  perGroup: number,
  size: Shape,
): string {
  const split = emitter.node("Reshape", [x, emitter.ints([batch, groups, perGroup, ...size])]);
  const turned = emitter.node("Transpose", [split], { perm: [2, 1, 0, ...size.map((_, i) => i + 3)] });
  return emitter.node("Reshape", [turned, emitter.ints([perGroup, groups * batch, ...size])]);
}

/**
 * Cross-correlation over any number of spatial axes. x [B,C,...S], w [O,C/groups,...K] -> [B,O,...S'],
 * S' = floor((S + pads - dilation (K-1) - 1) / stride) + 1.
 */
export function conv(x: Value, w: Value, options: WindowOptions = {}): Tensor {
  const input = asTensor(x);
  return convOp(input, w, windowOf("conv", input, options));
}

/**
 * Transposed convolution. x [B,I,...S], w [I,O/groups,...K] -> [B,O,...S'],
 * S' = stride (S-1) + dilation (K-1) + 1 - pads + outputPadding.
 */
export function convTranspose(
  x: Value,
  w: Value,
  options: WindowOptions & { readonly outputPadding?: number } = {},
): Tensor {
  const input = asTensor(x);
  const weight = asTensor(w);
  const rank = input.shape.length - 2;
  const window = windowOf("convTranspose", input, options);
  const size = spatial(input).map((s, i) => {
    const reach = (window.dilations[i] ?? 1) * (sizeOf(weight, i + 2) - 1) + 1;
    const pads = (window.pads[i] ?? 0) + (window.pads[i + rank] ?? 0);
    return (window.strides[i] ?? 1) * (s - 1) + reach - pads + (options.outputPadding ?? 0);
  });
  return convInput(input, weight, { ...window, size });
}
