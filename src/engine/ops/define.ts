import { ShapeError } from "../../errors.js";
import {
  type Attributes,
  type DType,
  type Emitter,
  type Node,
  type OnnxAttributes,
  type Op,
  type Shape,
  type Tensor,
  type TensorType,
  apply,
  show,
} from "../tensor.js";
import { constant } from "./leaves.js";

/** Where a tensor is expected a number may stand: a scalar constant. */
export type Value = Tensor | number;

/** What a gradient rule may use: the inputs by name, the op's own result, and the cotangent that arrives there. */
export type RuleContext<I extends readonly string[]> = Readonly<Record<I[number], Tensor>> & {
  readonly out: Tensor;
  readonly dOut: Tensor;
};

/** The same for an op of several outputs; a cotangent is undefined where nothing uses the output. */
export interface ManyContext<I extends readonly string[]> {
  readonly inputs: Readonly<Record<I[number], Tensor>>;
  readonly outs: readonly Tensor[];
  readonly dOuts: readonly (Tensor | undefined)[];
}

export type OnnxForm<A> =
  | string
  | ((emitter: Emitter, names: readonly string[], attributes: A, node: Node) => string | readonly string[]);

interface Common<I extends readonly string[], A> {
  readonly inputs: I;
  /** dtype each input must have; float32 where nothing is said. "any" takes all. */
  readonly dtypes?: Partial<Record<I[number], DType | "any">>;
  /** One ONNX op of that name, or what to write. */
  readonly onnx: OnnxForm<A>;
  /** ONNX attributes of the one-op form. */
  readonly onnxAttributes?: (attributes: A) => OnnxAttributes;
  readonly simplify?: (inputs: readonly Tensor[], attributes: A) => Tensor | undefined;
}

export interface OpSpec<I extends readonly string[], A> extends Common<I, A> {
  readonly shape: (inputs: Readonly<Record<I[number], Tensor>>, attributes: A) => Shape;
  readonly dtype?: DType | ((inputs: Readonly<Record<I[number], Tensor>>, attributes: A) => DType);
  /** One rule per input that has a derivative; asked for only when that input is wanted. The walk sums over broadcast axes. */
  readonly gradient: { readonly [K in I[number]]?: (context: RuleContext<I>, attributes: A) => Tensor };
}

export interface ManySpec<I extends readonly string[], A> extends Common<I, A> {
  readonly types: (inputs: Readonly<Record<I[number], Tensor>>, attributes: A) => readonly TensorType[];
  readonly gradient: {
    readonly [K in I[number]]?: (context: ManyContext<I>, attributes: A) => Tensor | undefined;
  };
}

type Arguments<I extends readonly string[], A> = [
  ...{ [K in keyof I]: Value },
  ...(Record<string, never> extends A ? [attributes?: A] : [attributes: A]),
];

/** An op of one output: shape, ONNX form and gradient in one place. Returns the function the user calls. */
export function defineOp<const I extends readonly string[], A extends object = Record<string, never>>(
  name: string,
  spec: OpSpec<I, A>,
): (...args: Arguments<I, A>) => Tensor {
  const many = defineManyOp<I, A>(name, {
    ...spec,
    types: (inputs, attributes) => {
      const { dtype = "float32" } = spec;
      return [
        {
          shape: spec.shape(inputs, attributes),
          dtype: typeof dtype === "function" ? dtype(inputs, attributes) : dtype,
        },
      ];
    },
    gradient: Object.fromEntries(
      Object.entries<OneRule<I, A> | undefined>(spec.gradient).map(([input, rule]) => [input, fromOne(rule)]),
    ) as ManySpec<I, A>["gradient"],
  });
  return (...args) => first(many(...args));
}

type OneRule<I extends readonly string[], A> = (context: RuleContext<I>, attributes: A) => Tensor;

function fromOne<I extends readonly string[], A>(rule: OneRule<I, A> | undefined) {
  return ({ inputs, outs, dOuts }: ManyContext<I>, attributes: A): Tensor | undefined => {
    const [dOut] = dOuts;
    return dOut === undefined ? undefined : rule?.({ ...inputs, out: first(outs), dOut }, attributes);
  };
}

/** An op of several outputs, such as batch normalisation with its statistics. */
export function defineManyOp<const I extends readonly string[], A extends object = Record<string, never>>(
  name: string,
  spec: ManySpec<I, A>,
): (...args: Arguments<I, A>) => Tensor[] {
  const named = (inputs: readonly Tensor[]) =>
    Object.fromEntries(spec.inputs.map((key, i) => [key, inputs[i]])) as Record<I[number], Tensor>;
  const rules = spec.gradient as Record<string, ManySpec<I, A>["gradient"][I[number]]>;
  const { simplify } = spec;
  const op: Op = {
    name,
    infer: (inputs, attributes) => {
      checkDTypes(name, spec, inputs);
      return spec.types(named(inputs), attributes as A);
    },
    emit: (emitter, names, node) => emit(spec, emitter, names, node),
    pullback: (node, i, dOuts) =>
      rules[spec.inputs[i] ?? ""]?.(
        { inputs: named(node.inputs), outs: node.outputs, dOuts },
        node.attributes as A,
      ),
    ...(simplify && { simplify: (inputs, attributes) => simplify(inputs, attributes as A) }),
  };
  return (...args) => {
    const inputs = (args.slice(0, spec.inputs.length) as Value[]).map(asTensor);
    return apply(op, inputs, (args[spec.inputs.length] ?? {}) as Attributes);
  };
}

/** An op of any number of like inputs (concat, stack). */
export function defineListOp<A extends object>(
  name: string,
  spec: {
    readonly shape: (inputs: readonly Tensor[], attributes: A) => Shape;
    readonly onnx: (emitter: Emitter, names: readonly string[], attributes: A) => string;
    readonly gradient: (
      context: { inputs: readonly Tensor[]; dOut: Tensor },
      i: number,
      attributes: A,
    ) => Tensor;
  },
): (inputs: readonly Tensor[], attributes: A) => Tensor {
  const op: Op = {
    name,
    infer: (inputs, attributes) => [
      { shape: spec.shape(inputs, attributes as A), dtype: inputs[0]?.dtype ?? "float32" },
    ],
    emit: (emitter, names, node) => [spec.onnx(emitter, names, node.attributes as A)],
    pullback: (node, i, [dOut]) =>
      dOut && spec.gradient({ inputs: node.inputs, dOut }, i, node.attributes as A),
  };
  return (inputs, attributes) => first(apply(op, inputs, attributes as Attributes));
}

export function asTensor(value: Value): Tensor {
  return typeof value === "number" ? constant([value], []) : value;
}

export function first(outputs: readonly Tensor[]): Tensor {
  const [out] = outputs;
  if (out === undefined) throw new Error("an op without outputs");
  return out;
}

function emit<I extends readonly string[], A extends object>(
  spec: Common<I, A>,
  emitter: Emitter,
  names: readonly string[],
  node: Node,
): readonly string[] {
  const attributes = node.attributes as A;
  if (typeof spec.onnx === "string") {
    return emitter.nodes(spec.onnx, names, node.outputs.length, spec.onnxAttributes?.(attributes));
  }
  const out = spec.onnx(emitter, names, attributes, node);
  return typeof out === "string" ? [out] : out;
}

function checkDTypes<I extends readonly string[], A>(
  name: string,
  spec: Common<I, A>,
  inputs: readonly Tensor[],
): void {
  spec.inputs.forEach((key: I[number], i) => {
    const expected = spec.dtypes?.[key] ?? "float32";
    const x = inputs[i];
    if (x !== undefined && expected !== "any" && x.dtype !== expected) {
      throw new ShapeError({
        where: name,
        expected: `${key} of dtype ${expected}`,
        received: `${x.dtype} ${show(x.shape)}`,
      });
    }
  });
}
