import { ShapeError } from "../../errors.js";
import { type DType, type Shape, type Tensor, broadcastShapes, show } from "../tensor.js";
import { type Value, defineOp } from "./define.js";

type Compare = (x: Value, y: Value) => Tensor;

function comparison(name: string, onnx: string): Compare {
  return defineOp(name, {
    inputs: ["x", "y"],
    dtypes: { x: "any", y: "any" },
    shape: ({ x, y }) => {
      if (x.dtype !== y.dtype) {
        throw new ShapeError({
          where: name,
          expected: `y of dtype ${x.dtype}, as x ${show(x.shape)}`,
          received: `${y.dtype} ${show(y.shape)}`,
          hint: "Use cast on one of them.",
        });
      }
      return broadcastShapes(name, x.shape, y.shape);
    },
    dtype: "bool",
    onnx,
    gradient: {},
  });
}

/** x > y, as bool. */
export const greater: Compare = comparison("greater", "Greater");
/** x >= y, as bool. */
export const greaterEqual: Compare = comparison("greaterEqual", "GreaterOrEqual");
/** x < y, as bool. */
export const less: Compare = comparison("less", "Less");
/** x = y, as bool. */
export const equal: Compare = comparison("equal", "Equal");

/** Not x, for bool x. */
export const not: (x: Tensor) => Tensor = defineOp("not", {
  inputs: ["x"],
  dtypes: { x: "bool" },
  shape: ({ x }) => x.shape,
  dtype: "bool",
  onnx: "Not",
  gradient: {},
});

const whereOp: (condition: Tensor, x: Value, y: Value) => Tensor = defineOp("where", {
  inputs: ["condition", "x", "y"],
  dtypes: { condition: "bool" },
  shape: ({ condition, x, y }) =>
    broadcastShapes("where", broadcastShapes("where", condition.shape, x.shape), y.shape),
  onnx: "Where",
  gradient: {
    x: ({ condition, dOut }) => where(condition, dOut, 0),
    y: ({ condition, dOut }) => where(condition, 0, dOut),
  },
});

/** x where the condition holds, y elsewhere; all three broadcast. */
export function where(condition: Tensor, x: Value, y: Value): Tensor {
  return whereOp(condition, x, y);
}

const toOnnx: Record<DType, number> = { float32: 1, int64: 7, bool: 9 };

/** x as another dtype; a derivative passes between float32 only. */
export function cast(x: Tensor, to: DType): Tensor {
  return x.dtype === to ? x : castOp(x, { to });
}
const castOp: (x: Value, a: { to: DType }) => Tensor = defineOp<["x"], { to: DType }>("cast", {
  inputs: ["x"],
  dtypes: { x: "any" },
  shape: ({ x }) => x.shape,
  dtype: (_inputs, { to }) => to,
  onnx: "Cast",
  onnxAttributes: ({ to }) => ({ to: toOnnx[to] }),
  gradient: {},
});

/** indices int64 [...S] in 0..depth-1 -> float32 [...S, depth] with a single one. */
export function oneHot(indices: Tensor, depth: number): Tensor {
  return oneHotOp(indices, { depth });
}
const oneHotOp: (indices: Value, a: { depth: number }) => Tensor = defineOp<["indices"], { depth: number }>(
  "oneHot",
  {
    inputs: ["indices"],
    dtypes: { indices: "int64" },
    shape: ({ indices }, { depth }): Shape => [...indices.shape, depth],
    // OneHot refuses a scalar: it goes through a list of one.
    onnx: (emitter, [indices = ""], { depth }, node) => {
      const scalar = node.inputs[0]?.shape.length === 0;
      const list = scalar ? emitter.node("Reshape", [indices, emitter.ints([1])]) : indices;
      const rows = emitter.node("OneHot", [list, emitter.ints([depth]), emitter.floats([0, 1])]);
      return scalar ? emitter.node("Reshape", [rows, emitter.ints([depth])]) : rows;
    },
    gradient: {},
  },
);
