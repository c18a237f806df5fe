import * as g from "../../../src/engine/ops/index.js";
import type { Tensor } from "../../../src/engine/tensor.js";
import { erf, map, zip } from "./arrays.js";
import { type Domain, type OpCase, type Point, opCase } from "./check.js";
import { broadcasting, int, one } from "./draws.js";
import fc from "fast-check";

type Values = readonly number[];
/** A known point of an op of one input. */
const point = (x: Values, value: Values, gradient?: Values): Point<null> => ({
  inputs: [{ shape: [x.length], values: x }],
  a: null,
  value,
  ...(gradient && { gradient: [gradient] }),
});

function unary(
  op: (x: Tensor) => Tensor,
  f: (x: number) => number,
  domain: Domain = "any",
  extra: { points?: Point<null>[]; derivative?: "zero"; factor?: () => number; step?: number } = {},
): OpCase {
  return opCase<null>({
    draw: one(domain),
    build: ([x]) => op(x!),
    reference: ([x]) => map(x!, f),
    ...extra,
  });
}

function binary(
  op: (x: Tensor, y: Tensor) => Tensor,
  f: (x: number, y: number) => number,
  domains: readonly [Domain, Domain] = ["any", "any"],
  extra: { points?: Point<null>[]; step?: number } = {},
): OpCase {
  return opCase<null>({
    draw: broadcasting(...domains),
    build: ([x, y]) => op(x!, y!),
    reference: ([x, y]) => zip(f, x!, y!),
    ...extra,
  });
}
const tie = (gradient: readonly [number, number], value = 1): Point<null> => ({
  inputs: [
    { shape: [1], values: [1] },
    { shape: [1], values: [1] },
  ],
  a: null,
  value: [value],
  gradient: [[gradient[0]], [gradient[1]]],
});

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const POLYNOMIAL = { step: 1 };

export const elementwise = {
  add: binary(g.add, (x, y) => x + y, ["any", "any"], POLYNOMIAL),
  sub: binary(g.sub, (x, y) => x - y, ["any", "any"], POLYNOMIAL),
  mul: binary(g.mul, (x, y) => x * y, ["any", "any"], POLYNOMIAL),
  div: binary(g.div, (x, y) => x / y, ["any", "positive"]),
  maximum: binary(g.maximum, Math.max, ["whole", "half"], { points: [tie([1, 0])] }),
  minimum: binary(g.minimum, Math.min, ["whole", "half"], { points: [tie([1, 0])] }),
  neg: unary(g.neg, (x) => -x, "any", POLYNOMIAL),
  exp: unary(g.exp, Math.exp, "any", { points: [point([-200, 0], [0, 1], [0, 1])] }),
  log: unary(g.log, Math.log, "positive", { points: [point([1, 1e-30], [0, -69.07755279], [1, 1e30])] }),
  sqrt: unary(g.sqrt, Math.sqrt, "positive", { points: [point([4, 0], [2, 0])] }),
  square: unary(g.square, (x) => x * x, "any", { ...POLYNOMIAL, points: [point([0], [0], [0])] }),
  pow: opCase<number>({
    draw: fc
      .tuple(one("positive"), fc.constantFrom(-2, -0.5, 0.5, 1, 1.5, 2, 3))
      .map(([draw, a]) => ({ ...draw, a })),
    build: ([x], exponent) => g.pow(x!, exponent),
    reference: ([x], exponent) => map(x!, (v) => v ** exponent),
    points: [
      // At 0 the rule meets 0^(exponent - 2): a second derivative must not become 0 * Infinity.
      { inputs: [{ shape: [2], values: [0, -3] }], a: 2, value: [0, 9], gradient: [[0, -6]] },
      { inputs: [{ shape: [2], values: [0, -3] }], a: 1, value: [0, -3], gradient: [[1, 1]] },
      { inputs: [{ shape: [2], values: [0, -3] }], a: 0, value: [1, 1], gradient: [[0, 0]] },
    ],
  }),
  abs: unary(g.abs, Math.abs, "nonzero", { points: [point([0, -2], [0, 2], [0, -1])] }),
  sign: unary(g.sign, Math.sign, "any", { derivative: "zero", points: [point([0, -2, 3], [0, -1, 1])] }),
  floor: unary(g.floor, Math.floor, "any", { derivative: "zero", points: [point([-0.5, 2], [-1, 2])] }),
  positive: unary(g.positive, (x) => (x > 0 ? 1 : 0), "any", {
    derivative: "zero",
    points: [point([0, 1e-37, -1e-37, 1e30, -1e30], [0, 1, 0, 1, 0])],
  }),
  clip: opCase<{ low: number; high: number }>({
    // Bounds between the values of "whole".
    draw: fc
      .tuple(
        one("whole"),
        fc.constantFrom(
          { low: -1.5, high: 0.5 },
          { low: -Infinity, high: 0.5 },
          { low: 0.5, high: Infinity },
        ),
      )
      .map(([draw, a]) => ({ ...draw, a })),
    build: ([x], { low, high }) => g.clip(x!, low, high),
    reference: ([x], { low, high }) => map(x!, (v) => Math.min(high, Math.max(low, v))),
    points: [
      {
        inputs: [{ shape: [5], values: [-2, -1, 0, 1, 2] }],
        a: { low: -1, high: 1 },
        value: [-1, -1, 0, 1, 1],
        gradient: [[0, 0, 1, 0, 0]],
      },
    ],
  }),
  tanh: unary(g.tanh, Math.tanh, "any", { points: [point([-100, 0, 100], [-1, 0, 1], [0, 1, 0])] }),
  sigmoid: unary(g.sigmoid, sigmoid, "any", { points: [point([-200, 0, 200], [0, 0.5, 1], [0, 0.25, 0])] }),
  softplus: unary(g.softplus, (x) => Math.log1p(Math.exp(x)), "any", {
    points: [point([-200, 0, 100], [0, Math.LN2, 100], [0, 0.5, 1])],
  }),
  relu: unary(g.relu, (x) => Math.max(0, x), "nonzero", {
    points: [point([0, -1, 2], [0, 0, 2], [0, 0, 1])],
  }),
  leakyRelu: opCase<number>({
    draw: fc.tuple(one("nonzero"), fc.constantFrom(0, 0.01, 0.2)).map(([draw, a]) => ({ ...draw, a })),
    build: ([x], slope) => g.leakyRelu(x!, slope),
    reference: ([x], slope) => map(x!, (v) => (v > 0 ? v : slope * v)),
    points: [
      {
        inputs: [{ shape: [3], values: [0, -1, 2] }],
        a: 0.1,
        value: [0, -0.1, 2],
        gradient: [[0.1, 0.1, 1]],
      },
    ],
  }),
  elu: opCase<number>({
    draw: fc.tuple(one("nonzero"), fc.constantFrom(0.5, 1, 2)).map(([draw, a]) => ({ ...draw, a })),
    build: ([x], alpha) => g.elu(x!, alpha),
    reference: ([x], alpha) => map(x!, (v) => (v > 0 ? v : alpha * Math.expm1(v))),
    points: [
      { inputs: [{ shape: [3], values: [0, -200, 200] }], a: 1, value: [0, -1, 200], gradient: [[1, 0, 1]] },
    ],
  }),
  erf: unary(g.erf, erf, "any", {
    points: [point([-20, 0, 20], [-1, 0, 1], [0, 2 / Math.sqrt(Math.PI), 0])],
  }),
  gelu: unary(g.gelu, (x) => (x * (1 + erf(x * Math.SQRT1_2))) / 2, "any", {
    points: [point([-50, 0, 50], [0, 0, 50], [0, 0.5, 1])],
  }),
  sin: unary(g.sin, Math.sin),
  cos: unary(g.cos, Math.cos),
  stopGradient: unary(g.stopGradient, (x) => x, "any", { factor: () => 0 }),
  gradientReversal: opCase<number>({
    draw: fc.tuple(one(), int(1, 4)).map(([draw, a]) => ({ ...draw, a: a / 2 })),
    build: ([x], strength) => g.gradientReversal(x!, strength),
    reference: ([x]) => x!,
    factor: (strength) => -strength,
  }),

  where: opCase<null>({
    draw: broadcasting({ dtype: "bool", domain: "bit" }, "any", "any"),
    build: ([condition, x, y]) => g.where(condition!, x!, y!),
    reference: (xs) => zip((c, x, y) => (c === 0 ? y : x), ...xs),
    ...POLYNOMIAL,
  }),
  greater: comparison(g.greater, (x, y) => x > y),
  greaterEqual: comparison(g.greaterEqual, (x, y) => x >= y),
  less: comparison(g.less, (x, y) => x < y),
  equal: comparison(g.equal, (x, y) => x === y),
  not: opCase<null>({
    draw: one("bit").map((draw) => ({
      ...draw,
      inputs: draw.inputs.map((x) => ({ ...x, dtype: "bool" as const })),
    })),
    build: ([x]) => g.not(x!),
    reference: ([x]) => map(x!, (v) => 1 - v),
    derivative: "zero",
  }),
  cast: opCase<{ from: "float32" | "int64" | "bool"; to: "float32" | "int64" | "bool" }>({
    draw: fc
      .tuple(
        one("digit"),
        fc.constantFrom("float32" as const, "int64" as const, "bool" as const),
        fc.constantFrom("float32" as const, "int64" as const, "bool" as const),
      )
      .map(([{ inputs }, from, to]) => ({
        inputs: inputs.map((x) => ({
          ...x,
          dtype: from,
          domain: from === "bool" ? ("bit" as const) : ("digit" as const),
        })),
        a: { from, to },
      })),
    build: ([x], { to }) => g.cast(x!, to),
    reference: ([x], { to }) => (to === "bool" ? map(x!, (v) => (v === 0 ? 0 : 1)) : x!),
    factor: ({ from, to }) => (from === "float32" && to === "float32" ? 1 : 0),
    step: 1,
  }),
  oneHot: opCase<number>({
    draw: fc.tuple(one({ below: 3 }), int(3, 5)).map(([{ inputs }, depth]) => ({
      inputs: inputs.map((x) => ({ ...x, dtype: "int64" as const })),
      a: depth,
    })),
    build: ([x], depth) => g.oneHot(x!, depth),
    reference: ([x], depth) => ({
      shape: [...x!.shape, depth],
      values: x!.values.flatMap((v) => Array.from({ length: depth }, (_, i) => (i === v ? 1 : 0))),
    }),
    derivative: "zero",
  }),
} satisfies Record<string, OpCase>;

function comparison(op: (x: Tensor, y: Tensor) => Tensor, f: (x: number, y: number) => boolean): OpCase {
  return opCase<null>({
    draw: fc.oneof(
      broadcasting({ domain: "digit" }, { domain: "digit" }),
      broadcasting({ domain: "digit", dtype: "int64" }, { domain: "digit", dtype: "int64" }),
    ),
    build: ([x, y]) => op(x!, y!),
    reference: (xs) => zip((x, y) => Number(f(x, y)), ...xs),
    derivative: "zero",
  });
}
