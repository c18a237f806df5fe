import fc from "fast-check";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { expect } from "vitest";
import { grad } from "../../../src/engine/autodiff.js";
import { type OnnxGraph, emitOnnx } from "../../../src/engine/compile/emit.js";
import { feedsOf, graphOf } from "../../../src/engine/compile/compile.js";
import { add, constant, mul, placeholder, sum } from "../../../src/engine/ops/index.js";
import type { DType, Tensor } from "../../../src/engine/tensor.js";
import { type Nd, size } from "./arrays.js";

/** How the values of an input are drawn; `distinct` keeps any two at least 0.1 apart, so that no maximum changes hands. */
const domains = {
  any: (draw: () => number) => -2 + 4 * draw(),
  positive: (draw: () => number) => 0.5 + 2 * draw(),
  nonzero: (draw: () => number) => (draw() < 0.5 ? -1 : 1) * (0.3 + 1.7 * draw()),
  /** Near whole numbers, to be compared with `half`: never closer than 0.3. */
  whole: (draw: () => number) => Math.floor(draw() * 5) - 2 + 0.2 * (draw() - 0.5),
  half: (draw: () => number) => Math.floor(draw() * 5) - 2.5 + 0.2 * (draw() - 0.5),
  digit: (draw: () => number) => Math.floor(draw() * 3),
  bit: (draw: () => number) => Math.floor(draw() * 2),
};
export type Domain = keyof typeof domains | "distinct" | { readonly below: number };

/** An input of an op: given values, or a way to draw them. */
export interface Input {
  readonly shape: readonly number[];
  readonly dtype?: DType;
  readonly domain?: Domain;
  readonly values?: readonly number[];
  /** Constant by definition: no derivative is asked for. */
  readonly fixed?: boolean;
}

/** Shapes and attributes of one use of an op. */
export interface Draw<A> {
  readonly inputs: readonly Input[];
  readonly a: A;
}

/** A point with a known answer: values and, where given, first derivatives of the sum of the outputs. */
export interface Point<A> extends Draw<A> {
  readonly value?: readonly number[];
  readonly gradient?: readonly (readonly number[])[];
}

export interface Spec<A> {
  readonly draw: fc.Arbitrary<Draw<A>>;
  readonly build: (inputs: readonly Tensor[], a: A) => Tensor | readonly Tensor[];
  /** The definition, in double precision. */
  readonly reference: (inputs: readonly Nd[], a: A) => Nd | readonly Nd[];
  readonly points?: readonly Point<A>[];
  /** "zero" where the derivative is zero wherever it exists. */
  readonly derivative?: "zero";
  /** What the derivative is multiplied by on purpose (stopGradient 0, gradientReversal -strength). */
  readonly factor?: (a: A) => number;
  /** Step of the differences: 1 for polynomials of degree four or less, where the five-point rule has no error. */
  readonly step?: number;
  /** Relative error of the value; float32 gives 1e-5 unless the op itself amplifies rounding. */
  readonly tolerance?: number;
}

/** A row of the table; its type parameter is hidden so that rows of all attributes fit one record. */
export interface OpCase {
  readonly property: (order: number) => fc.IAsyncProperty<[Draw<unknown>, number]>;
  readonly points: readonly (() => Promise<void>)[];
  readonly simplified: (seed: number) => Promise<void>;
}

export function opCase<A>(spec: Spec<A>): OpCase {
  return {
    property: (order) =>
      fc.asyncProperty(spec.draw, fc.integer({ min: 1, max: 1e6 }), (draw, seed) =>
        check(spec, draw, seed, order),
      ),
    points: (spec.points ?? []).map((point) => () => checkPoint(spec, point)),
    simplified: async (seed) => {
      for (const draw of fc.sample(spec.draw, { seed, numRuns: 2 })) await checkSimplified(spec, draw, seed);
    },
  };
}

/** A small generator (mulberry32), so that a draw is a function of its seed. */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function valuesOf({ shape, domain = "any", values }: Input, random: () => number): Nd {
  if (values !== undefined) return { shape, values: values.map(Math.fround) };
  const n = size(shape);
  if (domain === "distinct") {
    const places = Array.from({ length: n }, (_, i) => ({ i, key: random() })).toSorted(
      (a, b) => a.key - b.key,
    );
    return { shape, values: places.map(({ i }) => Math.fround((i - n / 2) / 10)) };
  }
  const draw =
    typeof domain === "object" ? (r: () => number) => Math.floor(r() * domain.below) : domains[domain];
  return { shape, values: Array.from({ length: n }, () => Math.fround(draw(random))) };
}

const many = <T>(x: T | readonly T[]): readonly T[] => (Array.isArray(x) ? (x as readonly T[]) : [x as T]);
const dot = (a: readonly number[], b: readonly number[]) => a.reduce((s, v, i) => s + v * b[i]!, 0);
const size1 = (a: readonly number[], b: readonly number[]) =>
  a.reduce((s, v, i) => s + Math.abs(v * b[i]!), 0);
const dots = (a: readonly Nd[], b: readonly Nd[], f = dot) =>
  a.reduce((s, x, i) => s + f(x.values, b[i]!.values), 0);

interface Built {
  readonly inputs: readonly Tensor[];
  readonly floats: readonly number[];
  readonly outs: readonly Tensor[];
  /** levels[k][i]: derivative of order k + 1 in input floats[i], of the weighted sum of the order below. */
  readonly levels: readonly (readonly Tensor[])[];
  readonly values: Record<string, Tensor>;
  readonly derivatives: Record<string, Tensor>;
}

function build<A>(spec: Spec<A>, draw: Draw<A>, order: number): Built {
  const inputs = draw.inputs.map(({ shape, dtype }, i) => placeholder(`x${i}`, shape, dtype));
  const outs = many(spec.build(inputs, draw.a));
  const floats = inputs.flatMap((x, i) => (x.dtype === "float32" && !draw.inputs[i]!.fixed ? [i] : []));
  const weighted = (xs: readonly Tensor[], name: string) =>
    xs
      .map((x, i) => sum(mul(placeholder(`${name}${i}`, x.shape), x)))
      .reduce((a, b) => add(a, b), constant([0], []));
  let below = weighted(
    outs.filter((x) => x.dtype === "float32"),
    "v",
  );
  const levels: Tensor[][] = [];
  for (let k = 0; k < order; k++) {
    const level = grad(
      below,
      floats.map((i) => inputs[i]!),
    );
    levels.push(level);
    below = weighted(level, `u${k}_`);
  }
  const values = Object.fromEntries(outs.map((x, i) => [`out${i}`, x]));
  const derivatives = Object.fromEntries(
    levels.flatMap((level, k) => level.map((x, i) => [`d${k}_${i}`, x] as const)),
  );
  return { inputs, floats, outs, levels, values, derivatives };
}

/** All that one run gives: the outputs and the derivatives by order. */
interface Result {
  readonly outs: readonly Nd[];
  readonly levels: readonly (readonly Nd[])[];
}

/** Values, shapes, and derivatives up to `order` in one random direction. */
async function check<A>(spec: Spec<A>, draw: Draw<A>, seed: number, order: number): Promise<void> {
  const random = generator(seed);
  const built = build(spec, draw, order);
  const xs = draw.inputs.map((input) => valuesOf(input, random));
  const sample = (x: { shape: readonly number[] }): Nd => valuesOf({ shape: x.shape }, random);
  const weights = built.outs.filter((x) => x.dtype === "float32").map(sample);
  const us = built.levels.map((level) => level.map(sample));
  const direction = built.floats.map((i) => valuesOf({ shape: xs[i]!.shape, domain: "any" }, random));
  const unit = direction.map((d) => ({ ...d, values: d.values.map((v) => v / 2) }));

  await withBoth(built, async (run) => {
    const evaluate = async (moved: readonly Nd[], vectors = us): Promise<Result> => {
      const feeds = new Map<string, Nd>([
        ...moved.map((x, i) => [`x${i}`, x] as const),
        ...weights.map((w, i) => [`v${i}`, w] as const),
        ...vectors.flatMap((level, k) => level.map((u, i) => [`u${k}_${i}`, u] as const)),
      ]);
      const found = await run(feeds);
      return {
        outs: built.outs.map((_, i) => found.get(`out${i}`)!),
        levels: built.levels.map((level, k) => level.map((_, i) => found.get(`d${k}_${i}`)!)),
      };
    };
    const here = await evaluate(xs);
    compareValues(here.outs, many(spec.reference(xs, draw.a)), spec.tolerance ?? 1e-5);
    if (spec.derivative === "zero") {
      expect(here.levels.flat().every(({ values }) => values.every((v) => v === 0))).toBe(true);
      return;
    }
    const step = spec.step ?? 0.02;
    const floatOuts = (r: Result) => r.outs.filter((_, i) => built.outs[i]!.dtype === "float32");
    /** The function whose derivative level k is: weighted outputs, or the weighted derivative of the order below. */
    const below = (r: Result, k: number) =>
      k === 0 ? dots(floatOuts(r), weights) : dots(r.levels[k - 1]!, us[k - 1]!);
    const moved = await Promise.all(
      [-2, -1, 1, 2].map((t) =>
        evaluate(xs.map((x, i) => shift(x, unit[built.floats.indexOf(i)], t * step))),
      ),
    );
    for (let k = 0; k < order; k++) {
      const [b2, b1, f1, f2] = moved.map((r) => below(r, k)) as [number, number, number, number];
      const expected =
        ((8 * (f1 - b1) - (f2 - b2)) / (12 * step)) * (k === 0 ? (spec.factor?.(draw.a) ?? 1) : 1);
      const found = dots(here.levels[k]!, unit);
      // float32: each value below carries a relative error near 1e-7, which the difference divides by the step.
      const noise =
        (k === 0 ? dots(floatOuts(here), weights, size1) : dots(here.levels[k - 1]!, us[k - 1]!, size1)) /
        step;
      const bound = 1e-3 * dots(here.levels[k]!, unit, size1) + 2e-6 * noise + 1e-6;
      expect(Math.abs(found - expected), `order ${k + 1}: ${found}, by differences ${expected}`).toBeLessThan(
        bound,
      );
    }
    if (order >= 2) {
      const turned = await evaluate(xs, [unit, ...us.slice(1)]);
      const [left, right] = [dots(turned.levels[1]!, us[0]!), dots(here.levels[1]!, unit)];
      const bound =
        1e-4 * (dots(turned.levels[1]!, us[0]!, size1) + dots(here.levels[1]!, unit, size1)) + 1e-5;
      expect(Math.abs(left - right), `symmetry: ${left} and ${right}`).toBeLessThan(bound);
    }
  });
}

function shift(x: Nd, by: Nd | undefined, t: number): Nd {
  return by === undefined ? x : { ...x, values: x.values.map((v, i) => Math.fround(v + t * by.values[i]!)) };
}

export function compareValues(found: readonly Nd[], expected: readonly Nd[], tolerance: number): void {
  expect(found.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
  found.forEach((x, i) => {
    const scale = Math.max(1, ...expected[i]!.values.filter(Number.isFinite).map(Math.abs));
    const worst = Math.max(0, ...x.values.map((v, j) => apart(v, expected[i]!.values[j]!)));
    expect(worst / scale, `output ${i}`).toBeLessThan(tolerance);
  });
}
const apart = (a: number, b: number) => (Object.is(a, b) || a === b ? 0 : Math.abs(a - b));

async function checkPoint<A>(spec: Spec<A>, point: Point<A>): Promise<void> {
  const built = build(spec, point, point.gradient === undefined ? 0 : 2);
  const xs = point.inputs.map((input) => valuesOf(input, () => 0.5));
  const ones = (x: Tensor): Nd => ({
    shape: x.shape,
    values: Array.from({ length: size(x.shape) }, () => 1),
  });
  await withBoth(built, async (run) => {
    const found = await run(
      new Map<string, Nd>([
        ...xs.map((x, i) => [`x${i}`, x] as const),
        ...built.outs.filter((x) => x.dtype === "float32").map((x, i) => [`v${i}`, ones(x)] as const),
        ...built.levels.flatMap((level, k) => level.map((x, i) => [`u${k}_${i}`, ones(x)] as const)),
      ]),
    );
    if (point.value !== undefined) close(found.get("out0")!.values, point.value);
    point.gradient?.forEach((g, i) => close(found.get(`d0_${i}`)!.values, g));
    // Of the second derivative only that it is a number: kinks must not turn into 0 * Infinity.
    built.levels[1]?.forEach((_, i) =>
      expect(found.get(`d1_${i}`)!.values.some(Number.isNaN), "second derivative").toBe(false),
    );
  });
}

function close(found: readonly number[], expected: readonly number[]): void {
  expect(found.length).toBe(expected.length);
  found.forEach((v, i) => {
    const e = expected[i]!;
    expect(apart(v, e), `${found.join()} instead of ${expected.join()}`).toBeLessThanOrEqual(
      1e-6 * Math.max(1e-3, Math.abs(e)),
    );
  });
}

/** The graph as written and the simplified one give the same. */
async function checkSimplified<A>(spec: Spec<A>, draw: Draw<A>, seed: number): Promise<void> {
  const built = build(spec, draw, 1);
  const random = generator(seed);
  const outputs = { ...built.values, ...built.derivatives };
  const tensors = Object.values(outputs);
  const plain = emitOnnx({ inputs: feedsOf(tensors), outputs: new Map(Object.entries(outputs)) });
  const domainOf = (name: string): Input | undefined =>
    name.startsWith("x") ? draw.inputs[Number(name.slice(1))] : undefined;
  const feeds = new Map(
    plain.inputs.map(({ name, shape }) => [name, valuesOf(domainOf(name) ?? { shape }, random)]),
  );
  const names = Object.keys(outputs);
  const [before, after] = await Promise.all(
    [plain, graphOf(outputs)].map((graph) => withGraph(graph, (run) => run(feeds))),
  );
  compareValues(
    names.map((name) => after!.get(name)!),
    names.map((name) => before!.get(name)!),
    1e-5,
  );
}

/**
 * Values and derivatives from a graph each: an engine may treat a value that leaves the graph otherwise than one that stays
 * inside (batch normalisation's statistics once were right only where they were asked for).
 */
async function withBoth<T>({ values, derivatives }: Built, use: (run: Run) => Promise<T>): Promise<T> {
  return withGraph(graphOf(values), (left) =>
    Object.keys(derivatives).length === 0
      ? use(left)
      : withGraph(graphOf(derivatives), (right) =>
          use(async (feeds) => new Map([...(await left(feeds)), ...(await right(feeds))])),
        ),
  );
}

export type Run = (feeds: ReadonlyMap<string, Nd>) => Promise<ReadonlyMap<string, Nd>>;

/** Runs a graph through the plain binding, which returns shapes and dtypes of its own: they must be the inferred ones. */
export async function withGraph<T>(graph: OnnxGraph, use: (run: Run) => Promise<T>): Promise<T> {
  const session = await InferenceSession.create(graph.bytes, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  try {
    return await use(async (feeds) => {
      const results = await session.run(
        Object.fromEntries(
          graph.inputs.map(({ name, dtype, shape }) => [name, toOrt(feeds.get(name)!.values, dtype, shape)]),
        ),
      );
      return new Map(
        graph.outputs.map(({ name, dtype, shape }) => {
          const { dims, type, data } = results[name]!;
          expect({ name, dims, type }).toEqual({ name, dims: shape, type: dtype });
          return [name, { shape: dims, values: Array.from(data as ArrayLike<number | bigint>, Number) }];
        }),
      );
    });
  } finally {
    await session.release();
  }
}

function toOrt(values: readonly number[], dtype: DType, shape: readonly number[]): OrtTensor {
  if (dtype === "int64") return new OrtTensor("int64", BigInt64Array.from(values, BigInt), shape);
  if (dtype === "bool") return new OrtTensor("bool", Uint8Array.from(values), shape);
  return new OrtTensor("float32", Float32Array.from(values), shape);
}

/** Evaluates tensors that depend on placeholders by name. */
export async function evaluate(
  outputs: Readonly<Record<string, Tensor>>,
  feeds: Readonly<Record<string, readonly number[]>> = {},
): Promise<Record<string, Nd>> {
  const graph = graphOf(outputs);
  return withGraph(graph, async (run) => {
    const found = await run(
      new Map(graph.inputs.map(({ name, shape }) => [name, { shape, values: feeds[name]! }])),
    );
    return Object.fromEntries(found);
  });
}
