import { ShapeError } from "../errors.js";
import { placeholder } from "./ops/leaves.js";
import { type Draw as DrawKey } from "./kernels/kernels.js";
import { keyOf, streamOf } from "./random.js";
import type { Shape, Tensor } from "./tensor.js";
import { count, show } from "./tensor.js";
import type { Feed, FeedTarget, Moment } from "./update.js";

/**
 * Random numbers of a step. A draw is a function of (seed, step, name, repetition), so a resumed run draws what the
 * uninterrupted one would have drawn. Names are unique within a step; drawing a name again gives the same tensor, and
 * drawing something else under it throws ShapeError.
 */
export class Draws {
  private readonly known = new Map<string, { readonly feed: Feed; readonly what: string }>();

  get feeds(): readonly Feed[] {
    return [...this.known.values()].map(({ feed }) => feed);
  }

  /** U[low, high), float32 of the given shape. */
  uniform(name: string, shape: Shape, low = 0, high = 1): Tensor {
    const what = `uniform(${low}, ${high}) ${show(shape)}`;
    return this.add(name, what, shape, "float32", ({ kernels }, at, n, key) =>
      kernels.uniform(at, n, ...key, low, high),
    );
  }

  /** N(mean, deviation^2), float32. */
  normal(name: string, shape: Shape, mean = 0, deviation = 1): Tensor {
    const what = `normal(${mean}, ${deviation}) ${show(shape)}`;
    return this.add(name, what, shape, "float32", ({ kernels }, at, n, key) =>
      kernels.normal(at, n, ...key, mean, deviation),
    );
  }

  /** 1 with the given probability, else 0, as float32: a mask. */
  bernoulli(name: string, shape: Shape, probability: number): Tensor {
    const what = `bernoulli(${probability}) ${show(shape)}`;
    return this.add(name, what, shape, "float32", ({ kernels }, at, n, key) =>
      kernels.bernoulli(at, n, ...key, probability),
    );
  }

  /** Class numbers 0 ... classes - 1, int64. `balanced`: every class equally often in the batch. */
  categorical(name: string, shape: Shape, classes: number, { balanced = false } = {}): Tensor {
    const what = `${balanced ? "balanced " : ""}categorical(${classes}) ${show(shape)}`;
    return this.add(name, what, shape, "int64", ({ kernels }, at, n, key) =>
      balanced ? kernels.balanced(at, n, ...key, classes) : kernels.categorical(at, n, ...key, classes),
    );
  }

  private add(
    name: string,
    what: string,
    shape: Shape,
    dtype: "float32" | "int64",
    draw: (target: FeedTarget, at: number, n: number, key: DrawKey) => void,
  ): Tensor {
    const known = this.known.get(name);
    if (known !== undefined && known.what !== what)
      throw new ShapeError({
        where: `draw ${name}`,
        expected: `${known.what}, as it was drawn before`,
        received: what,
        hint: "Two draws of one step need two names.",
      });
    if (known !== undefined) return known.feed.tensor;
    const tensor = placeholder(`draw/${name}`, shape, dtype);
    const stream = streamOf(name);
    const fill = (target: FeedTarget, { step, repetition }: Moment) =>
      draw(target, target.view.byteOffset, count(shape), [...keyOf(target.seed), step, stream, repetition]);
    this.known.set(name, { feed: { tensor, fill }, what });
    return tensor;
  }
}
