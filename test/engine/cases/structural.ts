import fc from "fast-check";
import * as g from "../../../src/engine/ops/index.js";
import type { Shape } from "../../../src/engine/tensor.js";
import {
  type Nd,
  at,
  average,
  broadcastAt,
  collect,
  indicesOf,
  reduce,
  size,
  spread,
  tabulate,
  total,
  zip,
} from "./arrays.js";
import { type Draw, type Input, type OpCase, opCase } from "./check.js";
import { type Reduced, axesOf, axisOf, int, reducing, shape, withShape } from "./draws.js";

const reduction = (
  op: (x: g.Value, axes?: readonly number[], o?: g.ReduceOptions) => ReturnType<typeof g.sum>,
  f: (values: number[]) => number,
  extra: {
    domain?: "distinct";
    step?: number;
    points?: Parameters<typeof opCase<Reduced>>[0]["points"] & object;
  } = {},
): OpCase =>
  opCase<Reduced>({
    draw: reducing(extra.domain),
    build: ([x], { axes, keep }) => op(x!, axes, { keep }),
    reference: ([x], { axes, keep }) => reduce(x!, axes, keep, f),
    ...extra,
  });

const top = (values: readonly number[]) => Math.max(...values);
const logSumExp = (values: readonly number[]) =>
  top(values) + Math.log(total(values.map((v) => Math.exp(v - top(values)))));
const along = (x: Nd, axis: number, f: (values: number[]) => number) => reduce(x, [axis], true, f);

const positive = (s: Shape, axis: number) => (axis < 0 ? axis + s.length : axis);

/** Inputs equal but for one axis. */
const joined = withShape(shape(1, 3), axisOf).chain(({ inputs: [x], a: axis }) =>
  fc.array(int(1, 3), { minLength: 1, maxLength: 3 }).map((sizes): Draw<number> => ({
    inputs: sizes.map((n) => ({ shape: x!.shape.with(positive(x!.shape, axis), n) })),
    a: axis,
  })),
);
const concat = (xs: readonly Nd[], axis: number): Nd => {
  const starts = xs.map((_, i) => total(xs.slice(0, i).map((x) => x.shape[axis]!)));
  return collect(
    xs[0]!.shape.with(axis, total(xs.map((x) => x.shape[axis]!))),
    xs.flatMap((x, k) =>
      indicesOf(x.shape).map((index) => [index.with(axis, index[axis]! + starts[k]!), at(x, index)] as const),
    ),
  );
};

const rangesOf = (s: readonly number[]) =>
  fc.subarray([...s.keys()], { minLength: 1 }).chain((axes) =>
    fc.tuple(
      ...axes.map((axis) =>
        fc
          .tuple(int(0, s[axis]! - 1), int(1, s[axis]!), int(1, 3), fc.boolean())
          .map(([start, length, step, back]) => ({
            axis: back ? axis - s.length : axis,
            start,
            end: Math.min(s[axis]!, start + length),
            step,
          })),
      ),
    ),
  );

const gathering = withShape(shape(1, 3), axisOf).chain(({ inputs: [x], a: axis }) =>
  shape(0, 2, 3).map((indices): Draw<number> => ({
    inputs: [{ shape: x!.shape }, { shape: indices, dtype: "int64", domain: { below: x!.shape.at(axis)! } }],
    a: axis,
  })),
);

interface Scatter {
  readonly axis: number;
  readonly size: number;
}
const scattering = fc
  .record({
    before: shape(0, 2, 3),
    indices: shape(0, 2, 4),
    after: shape(0, 1, 3),
    size: int(1, 4),
    back: fc.boolean(),
  })
  .map(({ before, indices, after, size, back }): Draw<Scatter> => ({
    inputs: [
      { shape: [...before, ...indices, ...after] },
      { shape: indices, dtype: "int64", domain: { below: size } },
    ],
    a: { axis: back ? -1 - after.length : before.length, size },
  }));

/** [...A, n, k] and [...B, k, m], A and B broadcasting. */
const products = fc
  .record({
    lead: shape(0, 2, 3),
    n: int(1, 4),
    k: int(1, 4),
    m: int(1, 4),
    cut: fc.tuple(int(0, 2), int(0, 2)),
    thin: fc.boolean(),
  })
  .map(({ lead, n, k, m, cut, thin }): Draw<null> => ({
    inputs: [
      { shape: [...lead.slice(cut[0]), n, k] },
      { shape: [...lead.slice(cut[1]).map((s) => (thin ? 1 : s)), k, m] },
    ],
    a: null,
  }));

const POLYNOMIAL = { step: 1 };

export const structural = {
  sum: reduction(g.sum, total, POLYNOMIAL),
  mean: reduction(g.mean, average, POLYNOMIAL),
  variance: reduction(g.variance, spread, POLYNOMIAL),
  max: reduction(g.max, top, {
    domain: "distinct",
    // Equal maxima share the derivative.
    points: [
      {
        inputs: [{ shape: [2, 3], values: [1, 5, 5, 2, 2, 2] }],
        a: { axes: [1], keep: false },
        value: [5, 2],
        gradient: [[0, 0.5, 0.5, 1 / 3, 1 / 3, 1 / 3]],
      },
    ],
  }),
  min: reduction(g.min, (values) => Math.min(...values), { domain: "distinct" }),
  logSumExp: reduction(g.logSumExp, logSumExp, {
    points: [
      {
        inputs: [{ shape: [2], values: [1000, 1000] }],
        a: { axes: [0], keep: false },
        value: [1000 + Math.LN2],
        gradient: [[0.5, 0.5]],
      },
    ],
  }),
  softmax: opCase<number>({
    draw: withShape(shape(1, 3), axisOf),
    build: ([x], axis) => g.softmax(x!, axis),
    reference: ([x], axis) => zip((v, all) => Math.exp(v - all), x!, along(x!, axis, logSumExp)),
    points: [{ inputs: [{ shape: [2], values: [1000, -1000] }], a: -1, value: [1, 0], gradient: [[0, 0]] }],
  }),
  logSoftmax: opCase<number>({
    draw: withShape(shape(1, 3), axisOf),
    build: ([x], axis) => g.logSoftmax(x!, axis),
    reference: ([x], axis) => zip((v, all) => v - all, x!, along(x!, axis, logSumExp)),
    points: [
      { inputs: [{ shape: [2], values: [1000, -1000] }], a: -1, value: [0, -2000], gradient: [[-1, 1]] },
    ],
  }),
  argmax: opCase<number>({
    draw: withShape(shape(1, 3), axisOf, "digit"),
    build: ([x], axis) => g.argmax(x!, axis),
    reference: ([x], axis) => reduce(x!, [axis], false, (values) => values.indexOf(top(values))),
    derivative: "zero",
  }),
  sumTo: opCase<Shape>({
    draw: fc
      .tuple(shape(0, 4), int(0, 4), fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }))
      .map(([s, cut, ones]) => ({
        inputs: [{ shape: s }],
        a: s.map((n, axis) => (ones[axis] ? 1 : n)).slice(cut),
      })),
    build: ([x], to) => g.sumTo(x!, to),
    reference: ([x], to) =>
      collect(
        to,
        indicesOf(x!.shape).map((index) => [
          index.slice(x!.shape.length - to.length).map((i, axis) => (to[axis] === 1 ? 0 : i)),
          at(x!, index),
        ]),
      ),
    ...POLYNOMIAL,
  }),
  broadcastTo: opCase<Shape>({
    draw: fc
      .tuple(shape(0, 3), int(0, 3), fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }))
      .map(([s, cut, ones]) => ({
        inputs: [{ shape: s.map((n, axis) => (ones[axis] ? 1 : n)).slice(cut) }],
        a: s,
      })),
    build: ([x], to) => g.broadcastTo(x!, to),
    reference: ([x], to) => tabulate(to, (index) => broadcastAt(x!, index)),
    ...POLYNOMIAL,
  }),

  reshape: opCase<Shape>({
    draw: withShape(shape(0, 3), (s) =>
      fc.constantFrom<Shape>([-1], [size(s)], [1, ...s], [...s, 1], s.toReversed(), [s[0] ?? 1, -1]),
    ),
    build: ([x], to) => g.reshape(x!, to),
    reference: ([x], to) => {
      const rest = size(to.filter((n) => n !== -1));
      return { ...x!, shape: to.map((n) => (n === -1 ? x!.values.length / rest : n)) };
    },
    ...POLYNOMIAL,
  }),
  flatten: opCase<null>({
    draw: shape(1, 4).map((s) => ({ inputs: [{ shape: s }], a: null })),
    build: ([x]) => g.flatten(x!),
    reference: ([x]) => ({ ...x!, shape: [x!.shape[0]!, size(x!.shape.slice(1))] }),
    ...POLYNOMIAL,
  }),
  transpose: opCase<number[] | undefined>({
    draw: withShape(shape(2, 4), (s) =>
      fc.oneof(
        fc.constant(undefined),
        fc.shuffledSubarray([...s.keys()], { minLength: s.length, maxLength: s.length }),
      ),
    ),
    build: ([x], order) => g.transpose(x!, order),
    reference: ([x], order) => {
      const all = [...x!.shape.keys()];
      const turn = order ?? [...all.slice(0, -2), ...all.slice(-2).toReversed()];
      return tabulate(
        turn.map((axis) => x!.shape[axis]!),
        (index) =>
          at(
            x!,
            all.map((axis) => index[turn.indexOf(axis)]!),
          ),
      );
    },
    ...POLYNOMIAL,
  }),
  concat: opCase<number>({
    draw: joined,
    build: (xs, axis) => g.concat(xs, axis),
    reference: (xs, axis) => concat(xs, positive(xs[0]!.shape, axis)),
    ...POLYNOMIAL,
  }),
  stack: opCase<number>({
    draw: shape(0, 2).chain((s) =>
      fc.tuple(int(1, 3), int(-s.length - 1, s.length)).map(([n, axis]) => ({
        inputs: Array.from({ length: n }, (): Input => ({ shape: s })),
        a: axis,
      })),
    ),
    build: (xs, axis) => g.stack(xs, axis),
    reference: (xs, axis) => {
      const place = axis < 0 ? axis + xs[0]!.shape.length + 1 : axis;
      return tabulate(xs[0]!.shape.toSpliced(place, 0, xs.length), (index) =>
        at(xs[index[place]!]!, index.toSpliced(place, 1)),
      );
    },
    ...POLYNOMIAL,
  }),
  slice: opCase<g.Range[]>({
    draw: withShape(shape(1, 3, 7), rangesOf),
    build: ([x], ranges) => g.slice(x!, ranges),
    reference: ([x], ranges) => {
      const by = new Map(ranges.map((r) => [positive(x!.shape, r.axis), r]));
      const places = x!.shape.map((n, axis) => {
        const { start, end, step = 1 } = by.get(axis) ?? { start: 0, end: n };
        return [...Array.from({ length: n }).keys()].filter(
          (i) => i >= start && i < end && (i - start) % step === 0,
        );
      });
      return tabulate(
        places.map((list) => list.length),
        (index) =>
          at(
            x!,
            index.map((i, axis) => places[axis]![i]!),
          ),
      );
    },
    ...POLYNOMIAL,
  }),
  pad: opCase<{ paddings: g.Padding[]; value: number }>({
    draw: withShape(shape(1, 3), (s) =>
      fc.record({
        paddings: fc.subarray([...s.keys()], { minLength: 1 }).chain((axes) =>
          fc.tuple(
            ...axes.map((axis) =>
              fc.record({
                axis: fc.constantFrom(axis, axis - s.length),
                before: int(0, 2),
                after: int(0, 2),
              }),
            ),
          ),
        ),
        value: fc.constantFrom(0, -1.5),
      }),
    ),
    build: ([x], { paddings, value }) => g.pad(x!, paddings, value),
    reference: ([x], { paddings, value }) => {
      const by = new Map(paddings.map((p) => [positive(x!.shape, p.axis), p]));
      return tabulate(
        x!.shape.map((n, axis) => n + (by.get(axis)?.before ?? 0) + (by.get(axis)?.after ?? 0)),
        (index) => {
          const inside = index.map((i, axis) => i - (by.get(axis)?.before ?? 0));
          return inside.every((i, axis) => i >= 0 && i < x!.shape[axis]!) ? at(x!, inside) : value;
        },
      );
    },
    ...POLYNOMIAL,
  }),
  gather: opCase<number>({
    draw: gathering,
    build: ([x, indices], axis) => g.gather(x!, indices!, axis),
    reference: ([x, indices], axis) => {
      const place = positive(x!.shape, axis);
      const rank = indices!.shape.length;
      return tabulate(x!.shape.toSpliced(place, 1, ...indices!.shape), (index) =>
        at(x!, index.toSpliced(place, rank, at(indices!, index.slice(place, place + rank)))),
      );
    },
    ...POLYNOMIAL,
  }),
  scatterAdd: opCase<Scatter>({
    draw: scattering,
    build: ([x, indices], { axis, size }) => g.scatterAdd(x!, indices!, axis, size),
    reference: ([x, indices], { axis, size }) => {
      const rank = indices!.shape.length;
      const place = axis < 0 ? axis + x!.shape.length - rank + 1 : axis;
      return collect(
        x!.shape.toSpliced(place, rank, size),
        indicesOf(x!.shape).map((index) => [
          index.toSpliced(place, rank, at(indices!, index.slice(place, place + rank))),
          at(x!, index),
        ]),
      );
    },
    ...POLYNOMIAL,
  }),

  matmul: opCase<null>({
    draw: products,
    build: ([x, y]) => g.matmul(x!, y!),
    reference: ([x, y]) => {
      const [n, k] = x!.shape.slice(-2) as [number, number];
      const m = y!.shape.at(-1)!;
      const lead = zip(
        () => 0,
        { shape: x!.shape.slice(0, -2), values: [] },
        { shape: y!.shape.slice(0, -2), values: [] },
      ).shape;
      // Each factor seen as [..., n, k, m] with the missing axis of size 1.
      const left = { ...x!, shape: [...x!.shape.slice(0, -2), n, k, 1] };
      const right = { ...y!, shape: [...y!.shape.slice(0, -2), 1, k, m] };
      return tabulate([...lead, n, m], (index) =>
        total(
          Array.from({ length: k }, (_, j) => {
            const full = [...index.slice(0, -1), j, index.at(-1)!];
            return broadcastAt(left, full) * broadcastAt(right, full);
          }),
        ),
      );
    },
    ...POLYNOMIAL,
  }),
  standardize: opCase<Reduced>({
    draw: withShape(shape(1, 3, 5), axesOf),
    build: ([x], { axes }) => g.standardize(x!, axes ?? [...x!.shape.keys()], 0.1),
    reference: ([x], { axes }) =>
      zip(
        (v, m, s) => (v - m) / Math.sqrt(s + 0.1),
        x!,
        reduce(x!, axes, true, average),
        reduce(x!, axes, true, spread),
      ),
    points: [
      {
        inputs: [{ shape: [4], values: [7, 7, 7, 7] }],
        a: { axes: [0], keep: true },
        value: [0, 0, 0, 0],
        gradient: [[0, 0, 0, 0]],
      },
    ],
  }),
} satisfies Record<string, OpCase>;
