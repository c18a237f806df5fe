import type { Kernels } from "../kernels/kernels.js";
import { instantiateKernels } from "../kernels/kernels.js";
import { type Buffer, byteLength, viewOf } from "../runtime/host.js";
import type { TensorType } from "../tensor.js";

const ALIGNMENT = 64;
const PAGE = 65536;

/** Plans offsets in one block of memory, before it exists. */
export class ArenaPlan {
  private end = 0;
  private largest = 0;

  /** Offset of a new region. */
  place({ dtype, shape }: TensorType): number {
    const offset = this.end;
    this.end = roundUp(offset + byteLength(dtype, shape), ALIGNMENT);
    this.largest = Math.max(this.largest, this.end);
    return offset;
  }

  /** Runs `plan`, then frees what it placed: regions that are never alive together share their place. */
  scratch<T>(plan: () => T): T {
    const mark = this.end;
    const result = plan();
    this.end = mark;
    return result;
  }

  get size(): number {
    return this.largest;
  }
}

/** One memory for everything a program touches, with the kernels that work on it. It never grows, so nothing in it moves. */
export class Arena {
  readonly kernels: Kernels;
  private readonly memory: WebAssembly.Memory;
  private readonly base: number;

  constructor(size: number) {
    const probe = instantiateKernels(new WebAssembly.Memory({ initial: 1 }));
    this.base = roundUp(probe.reserved, ALIGNMENT);
    const pages = Math.ceil((this.base + size) / PAGE);
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    this.kernels = instantiateKernels(this.memory);
  }

  view({ dtype, shape }: TensorType, offset: number): Buffer {
    return viewOf(dtype, shape, this.memory.buffer, this.base + offset);
  }
}

function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
