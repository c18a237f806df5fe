import { load, splat, store, whole } from "./lanes";

export function average(shadow: usize, p: usize, n: usize, decay: f64): void {
  const keep = splat(decay);
  const take = splat(1 - decay);
  const body = whole(n);
  const end = n << 2;
  let at: usize = 0;
  for (; at < body; at += 16) averageAt<v128>(shadow + at, p + at, keep, take);
  for (; at < end; at += 4) averageAt<f32>(shadow + at, p + at, keep, take);
}

function averageAt<W>(shadow: usize, p: usize, keep: v128, take: v128): void {
  store<W>(shadow, f32x4.add(f32x4.mul(keep, load<W>(shadow)), f32x4.mul(take, load<W>(p))));
}

export function clip(p: usize, n: usize, low: f64, high: f64): void {
  const floor = splat(low);
  const ceiling = splat(high);
  const end = p + (n << 2);
  const body = p + whole(n);
  for (; p < body; p += 16) clipAt<v128>(p, floor, ceiling);
  for (; p < end; p += 4) clipAt<f32>(p, floor, ceiling);
}

function clipAt<W>(p: usize, floor: v128, ceiling: v128): void {
  // min and max of WebAssembly keep NaN, so that divergence stays visible
  store<W>(p, f32x4.min(f32x4.max(load<W>(p), floor), ceiling));
}

export function fill(p: usize, n: usize, value: f64): void {
  const same = splat(value);
  const end = p + (n << 2);
  const body = p + whole(n);
  for (; p < body; p += 16) store<v128>(p, same);
  for (; p < end; p += 4) store<f32>(p, same);
}

export function isFinite(p: usize, n: usize): i32 {
  const end = p + (n << 2);
  const body = p + whole(n);
  let bad = i32x4.splat(0);
  for (; p < body; p += 16) bad = v128.or(bad, endless(load<v128>(p)));
  for (; p < end; p += 4) bad = v128.or(bad, endless(load<f32>(p)));
  return i32(!v128.any_true(bad));
}

/** All ones where the exponent is all ones: infinity and NaN. */
function endless(x: v128): v128 {
  const exponent = i32x4.splat(0x7f800000);
  return i32x4.eq(v128.and(x, exponent), exponent);
}
