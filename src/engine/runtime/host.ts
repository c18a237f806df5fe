import type { OnnxGraph } from "../compile/emit.js";
import type { DType, Shape } from "../tensor.js";
import { count } from "../tensor.js";

/** Memory of a tensor: one element per byte for bool, BigInt for int64. */
export type Buffer = Float32Array | BigInt64Array | Uint8Array;

/** Where graphs run. The engine knows nothing else of ONNX Runtime. */
export interface Host {
  /** "native" (C API, no copies) or "binding" (onnxruntime-node, copies its outputs), or the page's. */
  readonly name: string;
  readonly device: string;
  readonly threads: number;
  /** Why it is this one and not the faster one that was tried first. */
  readonly fallback?: string;
  /** Whether it is ONNX Runtime for processors, which may have convolutions in a blocked layout. */
  readonly blocked?: boolean;
  /** Loads a graph; throws EngineError naming the op at fault. */
  load(graph: OnnxGraph): Promise<Session>;
}

/** A loaded graph. */
export interface Session {
  /**
   * Fixes where inputs are read and outputs written, in the order of the graph's ports; the memory must not move. Running
   * then allocates nothing in JavaScript.
   */
  bind(inputs: readonly Buffer[], outputs: readonly Buffer[]): Runnable;
  release(): void;
}

export interface Runnable {
  run(): Promise<void>;
}

const BYTES: Record<DType, number> = { float32: 4, int64: 8, bool: 1 };

export function byteLength(dtype: DType, shape: Shape): number {
  return BYTES[dtype] * count(shape);
}

/** A view of `memory` for a tensor, or a buffer of its own. */
export function viewOf(dtype: DType, shape: Shape, memory?: ArrayBuffer, offset = 0): Buffer {
  const length = count(shape);
  const buffer = memory ?? new ArrayBuffer(byteLength(dtype, shape));
  if (dtype === "float32") return new Float32Array(buffer, offset, length);
  if (dtype === "int64") return new BigInt64Array(buffer, offset, length);
  return new Uint8Array(buffer, offset, length);
}
