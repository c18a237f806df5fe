import type { OnnxGraph } from "../compile/emit.js";
import type { DType, Shape } from "../tensor.js";
import { count } from "../tensor.js";

/** Memory of a tensor: one element per byte for bool, BigInt for int64. */
export type Buffer = Float32Array | BigInt64Array | Uint8Array;

/** Where graphs run. The engine knows nothing else of ONNX Runtime. */
export interface Host {
  /** "native" (C API, no copies), "binding" (onnxruntime-node, copies its outputs) or "web" (a page, copies both ways). */
  readonly name: string;
  readonly device: string;
  readonly threads: number;
  /** Why it is this one and not the faster one that was tried first. */
  readonly fallback?: string;
  /** Whether it is ONNX Runtime for processors, which may have convolutions in a blocked layout. */
  readonly blocked?: boolean;
  /** ONNX ops that the device refuses in the form we would write; an op that names one writes its parts instead. */
  readonly lacks?: ReadonlySet<string>;
  /**
   * Present where graphs compute in memory of their own: a float32 tensor that stays there between runs. What a step leaves
   * for the next then stays on the device, and rules are graphs instead of kernels.
   */
  readonly resident?: () => Resident;
  /** Loads a graph; throws EngineError naming the op at fault. `kept`: names of outputs that are bound to residents. */
  load(graph: OnnxGraph, kept?: ReadonlySet<string>): Promise<Session>;
}

/** A loaded graph. */
export interface Session {
  /**
   * Fixes where inputs are read and outputs written, in the order of the graph's ports; the memory must not move. Running
   * then allocates nothing in JavaScript where the host reads and writes our memory.
   */
  bind(inputs: readonly Place[], outputs: readonly Place[]): Runnable;
  release(): void;
}

export interface Runnable {
  run(): Promise<void>;
}

/** A tensor on the device. Runs that write it replace what it holds. */
export interface Resident {
  /** Lets it hold what stands in our memory at its next use. */
  set(from: Float32Array, shape: Shape): void;
  release(): void;
}

/** Where an input is read or an output written. */
export type Place = Buffer | Resident;

export const isBuffer = (place: Place | undefined): place is Buffer => ArrayBuffer.isView(place);

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
