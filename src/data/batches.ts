import { checkWhole } from "../check-whole.js";
import { hostRandom } from "../engine/random.js";

/** Which pictures a batch is drawn from. */
export interface BatchOptions {
  /** Number of pictures, or Infinity. */
  readonly size: number;
  /** Pictures a batch. */
  readonly batch: number;
  readonly seed: number;
  /** Name of the draw; each name reads the set in its own order. */
  readonly stream: string;
}

/**
 * The indices of the batch at every step, a pure function of (seed, stream, step): a resumed run needs no state.
 * The set is read in epochs, each in its own order; a batch that reaches the end of one goes on in the next, so no
 * picture is left out, and a set smaller than the batch comes round several times within it. An endless set is never
 * read twice: step t of a stream reads batch * t .. batch * (t + 1) - 1, counted from a start of the stream's own.
 * Returns Float64Array [batch], because an endless index may pass 2^32. Throws OptionError for a size or batch below 1.
 */
export function batchIndices(options: BatchOptions): (step: number) => Float64Array {
  const { size, batch } = options;
  if (size !== Infinity) checkWhole("size", size, 1);
  checkWhole("batch", batch, 1);
  const pictureAt = size === Infinity ? endless(options) : epochs(options);
  return (step) => Float64Array.from({ length: batch }, (_, i) => pictureAt(step * batch + i));
}

/** Streams begin at multiples of 2^32 pictures, more than a run reads, so they do not meet. */
function endless({ seed, stream }: BatchOptions): (position: number) => number {
  const start = hostRandom(seed, `batches ${stream}`).integer(2 ** 20) * 2 ** 32;
  return (position) => start + position;
}

function epochs({ size, seed, stream }: BatchOptions): (position: number) => number {
  // The latest order is kept, since positions mostly rise; it is a cache, not state.
  let epoch = -1;
  let order: Uint32Array = new Uint32Array();
  return (position) => {
    const wanted = Math.floor(position / size);
    if (wanted !== epoch) {
      order = hostRandom(seed, `batches ${stream} epoch ${wanted}`).permutation(size);
      epoch = wanted;
    }
    return order[position - wanted * size] ?? 0;
  };
}
