import { placeholder } from "./ops/leaves.js";
import { type Draw as DrawKey } from "./kernels/kernels.js";
import { keyOf, streamOf } from "./random.js";
import type { Shape, Tensor } from "./tensor.js";
import { count } from "./tensor.js";
import type { Feed, FeedTarget, Moment } from "./update.js";

/**
 * Random numbers of a step. A draw is a function of (seed, step, name, repetition), so a resumed run draws what the
 * uninterrupted one would have drawn. Names are unique within a step; drawing a name again gives the same tensor.
 */
export class Draws {
  private readonly known = new Map<string, Feed>();

  get feeds(): readonly Feed[] {
    return [...this.known.values()];
  }

  /** U[low, high), float32 of the given shape. */
  uniform(name: string, shape: Shape, low = 0, high = 1): Tensor {
    return this.add(name, shape, "float32", ({ kernels }, at, n, key) =>
      kernels.uniform(at, n, ...key, low, high),
    );
  }

  /** N(mean, deviation^2), float32. */
  normal(name: string, shape: Shape, mean = 0, deviation = 1): Tensor {
    return this.add(name, shape, "float32", ({ kernels }, at, n, key) =>
      kernels.normal(at, n, ...key, mean, deviation),
    );
  }

  /** 1 with the given probability, else 0, as float32: a mask. */
  bernoulli(name: string, shape: Shape, probability: number): Tensor {
    return this.add(name, shape, "float32", ({ kernels }, at, n, key) =>
      kernels.bernoulli(at, n, ...key, probability),
    );
  }

  /** Class numbers 0 ... classes - 1, int64. `balanced`: every class equally often in the batch. */
  categorical(name: string, shape: Shape, classes: number, { balanced = false } = {}): Tensor {
    return this.add(name, shape, "int64", ({ kernels }, at, n, key) =>
      balanced ? kernels.balanced(at, n, ...key, classes) : kernels.categorical(at, n, ...key, classes),
    );
  }

  private add(
    name: string,
    shape: Shape,
    dtype: "float32" | "int64",
    draw: (target: FeedTarget, at: number, n: number, key: DrawKey) => void,
  ): Tensor {
    const known = this.known.get(name);
    if (known !== undefined) return known.tensor;
    const tensor = placeholder(`draw/${name}`, shape, dtype);
    const stream = streamOf(name);
    const fill = (target: FeedTarget, { step, repetition }: Moment) =>
      draw(target, target.view.byteOffset, count(shape), [...keyOf(target.seed), step, stream, repetition]);
    this.known.set(name, { tensor, fill });
    return tensor;
  }
}
