import { create, toBinary } from "@bufbuild/protobuf";
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  TensorProto_DataType,
  TensorShapeProtoSchema,
  TensorShapeProto_DimensionSchema,
  TypeProtoSchema,
  TypeProto_TensorSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from "onnx-buf";
import {
  type DType,
  type Emitter,
  type Node,
  type OnnxAttributes,
  type Shape,
  type Tensor,
  type TensorType,
} from "../tensor.js";
import { nodesOf } from "./rebuild.js";

/** A tensor with the name it has outside the graph. */
export interface Port extends TensorType {
  readonly name: string;
}

/** What becomes of a graph: its inputs by name, its outputs by name. */
export interface GraphSpec {
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly outputs: ReadonlyMap<string, Tensor>;
  /** Values kept inside the file instead of fed: trained weights of an exported model. */
  readonly weights?: ReadonlyMap<string, Float32Array>;
  /** Name of a leading axis that may have any size in inputs and outputs. */
  readonly batchAxis?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** ONNX ops that the device has not; see `Host`. */
  readonly lacks?: ReadonlySet<string> | undefined;
}

/** ONNX bytes, with what is needed to run them and to say where an error was written. */
export interface OnnxGraph {
  readonly bytes: Uint8Array;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** ONNX node name -> the node of our graph. */
  readonly origins: ReadonlyMap<string, Node>;
}

/** ONNX's numbers for our types; ONNX Runtime's C API has the same. */
export const dataTypes: Record<DType, TensorProto_DataType> = {
  float32: TensorProto_DataType.FLOAT,
  int64: TensorProto_DataType.INT64,
  bool: TensorProto_DataType.BOOL,
};
const OPSET = 20n;
const IR_VERSION = 9n;

/** Writes the part of the graph between inputs and outputs as an ONNX model. */
export function emitOnnx(spec: GraphSpec): OnnxGraph {
  const writer = new GraphWriter(new Set([...spec.inputs.keys(), ...spec.outputs.keys()]), spec.lacks);
  const names = new Map<Tensor, string>();
  for (const [name, tensor] of spec.inputs) names.set(tensor, name);
  const wanted = new Map([...spec.outputs].map(([name, tensor]) => [tensor, name]));
  const part = { outputs: [...spec.outputs.values()], given: new Set(spec.inputs.values()) };
  for (const node of nodesOf(part).toSorted((a, b) => a.id - b.id)) writer.add(node, names, wanted);
  for (const [name, tensor] of spec.outputs) {
    const written = nameOf(names, tensor);
    if (written !== name) writer.alias(name, written);
  }

  const inputs = ports(spec.inputs).filter(({ name }) => !spec.weights?.has(name));
  const outputs = ports(spec.outputs);
  const weights = [...(spec.weights ?? [])].map(([name, values]) =>
    floatTensor(name, values, spec.inputs.get(name)?.shape ?? [values.length]),
  );
  const graph = create(GraphProtoSchema, {
    name: "ganymede",
    node: writer.protos,
    initializer: [...weights, ...writer.initializers.values()],
    input: inputs.map((port) => valueInfo(port, spec.batchAxis)),
    output: outputs.map((port) => valueInfo(port, spec.batchAxis)),
  });
  const model = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    producerName: "ganymede",
    opsetImport: [
      create(OperatorSetIdProtoSchema, { domain: "", version: OPSET }),
      ...[...writer.domains].map((domain) => create(OperatorSetIdProtoSchema, { domain, version: 1n })),
    ],
    graph,
    metadataProps: Object.entries(spec.metadata ?? {}).map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value }),
    ),
  });
  return { bytes: toBinary(ModelProtoSchema, model), inputs, outputs, origins: writer.origins };
}

function ports(tensors: ReadonlyMap<string, Tensor>): Port[] {
  return [...tensors].map(([name, { shape, dtype }]) => ({ name, shape, dtype }));
}

function nameOf(names: ReadonlyMap<Tensor, string>, tensor: Tensor): string {
  const name = names.get(tensor);
  if (name === undefined) throw new Error(`${tensor.node.op.name} was used before it was written`);
  return name;
}

class GraphWriter implements Emitter {
  readonly protos: NodeProto[] = [];
  readonly initializers = new Map<string, TensorProto>();
  readonly origins = new Map<string, Node>();
  /** Those besides ONNX's own. */
  readonly domains = new Set<string>();
  private current: Node | undefined;

  /** `taken`: names that inputs and outputs have already. */
  constructor(
    private readonly taken: ReadonlySet<string>,
    private readonly lacks: ReadonlySet<string> = new Set(),
  ) {}

  has(type: string): boolean {
    return !this.lacks.has(type);
  }

  /** Writes one node; an output that the graph hands out gets its outer name at once, which saves a copy. */
  add(node: Node, names: Map<Tensor, string>, wanted: ReadonlyMap<Tensor, string>): void {
    this.current = node;
    const inputs = node.inputs.map((x) => nameOf(names, x));
    const start = this.protos.length;
    const outputs = node.op.emit(this, inputs, node);
    for (const [i, written] of outputs.entries()) {
      const tensor = node.outputs[i];
      if (tensor === undefined || names.has(tensor)) continue;
      const name = wanted.get(tensor);
      names.set(tensor, name !== undefined && this.rename(start, written, name) ? name : written);
    }
  }

  /** Renames what the nodes from `start` on have written; false where they did not write it. */
  private rename(start: number, from: string, to: string): boolean {
    const own = this.protos.slice(start);
    if (!own.some(({ output }) => output.includes(from))) return false;
    const swap = (name: string) => (name === from ? to : name);
    for (const proto of own) {
      proto.output = proto.output.map(swap);
      proto.input = proto.input.map(swap);
    }
    return true;
  }

  alias(name: string, source: string): void {
    this.protos.push(
      create(NodeProtoSchema, { opType: "Identity", input: [source], output: [name], name: `out:${name}` }),
    );
  }

  node(type: string, inputs: readonly string[], attributes?: OnnxAttributes): string {
    return this.nodes(type, inputs, 1, attributes)[0] ?? "";
  }

  nodes(type: string, inputs: readonly string[], outputs: number, attributes: OnnxAttributes = {}): string[] {
    const name = this.free(`${this.current?.op.name ?? "graph"}_${this.protos.length}`);
    const output = Array.from({ length: outputs }, (_, i) => (outputs === 1 ? name : `${name}:${i}`));
    const [opType = "", domain = ""] = type.split(":").toReversed();
    if (domain !== "") this.domains.add(domain);
    this.protos.push(
      create(NodeProtoSchema, {
        opType,
        domain,
        input: [...inputs],
        output,
        name,
        attribute: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
      }),
    );
    if (this.current) this.origins.set(name, this.current);
    return output;
  }

  private free(name: string): string {
    return this.taken.has(name) ? this.free(`${name}_`) : name;
  }

  ints(values: readonly number[]): string {
    return this.initializer(`i[${values.join()}]`, (name) =>
      create(TensorProtoSchema, {
        name,
        dims: [BigInt(values.length)],
        dataType: TensorProto_DataType.INT64,
        int64Data: values.map(BigInt),
      }),
    );
  }

  floats(values: readonly number[], shape: Shape = [values.length]): string {
    const letters = values.map((value) => (Object.is(value, -0) ? "-0" : String(value)));
    const key = values.length <= 16 ? `f[${letters.join()}]:${shape.join()}` : `f#${this.initializers.size}`;
    return this.initializer(key, (name) => floatTensor(name, Float32Array.from(values), shape));
  }

  private initializer(key: string, make: (name: string) => TensorProto): string {
    if (!this.initializers.has(key)) this.initializers.set(key, make(key));
    return key;
  }
}

function floatTensor(name: string, values: Float32Array, shape: Shape): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dims: shape.map(BigInt),
    dataType: TensorProto_DataType.FLOAT,
    rawData: new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice(),
  });
}

function attribute(name: string, value: OnnxAttributes[string]): AttributeProto {
  const T = AttributeProto_AttributeType;
  if (typeof value === "number") return create(AttributeProtoSchema, { name, type: T.INT, i: BigInt(value) });
  if (typeof value === "string") {
    return create(AttributeProtoSchema, { name, type: T.STRING, s: new TextEncoder().encode(value) });
  }
  if ("float" in value) return create(AttributeProtoSchema, { name, type: T.FLOAT, f: value.float });
  return create(AttributeProtoSchema, { name, type: T.INTS, ints: value.map(BigInt) });
}

function valueInfo({ name, shape, dtype }: Port, batchAxis: string | undefined): ValueInfoProto {
  const dim = shape.map((size, axis) =>
    create(TensorShapeProto_DimensionSchema, {
      value:
        axis === 0 && batchAxis !== undefined
          ? { case: "dimParam", value: batchAxis }
          : { case: "dimValue", value: BigInt(size) },
    }),
  );
  const tensorType = create(TypeProto_TensorSchema, {
    elemType: dataTypes[dtype],
    shape: create(TensorShapeProtoSchema, { dim }),
  });
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, { value: { case: "tensorType", value: tensorType } }),
  });
}
