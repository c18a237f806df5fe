import { type Shape, type Tensor, broadcastShapes, sameShape } from "../tensor.js";
import { type Value, defineOp } from "./define.js";
import { constantNumber, fill } from "./leaves.js";

/** x, y: shapes that broadcast -> their common shape. */
export type Binary = (x: Value, y: Value) => Tensor;
/** x of any shape -> the same shape. */
export type Unary = (x: Value) => Tensor;

const common =
  (name: string) =>
  ({ x, y }: { x: Tensor; y: Tensor }): Shape =>
    broadcastShapes(name, x.shape, y.shape);
const sameAsX = ({ x }: { x: Tensor }): Shape => x.shape;

/** `kept`, where dropping the neutral `other` leaves the shape as it is. */
function keep(kept: Tensor | undefined, other: Tensor | undefined): Tensor | undefined {
  if (kept === undefined || other === undefined) return undefined;
  return sameShape(broadcastShapes("simplify", kept.shape, other.shape), kept.shape) ? kept : undefined;
}
const is = (x: Tensor | undefined, value: number) => x !== undefined && constantNumber(x) === value;

/** Two numbers are worked out at once; one number takes part as a scalar, so that no array of equal values is ever read. */
function numbers(
  op: Binary,
  work: (x: number, y: number) => number,
  [x, y]: readonly (Tensor | undefined)[],
): Tensor | undefined {
  if (x === undefined || y === undefined) return undefined;
  const [a, b] = [constantNumber(x), constantNumber(y)];
  const shape = broadcastShapes("simplify", x.shape, y.shape);
  if (a !== undefined && b !== undefined) return fill(work(a, b), shape);
  if (a !== undefined && x.shape.length > 0 && sameShape(y.shape, shape)) return op(a, y);
  if (b !== undefined && y.shape.length > 0 && sameShape(x.shape, shape)) return op(x, b);
  return undefined;
}

/** x + y. */
export const add: Binary = defineOp("add", {
  inputs: ["x", "y"],
  shape: common("add"),
  onnx: "Add",
  simplify: ([x, y]) =>
    (is(y, 0) ? keep(x, y) : is(x, 0) ? keep(y, x) : undefined) ?? numbers(add, (a, b) => a + b, [x, y]),
  gradient: { x: ({ dOut }) => dOut, y: ({ dOut }) => dOut },
});

/** x - y. */
export const sub: Binary = defineOp("sub", {
  inputs: ["x", "y"],
  shape: common("sub"),
  onnx: "Sub",
  simplify: ([x, y]) => (is(y, 0) ? keep(x, y) : undefined) ?? numbers(sub, (a, b) => a - b, [x, y]),
  gradient: { x: ({ dOut }) => dOut, y: ({ dOut }) => neg(dOut) },
});

/** x y, element by element. */
export const mul: Binary = defineOp("mul", {
  inputs: ["x", "y"],
  shape: common("mul"),
  onnx: "Mul",
  simplify: ([x, y]) => {
    if (x && y && (is(x, 0) || is(y, 0))) return fill(0, broadcastShapes("mul", x.shape, y.shape));
    const same = is(y, 1) ? keep(x, y) : is(x, 1) ? keep(y, x) : undefined;
    return same ?? numbers(mul, (a, b) => a * b, [x, y]);
  },
  gradient: { x: ({ y, dOut }) => mul(dOut, y), y: ({ x, dOut }) => mul(dOut, x) },
});

/** x / y. */
export const div: Binary = defineOp("div", {
  inputs: ["x", "y"],
  shape: common("div"),
  onnx: "Div",
  simplify: ([x, y]) => (is(y, 1) ? keep(x, y) : undefined) ?? numbers(div, (a, b) => a / b, [x, y]),
  gradient: { x: ({ y, dOut }) => div(dOut, y), y: ({ y, out, dOut }) => neg(div(mul(dOut, out), y)) },
});

/** The larger of x and y; where they are equal the derivative belongs to x. */
export const maximum: Binary = defineOp("maximum", {
  inputs: ["x", "y"],
  shape: common("maximum"),
  onnx: "Max",
  gradient: {
    x: ({ x, y, dOut }) => mul(dOut, sub(1, positive(sub(y, x)))),
    y: ({ x, y, dOut }) => mul(dOut, positive(sub(y, x))),
  },
});

/** The smaller of x and y; where they are equal the derivative belongs to x. */
export const minimum: Binary = defineOp("minimum", {
  inputs: ["x", "y"],
  shape: common("minimum"),
  onnx: "Min",
  gradient: {
    x: ({ x, y, dOut }) => mul(dOut, sub(1, positive(sub(x, y)))),
    y: ({ x, y, dOut }) => mul(dOut, positive(sub(x, y))),
  },
});

/** -x. */
export const neg: Unary = defineOp("neg", {
  inputs: ["x"],
  shape: sameAsX,
  onnx: "Neg",
  simplify: ([x]) => {
    const value = x && constantNumber(x);
    return x === undefined || value === undefined ? undefined : fill(-value, x.shape);
  },
  gradient: { x: ({ dOut }) => neg(dOut) },
});

/** e^x. */
export const exp: Unary = defineOp("exp", {
  inputs: ["x"],
  shape: sameAsX,
  onnx: "Exp",
  gradient: { x: ({ out, dOut }) => mul(dOut, out) },
});

/** Natural logarithm, x > 0. */
export const log: Unary = defineOp("log", {
  inputs: ["x"],
  shape: sameAsX,
  onnx: "Log",
  gradient: { x: ({ x, dOut }) => div(dOut, x) },
});

/** Square root, x >= 0; the derivative at 0 is infinite. */
export const sqrt: Unary = defineOp("sqrt", {
  inputs: ["x"],
  shape: sameAsX,
  onnx: "Sqrt",
  gradient: { x: ({ out, dOut }) => div(mul(dOut, 0.5), out) },
});

/** x^exponent for a fixed number; x > 0 unless the exponent is a whole number. */
export function pow(x: Value, exponent: number): Tensor {
  return powOp(x, { exponent });
}
const powOp: (x: Value, a: { exponent: number }) => Tensor = defineOp<["x"], { exponent: number }>("pow", {
  inputs: ["x"],
  shape: sameAsX,
  onnx: (emitter, [x = ""], { exponent }) => emitter.node("Pow", [x, emitter.floats([exponent], [])]),
  simplify: ([x], { exponent }) => (exponent === 1 ? x : exponent === 0 && x ? fill(1, x.shape) : undefined),
  gradient: { x: ({ x, dOut }, { exponent }) => mul(dOut, mul(exponent, pow(x, exponent - 1))) },
});

/** x^2. */
export function square(x: Value): Tensor {
  return mul(x, x);
}

/** |x|; derivative 0 at 0. */
export const abs: Unary = defineOp("abs", {
  inputs: ["x"],
  shape: sameAsX,
  onnx: "Abs",
  gradient: { x: ({ x, dOut }) => mul(dOut, sign(x)) },
});

/** -1, 0 or 1; derivative 0. */
export const sign: Unary = defineOp("sign", { inputs: ["x"], shape: sameAsX, onnx: "Sign", gradient: {} });

/** Largest whole number not above x; derivative 0. */
export const floor: Unary = defineOp("floor", { inputs: ["x"], shape: sameAsX, onnx: "Floor", gradient: {} });

/** 1 where x > 0, else 0; derivative 0. HardSigmoid is twice as fast as a comparison with a cast. */
export const positive: Unary = defineOp("positive", {
  inputs: ["x"],
  shape: sameAsX,
  onnx: "HardSigmoid",
  onnxAttributes: () => ({ alpha: { float: 1e38 }, beta: { float: 0 } }),
  gradient: {},
});

/** x bounded to [low, high]; derivative 1 strictly inside, 0 outside. */
export function clip(x: Value, low: number, high: number): Tensor {
  return clipOp(x, { low, high });
}
const clipOp: (x: Value, a: { low: number; high: number }) => Tensor = defineOp<
  ["x"],
  { low: number; high: number }
>("clip", {
  inputs: ["x"],
  shape: sameAsX,
  onnx: (emitter, [x = ""], { low, high }) =>
    emitter.node("Clip", [x, emitter.floats([low], []), emitter.floats([high], [])]),
  gradient: {
    x: ({ x, dOut }, { low, high }) => mul(dOut, mul(positive(sub(x, low)), positive(sub(high, x)))),
  },
});

/** Hyperbolic tangent. */
export const tanh: Unary = defineOp("tanh", {
  inputs: ["x"],
  shape: sameAsX,
  onnx: "Tanh",
  gradient: { x: ({ out, dOut }) => mul(dOut, sub(1, square(out))) },
});

/** 1 / (1 + e^-x). */
export const sigmoid: Unary = defineOp("sigmoid", {
  inputs: ["x"],
  shape: sameAsX,
  onnx: "Sigmoid",
  gradient: { x: ({ out, dOut }) => mul(dOut, mul(out, sub(1, out))) },
});

/** log(1 + e^x), without overflow. */
export const softplus: Unary = defineOp("softplus", {
  inputs: ["x"],
  shape: sameAsX,
  onnx: "Softplus",
  gradient: { x: ({ x, dOut }) => mul(dOut, sigmoid(x)) },
});

/** max(0, x); derivative 0 at 0. */
export const relu: Unary = defineOp("relu", {
  inputs: ["x"],
  shape: sameAsX,
  onnx: "Relu",
  gradient: { x: ({ out, dOut }) => mul(dOut, positive(out)) },
});

/** x for x > 0, slope x elsewhere; 0 <= slope < 1. */
export function leakyRelu(x: Value, slope: number): Tensor {
  return leakyReluOp(x, { slope });
}
const leakyReluOp: (x: Value, a: { slope: number }) => Tensor = defineOp<["x"], { slope: number }>(
  "leakyRelu",
  {
    inputs: ["x"],
    shape: sameAsX,
    onnx: "LeakyRelu",
    onnxAttributes: ({ slope }) => ({ alpha: { float: slope } }),
    // The result has the sign of x, and using it lets the engine fuse the activation into what comes before.
    gradient: { x: ({ out, dOut }, { slope }) => mul(dOut, maximum(positive(out), slope)) },
  },
);

/** x for x > 0, alpha (e^x - 1) elsewhere. Clevert et al. 2016, arXiv:1511.07289. */
export function elu(x: Value, alpha = 1): Tensor {
  return eluOp(x, { alpha });
}
const eluOp: (x: Value, a: { alpha: number }) => Tensor = defineOp<["x"], { alpha: number }>("elu", {
  inputs: ["x"],
  shape: sameAsX,
  onnx: "Elu",
  onnxAttributes: ({ alpha }) => ({ alpha: { float: alpha } }),
  gradient: {
    x: ({ x, dOut }, { alpha }) =>
      mul(dOut, add(positive(x), mul(sub(1, positive(x)), mul(alpha, exp(minimum(x, 0)))))),
  },
});

/** 2/sqrt(pi) times the integral of e^(-t^2) from 0 to x. */
export const erf: Unary = defineOp("erf", {
  inputs: ["x"],
  shape: sameAsX,
  onnx: "Erf",
  gradient: { x: ({ x, dOut }) => mul(dOut, mul(2 / Math.sqrt(Math.PI), exp(neg(square(x))))) },
});

/** Sine, x in radians. */
export const sin: Unary = defineOp("sin", {
  inputs: ["x"],
  shape: sameAsX,
  onnx: "Sin",
  gradient: { x: ({ x, dOut }) => mul(dOut, cos(x)) },
});

/** Cosine, x in radians. */
export const cos: Unary = defineOp("cos", {
  inputs: ["x"],
  shape: sameAsX,
  onnx: "Cos",
  gradient: { x: ({ x, dOut }) => neg(mul(dOut, sin(x))) },
});

/** x, as a constant: no derivative passes. */
export const stopGradient: Unary = defineOp("stopGradient", {
  inputs: ["x"],
  shape: sameAsX,
  onnx: "Identity",
  simplify: ([x]) => x,
  gradient: {},
});

/** x forwards; the derivative is multiplied by -strength. Ganin et al. 2016, arXiv:1505.07818, eq. 14-15. */
export const gradientReversal: (x: Value, strength: Value) => Tensor = defineOp("gradientReversal", {
  inputs: ["x", "strength"],
  shape: sameAsX,
  onnx: (emitter, [x = ""]) => emitter.node("Identity", [x]),
  simplify: ([x]) => x,
  gradient: { x: ({ strength, dOut }) => neg(mul(dOut, strength)) },
});
