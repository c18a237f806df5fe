import { load, splat, store, whole } from "./lanes";

/** g + decay * p: L2 regularisation joins the gradient before the moments see it. */
function regularised<W>(p: v128, g: usize, decay: v128): v128 {
  return f32x4.add(load<W>(g), f32x4.mul(decay, p));
}

/** a * x + b * y */
function blend(a: v128, x: v128, b: v128, y: v128): v128 {
  return f32x4.add(f32x4.mul(a, x), f32x4.mul(b, y));
}

export function adam(
  p: usize,
  g: usize,
  m: usize,
  v: usize,
  n: usize,
  learningRate: f64,
  beta1: f64,
  beta2: f64,
  epsilon: f64,
  step: u32,
  decay: f64,
): void {
  // lr * (m / c1) / (sqrt(v / c2) + eps) with both corrections moved out of the loop
  const rate = splat(learningRate / (1 - power(beta1, step)));
  const root = splat(1 / Math.sqrt(1 - power(beta2, step)));
  const b1 = splat(beta1);
  const b2 = splat(beta2);
  const r1 = splat(1 - beta1);
  const r2 = splat(1 - beta2);
  const eps = splat(epsilon);
  const l2 = splat(decay);
  const body = whole(n);
  const end = n << 2;
  let at: usize = 0;
  for (; at < body; at += 16)
    adamAt<v128>(p + at, g + at, m + at, v + at, rate, root, b1, b2, r1, r2, eps, l2);
  for (; at < end; at += 4) adamAt<f32>(p + at, g + at, m + at, v + at, rate, root, b1, b2, r1, r2, eps, l2);
}

/** base^exponent by squaring: a few roundings of f64, and none of the tables that the library's pow carries. */
function power(base: f64, exponent: u32): f64 {
  let result: f64 = 1;
  for (; exponent; exponent >>= 1) {
    if (exponent & 1) result *= base;
    base *= base;
  }
  return result;
}

function adamAt<W>(
  p: usize,
  g: usize,
  m: usize,
  v: usize,
  rate: v128,
  root: v128,
  b1: v128,
  b2: v128,
  r1: v128,
  r2: v128,
  eps: v128,
  l2: v128,
): void {
  const value = load<W>(p);
  const slope = regularised<W>(value, g, l2);
  const first = blend(b1, load<W>(m), r1, slope);
  const second = blend(b2, load<W>(v), r2, f32x4.mul(slope, slope));
  const spread = f32x4.add(f32x4.mul(f32x4.sqrt(second), root), eps);
  store<W>(m, first);
  store<W>(v, second);
  store<W>(p, f32x4.sub(value, f32x4.div(f32x4.mul(rate, first), spread)));
}

export function rmsprop(
  p: usize,
  g: usize,
  s: usize,
  n: usize,
  learningRate: f64,
  alpha: f64,
  epsilon: f64,
  decay: f64,
): void {
  const rate = splat(learningRate);
  const a = splat(alpha);
  const r = splat(1 - alpha);
  const eps = splat(epsilon);
  const l2 = splat(decay);
  const body = whole(n);
  const end = n << 2;
  let at: usize = 0;
  for (; at < body; at += 16) rmspropAt<v128>(p + at, g + at, s + at, rate, a, r, eps, l2);
  for (; at < end; at += 4) rmspropAt<f32>(p + at, g + at, s + at, rate, a, r, eps, l2);
}

function rmspropAt<W>(p: usize, g: usize, s: usize, rate: v128, a: v128, r: v128, eps: v128, l2: v128): void {
  const value = load<W>(p);
  const slope = regularised<W>(value, g, l2);
  const square = blend(a, load<W>(s), r, f32x4.mul(slope, slope));
  store<W>(s, square);
  store<W>(p, f32x4.sub(value, f32x4.div(f32x4.mul(rate, slope), f32x4.add(f32x4.sqrt(square), eps))));
}

export function sgd(
  p: usize,
  g: usize,
  b: usize,
  n: usize,
  learningRate: f64,
  momentum: f64,
  decay: f64,
): void {
  const rate = splat(learningRate);
  const mu = splat(momentum);
  const l2 = splat(decay);
  const body = whole(n);
  const end = n << 2;
  let at: usize = 0;
  for (; at < body; at += 16) sgdAt<v128>(p + at, g + at, b + at, rate, mu, l2);
  for (; at < end; at += 4) sgdAt<f32>(p + at, g + at, b + at, rate, mu, l2);
}

function sgdAt<W>(p: usize, g: usize, b: usize, rate: v128, mu: v128, l2: v128): void {
  const value = load<W>(p);
  const velocity = f32x4.add(f32x4.mul(mu, load<W>(b)), regularised<W>(value, g, l2));
  store<W>(b, velocity);
  store<W>(p, f32x4.sub(value, f32x4.mul(rate, velocity)));
}
