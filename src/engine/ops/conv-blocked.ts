import { type Emitter, type Shape, type Tensor, count, sizeOf } from "../tensor.js";
import {
  type ConvWriter,
  type ConvKernels,
  type Window,
  convInputShape,
  convShape,
  convWeightShape,
  correlate,
  kernelsOf,
  onnxWindow,
  turn,
} from "./conv.js";
import { type Value, defineOp } from "./define.js";

/**
 * Convolutions of pictures by ONNX Runtime's own op, up to twice as fast: pictures lie in memory as [B,C/block,H,W,block],
 * kernels as [O/block,C/block,H,W,block of C,block of O]; nodes of that domain name such arrays by their plain shapes. For
 * graphs that are differentiated already; every number of channels is a multiple of `block`.
 */
const DOMAIN = "com.microsoft.nchwc";

interface Block {
  /** Channels that lie together in memory. */
  readonly block: number;
}

/** conv of pictures. */
export const convBlocked: (x: Value, w: Value, a: Window & Block) => Tensor = defineOp<
  ["x", "w"],
  Window & Block
>("convBlocked", {
  inputs: ["x", "w"],
  shape: convShape,
  onnx: (emitter, [x = "", w = ""], a, node) =>
    write(a.block)(emitter, x, kernelsOf(w, node.inputs[1] as Tensor), onnxWindow(a)),
  gradient: {},
});

/** convWeight of pictures; here the batch plays the channels. */
export const convWeightBlocked: (x: Value, d: Value, a: Window & Block & { kernel: Shape }) => Tensor =
  defineOp<["x", "d"], Window & Block & { kernel: Shape }>("convWeightBlocked", {
    inputs: ["x", "d"],
    shape: convWeightShape,
    onnx: (emitter, [x = "", d = ""], a, node) => {
      const [input, dy] = node.inputs as [Tensor, Tensor];
      return correlate(emitter, x, d, input, dy, a, write(a.block));
    },
    gradient: {},
  });

/** convInput of pictures, by sub-pixels: see `phasesOf` for the windows it takes. */
export const convInputBlocked: (d: Value, w: Value, a: Window & Block & { size: Shape }) => Tensor = defineOp<
  ["d", "w"],
  Window & Block & { size: Shape }
>("convInputBlocked", {
  inputs: ["d", "w"],
  shape: convInputShape,
  onnx: (emitter, [d = "", w = ""], a, node) => {
    const [dy, weight] = node.inputs as [Tensor, Tensor];
    const [channels = 0, outputs = 0, ...size] = weight.shape;
    const axes = size.map((kernel, i) => phasesOf(i, kernel, sizeOf(dy, i + 2), a)) as [Axis, Axis];
    const kernels = phaseKernels(emitter, { name: w, turned: true, outputs, channels, size }, axes, a.block);
    const pictures = emitter.node(`${DOMAIN}:ReorderInput`, [d]);
    const found = axes[0].phases.map((first, i) =>
      axes[1].phases.map((second, j) =>
        emitter.node(`${DOMAIN}:Conv`, [pictures, kernels(i, j)], {
          kernel_shape: axes.map(({ taps }) => taps),
          pads: [first.before, second.before, first.after, second.after],
        }),
      ),
    );
    const whole = interleave(emitter, found, [sizeOf(dy, 0), outputs, ...a.size], axes, a.block);
    return emitter.node(`${DOMAIN}:ReorderOutput`, [whole], { channels: outputs });
  },
  gradient: {},
});

/** Every stride-th position of an axis: those that the same taps of the kernel reach. */
interface Phase {
  /** Which of the first `stride` taps is the first to reach it. */
  readonly tap: number;
  readonly before: number;
  readonly after: number;
}
interface Axis {
  readonly stride: number;
  /** Taps of the kernel that reach a position. */
  readonly taps: number;
  /** Positions of a phase. */
  readonly length: number;
  readonly phases: readonly Phase[];
}

/**
 * A transposed convolution along one axis as a convolution for each phase: position stride i + phase gets d[i + q - m] of tap
 * (tap + stride m), where stride q + tap = phase + padding. Needs a kernel and a size that the stride divides.
 */
function phasesOf(
  axis: number,
  kernel: number,
  size: number,
  { strides, pads, size: whole }: Window & { size: Shape },
): Axis {
  const stride = strides[axis] ?? 1;
  const taps = kernel / stride;
  const length = (whole[axis] ?? 0) / stride;
  const phases = Array.from({ length: stride }, (_, phase) => {
    const shifted = phase + (pads[axis] ?? 0);
    const q = Math.floor(shifted / stride);
    return { tap: shifted % stride, before: taps - 1 - q, after: length + q - size };
  });
  return { stride, taps, length, phases };
}

/** Whether `convInputBlocked` takes these windows. */
export function hasPhases(kernel: Shape, size: Shape, a: Window & { size: Shape }): boolean {
  return kernel.every((taps, i) => {
    const axis = phasesOf(i, taps, size[i] ?? 0, a);
    const whole = Number.isInteger(axis.taps) && Number.isInteger(axis.length);
    return (
      whole && a.dilations[i] === 1 && axis.phases.every(({ before, after }) => before >= 0 && after >= 0)
    );
  });
}

/** ConvKernels of each pair of phases: every stride-th tap, last first. */
function phaseKernels(emitter: Emitter, w: ConvKernels, axes: readonly [Axis, Axis], block: number) {
  const [rows, columns] = axes;
  const { outputs, channels } = w;
  const gathered = emitter.node(`${DOMAIN}:ReorderInput`, [w.name]);
  const split = [channels / block, block, outputs / block];
  const parts = emitter.node("Reshape", [
    gathered,
    emitter.ints([...split, rows.taps, rows.stride, columns.taps, columns.stride, block]),
  ]);
  const moved = emitter.node("Transpose", [parts], { perm: [4, 6, 2, 0, 3, 5, 1, 7] });
  const end = -(2 ** 31);
  const backwards = emitter.node("Slice", [
    moved,
    emitter.ints([-1, -1]),
    emitter.ints([end, end]),
    emitter.ints([4, 5]),
    emitter.ints([-1, -1]),
  ]);
  const each = [outputs, channels, rows.taps, columns.taps];
  const list = emitter.node("Reshape", [
    backwards,
    emitter.ints([rows.stride * columns.stride, count(each)]),
  ]);
  return (i: number, j: number) => {
    const place = (rows.phases[i]?.tap ?? 0) * columns.stride + (columns.phases[j]?.tap ?? 0);
    const ends = [place, place + 1].map((at) => emitter.ints([at]));
    const one = emitter.node("Slice", [list, ...ends, emitter.ints([0])]);
    return emitter.node("Reshape", [one, emitter.ints(each)]);
  };
}

/** Puts the phases' positions side by side: [B,O,H,W], still blocked. */
function interleave(
  emitter: Emitter,
  phases: readonly (readonly string[])[],
  shape: Shape,
  [rows, columns]: readonly [Axis, Axis],
  block: number,
): string {
  const [batch = 0, outputs = 0] = shape;
  const lines = (batch * outputs * rows.length) / block;
  const reshape = (x: string, to: Shape) => emitter.node("Reshape", [x, emitter.ints(to)]);
  const sideBySide = phases.map((row) => {
    const positions = row.map((x) => reshape(x, [lines * columns.length, block]));
    const joined = emitter.node("Concat", positions, { axis: 1 });
    return reshape(joined, [lines, columns.length * columns.stride * block]);
  });
  return reshape(emitter.node("Concat", sideBySide, { axis: 1 }), shape);
}

const write =
  (block: number): ConvWriter =>
  (emitter, x, { name, turned, outputs, channels, size }, window) => {
    const byChannel = turned ? name : turn(emitter, name, size.length);
    // As if they were pictures: that gathers the block of O, and leaves moves of whole blocks, which are fast.
    const gathered = emitter.node(`${DOMAIN}:ReorderInput`, [byChannel]);
    const split = [channels / block, block, outputs / block, count(size), block];
    const parts = emitter.node("Reshape", [gathered, emitter.ints(split)]);
    const moved = emitter.node("Transpose", [parts], { perm: [2, 0, 3, 1, 4] });
    const kernels = emitter.node("Reshape", [moved, emitter.ints([outputs, channels, ...size])]);
    const pictures = emitter.node(`${DOMAIN}:ReorderInput`, [x]);
    const made = emitter.node(`${DOMAIN}:Conv`, [pictures, kernels], { ...window, kernel_shape: size });
    return emitter.node(`${DOMAIN}:ReorderOutput`, [made], { channels: outputs });
  };
