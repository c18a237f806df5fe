import { ShapeError } from "../../errors.js";
import { type Shape, type Tensor, count, normalizeAxes, sameShape, show, sizeOf } from "../tensor.js";
import { type Value, asTensor, defineListOp, defineOp } from "./define.js";
import { constantNumber, fill } from "./leaves.js";

/** An axis of a shape made non-negative, or a ShapeError. */
export function axisOf(where: string, shape: Shape, axis: number): number {
  return normalizeAxes(where, shape, [axis])[0] ?? 0;
}
/** Ranges or paddings with non-negative axes, at most one per axis. */
function onAxes<P extends { readonly axis: number }>(where: string, x: Tensor, parts: readonly P[]): P[] {
  normalizeAxes(
    where,
    x.shape,
    parts.map(({ axis }) => axis),
  );
  return parts.map((part) => ({ ...part, axis: axisOf(where, x.shape, part.axis) }));
}

const reshapeOp: (x: Value, a: { shape: Shape }) => Tensor = defineOp<["x"], { shape: Shape }>("reshape", {
  inputs: ["x"],
  dtypes: { x: "any" },
  shape: ({ x }, { shape }) => {
    if (count(x.shape) !== count(shape)) {
      throw new ShapeError({
        where: "reshape",
        expected: `${count(x.shape)} elements as in ${show(x.shape)}`,
        received: show(shape),
      });
    }
    return shape;
  },
  dtype: ({ x }) => x.dtype,
  // A leading axis that stays is written as 0 ("as it comes"), so that a model exported for one batch size takes any.
  onnx: (emitter, [x = ""], { shape }, node) => {
    const leading = node.inputs[0]?.shape[0];
    const onnxShape = shape.map((size, axis) => (axis === 0 && size === leading && size !== 0 ? 0 : size));
    return emitter.node("Reshape", [x, emitter.ints(onnxShape)]);
  },
  simplify: ([x], { shape }) => {
    if (x === undefined) return undefined;
    if (sameShape(x.shape, shape)) return x;
    const value = x.dtype === "float32" ? constantNumber(x) : undefined;
    if (value !== undefined) return fill(value, shape);
    const source = x.node.op.name === "reshape" ? x.node.inputs[0] : undefined;
    return source && reshape(source, shape);
  },
  gradient: { x: ({ x, dOut }) => reshape(dOut, x.shape) },
});

/** The same elements, row-major, in another shape; one size may be -1 and is worked out. */
export function reshape(x: Value, shape: Shape): Tensor {
  const input = asTensor(x);
  const rest = count(input.shape) / count(shape.filter((size) => size !== -1));
  const whole = shape.map((size) => (size === -1 ? rest : size));
  if (whole.some((size) => !Number.isInteger(size) || size < 0)) {
    throw new ShapeError({
      where: "reshape",
      expected: `sizes that divide the ${count(input.shape)} elements of ${show(input.shape)}`,
      received: show(shape),
    });
  }
  return reshapeOp(input, { shape: whole });
}

const transposeOp: (x: Value, a: { order: readonly number[] }) => Tensor = defineOp<
  ["x"],
  { order: readonly number[] }
>("transpose", {
  inputs: ["x"],
  dtypes: { x: "any" },
  shape: ({ x }, { order }) => {
    if (order.length !== x.shape.length || !order.toSorted((a, b) => a - b).every((axis, i) => axis === i)) {
      throw new ShapeError({
        where: "transpose",
        expected: `an order of the axes of ${show(x.shape)}`,
        received: show(order),
      });
    }
    return order.map((axis) => sizeOf(x, axis));
  },
  dtype: ({ x }) => x.dtype,
  onnx: "Transpose",
  onnxAttributes: ({ order }) => ({ perm: order }),
  simplify: ([x], { order }) => {
    if (order.every((axis, i) => axis === i)) return x;
    const before = x?.node.op.name === "transpose" ? (x.node.attributes["order"] as number[]) : undefined;
    const source = x?.node.inputs[0];
    return (
      before &&
      source &&
      transpose(
        source,
        order.map((axis) => before[axis] ?? 0),
      )
    );
  },
  gradient: { x: ({ dOut }, { order }) => transpose(dOut, inverse(order)) },
});
const inverse = (order: readonly number[]) => order.map((_, i) => order.indexOf(i));

/** Axes in another order; the last two swapped where no order is given. */
export function transpose(x: Value, order?: readonly number[]): Tensor {
  const input = asTensor(x);
  const rank = input.shape.length;
  const swapped = input.shape.map((_, axis) =>
    axis === rank - 1 ? rank - 2 : axis === rank - 2 ? rank - 1 : axis,
  );
  return transposeOp(input, { order: order ?? swapped });
}

interface Axis {
  readonly axis: number;
}
const concatOp: (inputs: readonly Tensor[], a: Axis) => Tensor = defineListOp("concat", {
  shape: (inputs, { axis }) => {
    const [head] = inputs;
    const fits = inputs.every(
      (x) =>
        x.shape.length === head?.shape.length && x.shape.every((s, i) => i === axis || s === head.shape[i]),
    );
    const oneType = inputs.every((x) => x.dtype === head?.dtype);
    if (head === undefined || axis >= head.shape.length || !fits || !oneType) {
      throw new ShapeError({
        where: "concat",
        expected: `${oneType ? "" : "one dtype and "}shapes equal but for axis ${axis}`,
        received:
          inputs.map((x) => `${oneType ? "" : `${x.dtype} `}${show(x.shape)}`).join(" and ") || "none",
      });
    }
    return head.shape.map((size, i) => (i === axis ? inputs.reduce((s, x) => s + sizeOf(x, axis), 0) : size));
  },
  onnx: (emitter, names, { axis }) => emitter.node("Concat", names, { axis }),
  gradient: ({ inputs, dOut }, i, { axis }) => {
    const start = inputs.slice(0, i).reduce((s, x) => s + sizeOf(x, axis), 0);
    const size = inputs[i] === undefined ? 0 : sizeOf(inputs[i], axis);
    return slice(dOut, [{ axis, start, end: start + size }]);
  },
});

/** Joins along an axis (1, the channels, by default); all other sizes must agree. */
export function concat(inputs: readonly Tensor[], axis = 1): Tensor {
  const [head] = inputs;
  return concatOp(inputs, { axis: head === undefined ? axis : axisOf("concat", head.shape, axis) });
}

/** Joins along a new axis; a negative one counts from the end of the result. */
export function stack(inputs: readonly Tensor[], axis = 0): Tensor {
  const place = axis < 0 ? axis + 1 + (inputs[0]?.shape.length ?? 0) : axis;
  return concat(
    inputs.map((x) => reshape(x, x.shape.toSpliced(place, 0, 1))),
    place,
  );
}

/** Elements start, start + step, ... before end, along one axis. */
export interface Range {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  readonly step?: number;
}
const rangeSize = ({ start, end, step = 1 }: Range) => Math.max(0, Math.ceil((end - start) / step));

const sliceOp: (x: Value, a: { ranges: readonly Range[] }) => Tensor = defineOp<
  ["x"],
  { ranges: readonly Range[] }
>("slice", {
  inputs: ["x"],
  dtypes: { x: "any" },
  shape: ({ x }, { ranges }) => {
    for (const { axis, start, end, step = 1 } of ranges) {
      if (start < 0 || end > sizeOf(x, axis) || start > end || step < 1) {
        throw new ShapeError({
          where: "slice",
          expected: `a range within axis ${axis} of ${show(x.shape)}`,
          received: `${start}..${end} by ${step}`,
        });
      }
    }
    return x.shape.map((size, axis) => {
      const range = ranges.find((r) => r.axis === axis);
      return range ? rangeSize(range) : size;
    });
  },
  dtype: ({ x }) => x.dtype,
  onnx: (emitter, [x = ""], { ranges }) =>
    emitter.node("Slice", [
      x,
      emitter.ints(ranges.map((r) => r.start)),
      emitter.ints(ranges.map((r) => r.end)),
      emitter.ints(ranges.map((r) => r.axis)),
      emitter.ints(ranges.map((r) => r.step ?? 1)),
    ]),
  simplify: ([x], { ranges }) =>
    x !== undefined && ranges.every((r) => r.start === 0 && (r.step ?? 1) === 1 && r.end === x.shape[r.axis])
      ? x
      : undefined,
  gradient: { x: ({ x, dOut }, { ranges }) => unslice(dOut, ranges, x.shape) },
});

/** Part of x along some axes. */
export function slice(x: Value, ranges: readonly Range[]): Tensor {
  const input = asTensor(x);
  return sliceOp(input, { ranges: onAxes("slice", input, ranges) });
}

/** The adjoint of slice: x put back into zeros. Steps are opened by interleaving zeros. */
function unslice(x: Tensor, ranges: readonly Range[], shape: Shape): Tensor {
  return ranges.reduce((out, { axis, start, step = 1 }) => {
    const opened = step === 1 ? out : interleaveZeros(out, axis, step);
    const after = (shape[axis] ?? 0) - start - sizeOf(opened, axis);
    const fitted =
      after < 0 ? slice(opened, [{ axis, start: 0, end: sizeOf(opened, axis) + after }]) : opened;
    return pad(fitted, [{ axis, before: start, after: Math.max(0, after) }]);
  }, x);
}

function interleaveZeros(x: Tensor, axis: number, step: number): Tensor {
  const split = x.shape.toSpliced(axis + 1, 0, 1);
  const padded = pad(reshape(x, split), [{ axis: axis + 1, before: 0, after: step - 1 }]);
  return reshape(padded, x.shape.toSpliced(axis, 1, sizeOf(x, axis) * step));
}

/** Elements added before and after along one axis. */
export interface Padding {
  readonly axis: number;
  readonly before: number;
  readonly after: number;
}
const padOp: (x: Value, a: { paddings: readonly Padding[]; value: number }) => Tensor = defineOp<
  ["x"],
  { paddings: readonly Padding[]; value: number }
>("pad", {
  inputs: ["x"],
  shape: ({ x }, { paddings }) => {
    for (const { axis, before, after } of paddings) {
      sizeOf(x, axis);
      if (before < 0 || after < 0) {
        throw new ShapeError({
          where: "pad",
          expected: "paddings of at least 0",
          received: `${before} and ${after}`,
        });
      }
    }
    return x.shape.map((size, axis) => {
      const padding = paddings.find((p) => p.axis === axis);
      return padding ? size + padding.before + padding.after : size;
    });
  },
  onnx: (emitter, [x = ""], { paddings, value }) =>
    emitter.node("Pad", [
      x,
      emitter.ints([...paddings.map((p) => p.before), ...paddings.map((p) => p.after)]),
      emitter.floats([value], []),
      emitter.ints(paddings.map((p) => p.axis)),
    ]),
  simplify: ([x], { paddings }) => (paddings.every((p) => p.before === 0 && p.after === 0) ? x : undefined),
  gradient: {
    x: ({ x, dOut }, { paddings }) =>
      slice(
        dOut,
        paddings.map(({ axis, before }) => ({ axis, start: before, end: before + sizeOf(x, axis) })),
      ),
  },
});

/** x with a constant border. */
export function pad(x: Value, paddings: readonly Padding[], value = 0): Tensor {
  const input = asTensor(x);
  return padOp(input, { paddings: onAxes("pad", input, paddings), value });
}

const gatherOp: (x: Value, indices: Value, a: Axis) => Tensor = defineOp<["x", "indices"], Axis>("gather", {
  inputs: ["x", "indices"],
  dtypes: { x: "any", indices: "int64" },
  shape: ({ x, indices }, { axis }) => x.shape.toSpliced(axis, 1, ...indices.shape),
  dtype: ({ x }) => x.dtype,
  onnx: "Gather",
  onnxAttributes: ({ axis }) => ({ axis }),
  gradient: { x: ({ x, indices, dOut }, { axis }) => scatterAdd(dOut, indices, axis, sizeOf(x, axis)) },
});

/** Rows of x along an axis, chosen by int64 indices: x [A, n, B], indices [...S] -> [A, ...S, B]. */
export function gather(x: Value, indices: Tensor, axis = 0): Tensor {
  const input = asTensor(x);
  return gatherOp(input, indices, { axis: axisOf("gather", input.shape, axis) });
}

/** The adjoint of gather: adds x [A, ...S, B] into zeros [A, size, B] at the indices [...S]; axis counts in the result. */
export function scatterAdd(x: Tensor, indices: Tensor, axis: number, size: number): Tensor {
  const rank = indices.shape.length;
  const place = axis < 0 ? axis + 1 + x.shape.length - rank : axis;
  if (place < 0 || !sameShape(x.shape.slice(place, place + rank), indices.shape)) {
    throw new ShapeError({
      where: "scatterAdd",
      expected: `x with the axes of indices ${show(indices.shape)} at axis ${axis}`,
      received: show(x.shape),
    });
  }
  const rows = count(indices.shape);
  const flat = reshape(x, x.shape.toSpliced(place, rank, rows));
  const order = [place, ...flat.shape.keys()].filter((a, i) => i === 0 || a !== place);
  const summed = scatterRowsOp(transpose(flat, order), reshape(indices, [rows]), { size });
  return transpose(summed, inverse(order));
}

const scatterRowsOp: (x: Value, indices: Value, a: { size: number }) => Tensor = defineOp<
  ["x", "indices"],
  { size: number }
>("scatterRows", {
  inputs: ["x", "indices"],
  dtypes: { indices: "int64" },
  shape: ({ x }, { size }) => [size, ...x.shape.slice(1)],
  // ScatterND would take the rows as they are, but its threads lose additions that meet in one place. ScatterElements is serial.
  onnx: (emitter, [x = "", indices = ""], { size }, node) => {
    const [rows = 0, ...rest] = node.inputs[0]?.shape ?? [];
    const zeros = emitter.node("Expand", [emitter.floats([0], []), emitter.ints([size, ...rest])]);
    const column = emitter.node("Reshape", [indices, emitter.ints([rows, ...rest.map(() => 1)])]);
    const places = emitter.node("Expand", [column, emitter.ints([rows, ...rest])]);
    return emitter.node("ScatterElements", [zeros, places, x], { axis: 0, reduction: "add" });
  },
  gradient: { x: ({ indices, dOut }) => gather(dOut, indices, 0) },
});
