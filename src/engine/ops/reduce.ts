import {
  type Emitter,
  type Shape,
  type Tensor,
  broadcastShapes,
  count,
  normalizeAxes,
  sameShape,
  show,
  sizeOf,
} from "../tensor.js";
import { ShapeError } from "../../errors.js";
import { type Value, asTensor, defineOp } from "./define.js";
import { add, div, exp, log, mul, stopGradient, sub } from "./elementwise.js";
import { cast, equal } from "./compare.js";
import { axisOf, reshape } from "./shape.js";
import { constantNumber, fill } from "./leaves.js";

interface Axes {
  readonly axes: readonly number[];
}
/** Which axes to reduce (all where not given, negative ones from the end), and whether they stay with size 1. */
export interface ReduceOptions {
  readonly keep?: boolean;
}

const kept = ({ x }: { x: Tensor }, { axes }: Axes): Shape =>
  x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
const reduceNode =
  (type: string) =>
  (emitter: Emitter, [x = ""]: readonly string[], { axes }: Axes): string =>
    emitter.node(type, [x, emitter.ints(axes)], { keepdims: 1, noop_with_empty_axes: 1 });
const nothing = ([x]: readonly Tensor[], { axes }: Axes): Tensor | undefined =>
  x !== undefined && axes.every((axis) => sizeOf(x, axis) === 1) ? x : undefined;

type Reduction = (x: Value, a: Axes) => Tensor;
const sumOp: Reduction = defineOp<["x"], Axes>("sum", {
  inputs: ["x"],
  shape: kept,
  onnx: reduceNode("ReduceSum"),
  simplify: nothing,
  gradient: { x: ({ x, dOut }) => broadcastTo(dOut, x.shape) },
});
const meanOp: Reduction = defineOp<["x"], Axes>("mean", {
  inputs: ["x"],
  shape: kept,
  onnx: reduceNode("ReduceMean"),
  simplify: nothing,
  gradient: { x: ({ x, out, dOut }) => broadcastTo(mul(dOut, count(out.shape) / count(x.shape)), x.shape) },
});
const maxOp: Reduction = defineOp<["x"], Axes>("max", {
  inputs: ["x"],
  shape: kept,
  onnx: reduceNode("ReduceMax"),
  simplify: nothing,
  gradient: {
    x: ({ x, out, dOut }, { axes }) => {
      const hit = cast(equal(x, out), "float32");
      return mul(hit, div(dOut, sumOp(hit, { axes })));
    },
  },
});

function reduction(name: string, op: Reduction) {
  return (x: Value, axes?: readonly number[], { keep = false }: ReduceOptions = {}): Tensor => {
    const input = asTensor(x);
    const positive = normalizeAxes(name, input.shape, axes);
    const out = op(input, { axes: positive });
    return keep
      ? out
      : reshape(
          out,
          out.shape.filter((_, axis) => !positive.includes(axis)),
        );
  };
}

/** Sum over axes. x [...] -> without those axes (with size 1 if `keep`). */
export const sum = reduction("sum", sumOp);
/** Mean over axes. */
export const mean = reduction("mean", meanOp);
/** Maximum over axes; among equal maxima the derivative is shared evenly. */
export const max = reduction("max", maxOp);

/** Minimum over axes. */
export function min(x: Value, axes?: readonly number[], options: ReduceOptions = {}): Tensor {
  return mul(-1, max(mul(-1, x), axes, options));
}

/** Mean squared distance from the mean over axes (no Bessel correction). */
export function variance(x: Value, axes?: readonly number[], options: ReduceOptions = {}): Tensor {
  const centred = sub(x, mean(x, axes, { keep: true }));
  return mean(mul(centred, centred), axes, options);
}

/** log of the sum of e^x over axes, without overflow. */
export function logSumExp(x: Value, axes?: readonly number[], options: ReduceOptions = {}): Tensor {
  const input = asTensor(x);
  const top = stopGradient(max(input, axes, { keep: true }));
  const out = add(log(sum(exp(sub(input, top)), axes, { keep: true })), top);
  const positive = normalizeAxes("logSumExp", input.shape, axes);
  return options.keep
    ? out
    : reshape(
        out,
        out.shape.filter((_, axis) => !positive.includes(axis)),
      );
}

interface Axis {
  readonly axis: number;
}
/** e^x / sum e^x along an axis (the last by default). */
export function softmax(x: Value, axis = -1): Tensor {
  const input = asTensor(x);
  return softmaxOp(input, { axis: axisOf("softmax", input.shape, axis) });
}
const softmaxOp: (x: Value, a: Axis) => Tensor = defineOp<["x"], Axis>("softmax", {
  inputs: ["x"],
  shape: ({ x }) => x.shape,
  onnx: "Softmax",
  onnxAttributes: ({ axis }) => ({ axis }),
  gradient: {
    x: ({ out, dOut }, { axis }) => mul(out, sub(dOut, sum(mul(dOut, out), [axis], { keep: true }))),
  },
});

/** log softmax along an axis (the last by default), without underflow. */
export function logSoftmax(x: Value, axis = -1): Tensor {
  const input = asTensor(x);
  return logSoftmaxOp(input, { axis: axisOf("logSoftmax", input.shape, axis) });
}
const logSoftmaxOp: (x: Value, a: Axis) => Tensor = defineOp<["x"], Axis>("logSoftmax", {
  inputs: ["x"],
  shape: ({ x }) => x.shape,
  onnx: "LogSoftmax",
  onnxAttributes: ({ axis }) => ({ axis }),
  gradient: {
    x: ({ out, dOut }, { axis }) => sub(dOut, mul(exp(out), sum(dOut, [axis], { keep: true }))),
  },
});

/** Index of the largest value along an axis, int64, without that axis; the first of equals. */
export function argmax(x: Value, axis = -1): Tensor {
  const input = asTensor(x);
  return argmaxOp(input, { axis: axisOf("argmax", input.shape, axis) });
}
const argmaxOp: (x: Value, a: Axis) => Tensor = defineOp<["x"], Axis>("argmax", {
  inputs: ["x"],
  shape: ({ x }, { axis }) => x.shape.filter((_, i) => i !== axis),
  dtype: "int64",
  onnx: "ArgMax",
  onnxAttributes: ({ axis }) => ({ axis, keepdims: 0 }),
  gradient: {},
});

/** Sums the broadcast axes away: the adjoint of broadcasting `shape` to x's shape. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const lead = x.shape.length - shape.length;
  if (lead < 0) {
    throw new ShapeError({
      where: "sumTo",
      expected: `a shape that broadcasts to ${show(x.shape)}`,
      received: show(shape),
    });
  }
  const axes = x.shape.flatMap((size, axis) => {
    const target = shape[axis - lead];
    return axis < lead || (target === 1 && size !== 1) ? [axis] : [];
  });
  return reshape(sumOp(x, { axes }), shape);
}

const broadcastToOp: (x: Value, a: { shape: Shape }) => Tensor = defineOp<["x"], { shape: Shape }>(
  "broadcastTo",
  {
    inputs: ["x"],
    shape: ({ x }, { shape }) => {
      if (!sameShape(broadcastShapes("broadcastTo", x.shape, shape), shape)) {
        throw new ShapeError({
          where: "broadcastTo",
          expected: `a shape that broadcasts to ${show(shape)}`,
          received: show(x.shape),
        });
      }
      return shape;
    },
    onnx: (emitter, [x = ""], { shape }) => emitter.node("Expand", [x, emitter.ints(shape)]),
    simplify: ([x], { shape }) => {
      if (x === undefined || sameShape(x.shape, shape)) return x;
      const value = constantNumber(x);
      return value === undefined ? undefined : fill(value, shape);
    },
    gradient: { x: ({ x, dOut }) => sumTo(dOut, x.shape) },
  },
);

/** x repeated along its axes of size 1 (and new leading ones) to `shape`. */
export function broadcastTo(x: Value, shape: Shape): Tensor {
  return broadcastToOp(x, { shape });
}
