import { concat, slice } from "../engine/ops/index.js";
import { type Tensor, sizeOf } from "../engine/tensor.js";

/** Part of a batch: x [B,...] -> its rows from `start` on, [size,...]. */
export function rows(x: Tensor, start: number, size: number): Tensor {
  return slice(x, [{ axis: 0, start, end: start + size }]);
}

/** A batch as its parts, in order, each with as many rows as one of the given tensors. */
export function parted<T extends readonly Tensor[]>(
  batch: Tensor,
  like: readonly [...T],
): { [K in keyof T]: Tensor } {
  let start = 0;
  const parts = like.map((part) => {
    const size = sizeOf(part, 0);
    start += size;
    return rows(batch, start - size, size);
  });
  return parts as { [K in keyof T]: Tensor };
}

/** What a network makes of several batches that it sees as one, so that they share the statistics of batch normalisation. */
export function asOneBatch<T extends readonly Tensor[]>(
  f: (x: Tensor) => Tensor,
  batches: readonly [...T],
): { [K in keyof T]: Tensor } {
  return parted(f(concat(batches, 0)), batches);
}
