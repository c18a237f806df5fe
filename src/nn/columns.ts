import { slice } from "../engine/ops/index.js";
import type { Tensor } from "../engine/tensor.js";

/** Part of what a network says, or is told: x [B,n] -> its columns from `start` on, [B,size]. */
export function columns(x: Tensor, start: number, size: number): Tensor {
  return slice(x, [{ axis: 1, start, end: start + size }]);
}
