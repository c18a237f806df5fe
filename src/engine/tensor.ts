import { ShapeError } from "../errors.js";

/** Element types; int64 for indices and class numbers, bool for conditions. */
export type DType = "float32" | "int64" | "bool";
/** Sizes of the axes, outermost first; [] for a scalar. */
export type Shape = readonly number[];

/** What an op leaves in the graph: a symbolic array of static shape. Values exist only when a compiled graph runs. */
export interface Tensor {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly node: Node;
  /** Which output of the node this is. */
  readonly index: number;
}

/** One application of an op. Ids grow with creation, so sorting by id is a topological order. */
export interface Node {
  readonly id: number;
  readonly op: Op;
  readonly inputs: readonly Tensor[];
  readonly attributes: Attributes;
  readonly outputs: readonly Tensor[];
  /** Where the user wrote it; read only to explain an error. */
  readonly trace: Error;
}

/** Plain data that fixes an op: axes, strides, a name. Must survive JSON, since equal nodes are found by it. */
export type Attributes = Readonly<Record<string, unknown>>;

export interface TensorType {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** What the engine knows of an op; built by `defineOp`, never by hand. */
export interface Op {
  readonly name: string;
  /** Shapes and dtypes of the outputs, or a ShapeError. */
  infer(inputs: readonly Tensor[], attributes: Attributes): readonly TensorType[];
  /** Writes ONNX nodes and returns the names of the outputs. */
  emit(emitter: Emitter, names: readonly string[], node: Node): readonly string[];
  /** Cotangent of input `i`, or undefined where the op has no derivative there. */
  pullback(node: Node, i: number, cotangents: readonly (Tensor | undefined)[]): Tensor | undefined;
  /** A simpler tensor of the same value, if there is one. */
  simplify?(inputs: readonly Tensor[], attributes: Attributes): Tensor | undefined;
}

/**
 * What an op writes itself with. Type: an op of ONNX, or `domain:Type` for ONNX Runtime's own. Attribute values: integers,
 * `{ float }`, strings, lists of integers.
 */
export interface Emitter {
  node(type: string, inputs: readonly string[], attributes?: OnnxAttributes): string;
  /** Several outputs. */
  nodes(type: string, inputs: readonly string[], outputs: number, attributes?: OnnxAttributes): string[];
  ints(values: readonly number[]): string;
  /** Whether the device has an ONNX op, in the form we would write. */
  has(type: string): boolean;
  floats(values: readonly number[], shape?: Shape): string;
}
export type OnnxAttributes = Readonly<
  Record<string, number | string | readonly number[] | { readonly float: number }>
>;

let created = 0;

/** Applies an op: infers the outputs (or throws at the user's line) and adds a node to the graph. */
export function apply(
  op: Op,
  inputs: readonly Tensor[],
  attributes: Attributes = {},
  trace: Error = new Error(op.name),
): Tensor[] {
  const types = op.infer(inputs, attributes);
  const outputs: Tensor[] = [];
  const node: Node = { id: created++, op, inputs, attributes, outputs, trace };
  for (const [index, type] of types.entries()) outputs.push({ ...type, node, index });
  return outputs;
}

/** First output of `apply`. */
export function applyOne(
  op: Op,
  inputs: readonly Tensor[],
  attributes: Attributes = {},
  trace?: Error,
): Tensor {
  const [out] = apply(op, inputs, attributes, trace ?? new Error(op.name));
  if (out === undefined) throw new Error(`${op.name} has no output`);
  return out;
}

/** Number of elements of a shape; 1 for a scalar. */
export function count(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** `[64, 3, 28, 28]`, for messages. */
export function show(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** Size of an axis, negative axes counted from the end. */
export function sizeOf(x: TensorType, axis: number): number {
  const size = x.shape[axis < 0 ? axis + x.shape.length : axis];
  if (size === undefined) {
    throw new ShapeError({ where: "axis", expected: `an axis of ${show(x.shape)}`, received: String(axis) });
  }
  return size;
}

/** Axes made non-negative, checked and sorted; all axes where none are given. */
export function normalizeAxes(where: string, shape: Shape, axes: readonly number[] | undefined): number[] {
  if (axes === undefined) return shape.map((_, axis) => axis);
  const positive = axes.map((axis) => (axis < 0 ? axis + shape.length : axis));
  const wrong = positive.some((axis) => !Number.isInteger(axis) || axis < 0 || axis >= shape.length);
  if (wrong || new Set(positive).size !== positive.length) {
    throw new ShapeError({ where, expected: `distinct axes of ${show(shape)}`, received: show(axes) });
  }
  return positive.toSorted((a, b) => a - b);
}

/** The common shape two shapes broadcast to, by NumPy's rule; throws naming the op and both shapes. */
export function broadcastShapes(where: string, a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const x = a[axis - rank + a.length] ?? 1;
    const y = b[axis - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new ShapeError({
        where,
        expected: "shapes that broadcast",
        received: `${show(a)} and ${show(b)}`,
      });
    }
    return x === 1 ? y : x;
  });
}

/** Every node that `outputs` depend on, inputs before users. */
export function ancestors(outputs: readonly Tensor[]): Node[] {
  const seen = new Set<Node>();
  const pending = outputs.map((tensor) => tensor.node);
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    for (const input of node.inputs) pending.push(input.node);
  }
  return [...seen].toSorted((a, b) => a.id - b.id);
}
