export type { Value } from "./define.js";
export {
  type Initializer,
  type Variable,
  constant,
  fill,
  isConstant,
  placeholder,
  variable,
} from "./leaves.js";
export {
  type Binary,
  type Unary,
  abs,
  add,
  clip,
  cos,
  div,
  elu,
  erf,
  exp,
  floor,
  gradientReversal,
  leakyRelu,
  log,
  maximum,
  minimum,
  mul,
  neg,
  positive,
  pow,
  relu,
  sigmoid,
  sign,
  sin,
  softplus,
  sqrt,
  square,
  stopGradient,
  sub,
  tanh,
} from "./elementwise.js";
export { cast, equal, greater, greaterEqual, less, not, oneHot, where } from "./compare.js";
export {
  type ReduceOptions,
  argmax,
  broadcastTo,
  logSoftmax,
  logSumExp,
  max,
  mean,
  min,
  softmax,
  sum,
  sumTo,
  variance,
} from "./reduce.js";
export {
  type Padding,
  type Range,
  concat,
  gather,
  pad,
  reshape,
  scatterAdd,
  slice,
  stack,
  transpose,
} from "./shape.js";
export { matmul } from "./linalg.js";
export { type WindowOptions, conv, convInput, convTranspose, convWeight } from "./conv.js";
export { averagePool, maxPool } from "./pool.js";
export { batchNormalize } from "./normalize.js";
export { affineSample, affineSpread } from "./sample.js";
export { type ResizeMode, flatten, gelu, resize, standardize } from "./functions.js";
