import { type DType, type Op, type Shape, type Tensor, applyOne, count, show } from "../tensor.js";
import { ShapeError } from "../../errors.js";

/** Leaves have no inputs: their values come from outside the graph. */
function leaf(name: string, emit: Op["emit"]): Op {
  return {
    name,
    infer: (_inputs, attributes) => [
      { shape: attributes["shape"] as Shape, dtype: attributes["dtype"] as DType },
    ],
    emit,
    pullback: () => undefined,
  };
}

const fedFromOutside: Op["emit"] = (_emitter, _names, node) => {
  throw new Error(`${node.op.name} ${String(node.attributes["name"])} must be an input of the graph`);
};

const constantOp = leaf("constant", (emitter, _names, node) => {
  const { values, shape, dtype } = node.attributes as { values: number[]; shape: Shape; dtype: DType };
  if (dtype === "float32") return [emitter.floats(values, shape)];
  const flat = emitter.ints(values);
  return [emitter.node("Reshape", [flat, emitter.ints(shape)])];
});
const fillOp = leaf("fill", (emitter, _names, node) => {
  const { value, shape } = node.attributes as { value: number; shape: Shape };
  return [emitter.node("Expand", [emitter.floats([value], []), emitter.ints(shape)])];
});
const placeholderOp = leaf("placeholder", fedFromOutside);
const variableOp = leaf("variable", fedFromOutside);

/** A constant of given values, row-major. Throws ShapeError where their number does not fit the shape. */
export function constant(
  values: readonly number[],
  shape: Shape,
  dtype: "float32" | "int64" = "float32",
): Tensor {
  if (values.length !== count(shape)) {
    throw new ShapeError({
      where: "constant",
      expected: `${count(shape)} values for ${show(shape)}`,
      received: `${values.length}`,
    });
  }
  return applyOne(constantOp, [], { values, shape, dtype });
}

/** A constant of one value everywhere. */
export function fill(value: number, shape: Shape): Tensor {
  return shape.length === 0
    ? constant([value], [])
    : applyOne(fillOp, [], { value, shape, dtype: "float32" });
}

/** An input that is fed at every run: a batch, a draw, a scalar that moves with the step. */
export function placeholder(name: string, shape: Shape, dtype: DType = "float32"): Tensor {
  return applyOne(placeholderOp, [], { name, shape, dtype });
}

/** How a variable starts; plain data, so that a run can record it. */
export type Initializer =
  | { readonly kind: "fill"; readonly value: number }
  | { readonly kind: "normal"; readonly mean: number; readonly deviation: number }
  | { readonly kind: "uniform"; readonly low: number; readonly high: number };

/** What lives longer than a step: a parameter (trainable) or running state. Names are unique within a program. */
export interface Variable {
  readonly name: string;
  readonly shape: Shape;
  readonly trainable: boolean;
  readonly initializer: Initializer;
  /** Its value in a graph. */
  readonly tensor: Tensor;
}

/** A float32 variable. */
export function variable(
  name: string,
  shape: Shape,
  initializer: Initializer = { kind: "fill", value: 0 },
  trainable = true,
): Variable {
  const tensor = applyOne(variableOp, [], { name, shape, dtype: "float32" });
  return { name, shape, trainable, initializer, tensor };
}

/** The name of a placeholder or variable, or undefined for anything else. */
export function feedName(tensor: Tensor): string | undefined {
  const { op, attributes } = tensor.node;
  return op === placeholderOp || op === variableOp ? (attributes["name"] as string) : undefined;
}

/** The number a scalar constant (or a fill) holds everywhere, for simplification. */
export function constantNumber(tensor: Tensor): number | undefined {
  const { op, attributes } = tensor.node;
  if (op === fillOp) return attributes["value"] as number;
  if (op !== constantOp) return undefined;
  const values = attributes["values"] as number[];
  return values.length === 1 ? values[0] : undefined;
}

/** Whether a tensor is a constant or a fill. */
export function isConstant(tensor: Tensor): boolean {
  return tensor.node.op === constantOp || tensor.node.op === fillOp;
}
