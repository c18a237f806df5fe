// Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"), four blocks at a time.
// Word i of a draw is word i % 4 of the block with counter (floor(i / 4), step, stream, repetition).

/** Words that four blocks give, and room for them where fewer than 16 are wanted. */
const GROUP: usize = 16;
const scratch: usize = memory.data(64, 16);

/** Puts words i ... i+15 where they are to become numbers: into `out`, or into scratch where out ends before. */
function begin(
  out: usize,
  n: usize,
  i: usize,
  key0: u32,
  key1: u32,
  step: u32,
  stream: u32,
  repetition: u32,
): usize {
  let c0 = i32x4.add(i32x4.splat(i32(i >> 2)), i32x4(0, 1, 2, 3));
  let c1 = i32x4.splat(step);
  let c2 = i32x4.splat(stream);
  let c3 = i32x4.splat(repetition);
  let k0 = i32x4.splat(key0);
  let k1 = i32x4.splat(key1);
  const m0 = i32x4.splat(0xd2511f53);
  const m1 = i32x4.splat(0xcd9e8d57);
  for (let round = 0; round < 10; round++) {
    const a0 = i64x2.extmul_low_i32x4_u(c0, m0);
    const a1 = i64x2.extmul_high_i32x4_u(c0, m0);
    const b0 = i64x2.extmul_low_i32x4_u(c2, m1);
    const b1 = i64x2.extmul_high_i32x4_u(c2, m1);
    c0 = v128.xor(v128.xor(odd(b0, b1), c1), k0);
    c1 = even(b0, b1);
    c2 = v128.xor(v128.xor(odd(a0, a1), c3), k1);
    c3 = even(a0, a1);
    k0 = i32x4.add(k0, i32x4.splat(0x9e3779b9));
    k1 = i32x4.add(k1, i32x4.splat(0xbb67ae85));
  }
  // lane j holds block j: transpose, so that the words of a block lie side by side
  const at = n - i < GROUP ? scratch : out + (i << 2);
  const low01 = v128.shuffle<i32>(c0, c1, 0, 4, 1, 5);
  const low23 = v128.shuffle<i32>(c2, c3, 0, 4, 1, 5);
  const high01 = v128.shuffle<i32>(c0, c1, 2, 6, 3, 7);
  const high23 = v128.shuffle<i32>(c2, c3, 2, 6, 3, 7);
  v128.store(at, v128.shuffle<i64>(low01, low23, 0, 2));
  v128.store(at, v128.shuffle<i64>(low01, low23, 1, 3), 16);
  v128.store(at, v128.shuffle<i64>(high01, high23, 0, 2), 32);
  v128.store(at, v128.shuffle<i64>(high01, high23, 1, 3), 48);
  return at;
}

/** Brings what was made in scratch to the end of `out`. */
function finish(at: usize, out: usize, n: usize, i: usize): void {
  if (at == scratch) memory.copy(out + (i << 2), scratch, (n - i) << 2);
}

function even(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(a, b, 0, 2, 4, 6);
}

function odd(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(a, b, 1, 3, 5, 7);
}

/** The high 24 bits of each word plus `more`, over 2^24: in [0, 1) for 0, in (0, 1] for 1; every value is exact. */
function unit(words: v128, more: i32): v128 {
  const whole = i32x4.add(i32x4.shr_u(words, 8), i32x4.splat(more));
  return f32x4.mul(f32x4.convert_i32x4_s(whole), f32x4.splat(f32(1.0 / 16777216.0)));
}

export function uniform(
  out: usize,
  n: usize,
  key0: u32,
  key1: u32,
  step: u32,
  stream: u32,
  repetition: u32,
  low: f32,
  high: f32,
): void {
  const base = f32x4.splat(low);
  const width = f32x4.splat(high - low);
  const limit = f32x4.splat(max(low, before(high))); // low + width * u can round up to high
  for (let i: usize = 0; i < n; i += GROUP) {
    const at = begin(out, n, i, key0, key1, step, stream, repetition);
    for (let j = at; j < at + 64; j += 16) {
      v128.store(j, f32x4.min(limit, f32x4.add(base, f32x4.mul(width, unit(v128.load(j), 0)))));
    }
    finish(at, out, n, i);
  }
}

/** The largest float below x. */
function before(x: f32): f32 {
  const bits = reinterpret<i32>(x);
  return x == 0 ? -f32.MIN_VALUE : reinterpret<f32>(x > 0 ? bits - 1 : bits + 1);
}

export function bernoulli(
  out: usize,
  n: usize,
  key0: u32,
  key1: u32,
  step: u32,
  stream: u32,
  repetition: u32,
  probability: f32,
): void {
  const chance = f32x4.splat(probability);
  for (let i: usize = 0; i < n; i += GROUP) {
    const at = begin(out, n, i, key0, key1, step, stream, repetition);
    for (let j = at; j < at + 64; j += 16) {
      v128.store(j, v128.and(f32x4.lt(unit(v128.load(j), 0), chance), f32x4.splat(1)));
    }
    finish(at, out, n, i);
  }
}

/** Box & Muller 1958: words 2i and 2i+1 are the radius and the angle of normal numbers 2i and 2i+1. */
export function normal(
  out: usize,
  n: usize,
  key0: u32,
  key1: u32,
  step: u32,
  stream: u32,
  repetition: u32,
  mean: f32,
  deviation: f32,
): void {
  const centre = f32x4.splat(mean);
  const scale = f32x4.splat(deviation);
  for (let i: usize = 0; i < n; i += GROUP) {
    const at = begin(out, n, i, key0, key1, step, stream, repetition);
    for (let j = at; j < at + 64; j += 32) {
      const first = v128.load(j);
      const second = v128.load(j, 16);
      const radius = f32x4.sqrt(f32x4.mul(f32x4.splat(-2), log(unit(even(first, second), 1))));
      const turn = unit(odd(first, second), 0);
      const size = f32x4.mul(scale, radius);
      const x = f32x4.add(centre, f32x4.mul(size, cosine(turn)));
      const y = f32x4.add(centre, f32x4.mul(size, sine(turn)));
      v128.store(j, v128.shuffle<i32>(x, y, 0, 4, 1, 5));
      v128.store(j, v128.shuffle<i32>(x, y, 2, 6, 3, 7), 16);
    }
    finish(at, out, n, i);
  }
}

/** c + x * rest: one step of Horner's rule. */
function horner(c: f32, x: v128, rest: v128): v128 {
  return f32x4.add(f32x4.splat(c), f32x4.mul(x, rest));
}

/** Natural logarithm of positive normal floats (coefficients: Cephes logf), the same bits on every machine. */
function log(x: v128): v128 {
  const half = i32x4.splat(0x3f3504f3); // sqrt(1/2): the mantissa lies in [sqrt(1/2), sqrt(2))
  const shifted = i32x4.sub(x, half);
  const exponent = f32x4.convert_i32x4_s(i32x4.shr_s(shifted, 23));
  const mantissa = i32x4.add(v128.and(shifted, i32x4.splat(0x007fffff)), half);
  const t = f32x4.sub(mantissa, f32x4.splat(1));
  const square = f32x4.mul(t, t);
  let series = horner(-1.151461031e-1, t, f32x4.splat(7.0376836292e-2));
  series = horner(1.167699874e-1, t, series);
  series = horner(-1.2420140846e-1, t, series);
  series = horner(1.4249322787e-1, t, series);
  series = horner(-1.6668057665e-1, t, series);
  series = horner(2.0000714765e-1, t, series);
  series = horner(-2.4999993993e-1, t, series);
  series = horner(3.3333331174e-1, t, series);
  // log 2 in two parts, small ones first
  const small = f32x4.add(
    f32x4.mul(f32x4.mul(square, t), series),
    f32x4.sub(f32x4.mul(exponent, f32x4.splat(-2.1219444e-4)), f32x4.mul(square, f32x4.splat(0.5))),
  );
  return f32x4.add(f32x4.add(t, small), f32x4.mul(exponent, f32x4.splat(0.693359375)));
}

/** cos(2 pi t) for t in [0, 1]. */
function cosine(t: v128): v128 {
  return wave(t, 1);
}

/** sin(2 pi t) for t in [0, 1]. */
function sine(t: v128): v128 {
  return wave(t, 0);
}

/** sin(2 pi t + shift * pi / 2): the nearest quarter turn is taken off exactly, Cephes sinf and cosf do the rest. */
function wave(t: v128, shift: i32): v128 {
  const quarters = f32x4.mul(t, f32x4.splat(4));
  const nearest = f32x4.nearest(quarters);
  const x = f32x4.mul(f32x4.sub(quarters, nearest), f32x4.splat(1.5707963267948966));
  const square = f32x4.mul(x, x);
  let s = horner(8.3321608736e-3, square, f32x4.splat(-1.9515295891e-4));
  s = horner(-1.6666654611e-1, square, s);
  s = f32x4.add(x, f32x4.mul(f32x4.mul(square, x), s));
  let c = horner(-1.388731625493765e-3, square, f32x4.splat(2.443315711809948e-5));
  c = horner(4.166664568298827e-2, square, c);
  c = horner(1, square, horner(-0.5, square, c));
  const quadrant = i32x4.add(i32x4.trunc_sat_f32x4_s(nearest), i32x4.splat(shift));
  const one = i32x4.splat(1);
  const swapped = i32x4.eq(v128.and(quadrant, one), one);
  const sign = i32x4.shl(i32x4.shr_s(quadrant, 1), 31);
  return v128.xor(v128.bitselect(c, s, swapped), sign);
}

/** floor(word / 2^32 * below): Lemire's multiplication, uneven by at most below / 2^32. */
function under(word: u32, below: u64): u64 {
  return (u64(word) * below) >> 32;
}

/** n words as u32 in the first half of `out`. */
function words(out: usize, n: usize, key0: u32, key1: u32, step: u32, stream: u32, repetition: u32): void {
  for (let i: usize = 0; i < n; i += GROUP) {
    finish(begin(out, n, i, key0, key1, step, stream, repetition), out, n, i);
  }
}

export function categorical(
  out: usize,
  n: usize,
  key0: u32,
  key1: u32,
  step: u32,
  stream: u32,
  repetition: u32,
  k: u32,
): void {
  words(out, n, key0, key1, step, stream, repetition);
  // 4-byte words become 8-byte indices in place, from the end, so that none is overwritten before it is read
  for (let i = n; i-- > 0;) store<u64>(out + (i << 3), under(load<u32>(out + (i << 2)), k));
}

export function balanced(
  out: usize,
  n: usize,
  key0: u32,
  key1: u32,
  step: u32,
  stream: u32,
  repetition: u32,
  k: u32,
): void {
  words(out, n, key0, key1, step, stream, repetition);
  for (let i = n; i-- > 0;) store<u64>(out + (i << 3), load<u32>(out + (i << 2)));
  // Inside-out Fisher-Yates: place i holds its word until its turn; place 0 needs none, so word 0 is the offset.
  const offset = under(load<u32>(out), k);
  for (let i: usize = 0; i < n; i++) {
    const here = out + (i << 3);
    const there = out + (usize(under(load<u32>(here), i + 1)) << 3);
    store<u64>(here, load<u64>(there));
    store<u64>(there, (offset + i) % k);
  }
}
