import { checkWhole } from "../check-whole.js";

type Words = [number, number, number, number];

/**
 * Philox4x32-10: four random u32 for a counter and a key (Salmon et al. 2011, "Parallel random numbers: as easy as
 * 1, 2, 3", section 3.3). The kernels compute the same function, four counters at a time.
 */
export function philox(counter: Readonly<Words>, key: readonly [number, number]): Words {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(0xd2511f53, c0);
    const high1 = multiplyHigh(0xcd9e8d57, c2);
    const low0 = Math.imul(0xd2511f53, c0);
    const low1 = Math.imul(0xcd9e8d57, c2);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + 0x9e3779b9) | 0;
    k1 = (k1 + 0xbb67ae85) | 0;
  }
  return [c0 >>> 0, c1 >>> 0, c2 >>> 0, c3 >>> 0];
}

/** The upper 32 bits of the product of two u32, by halves because 64 bits do not fit a number. */
function multiplyHigh(a: number, b: number): number {
  const [aHigh, aLow, bHigh, bLow] = [a >>> 16, a & 0xffff, b >>> 16, b & 0xffff];
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000)) | 0;
}

/** The u32 that keeps the draws of one name apart from all others: FNV-1a of its UTF-8, mixed as in MurmurHash3. */
export function streamOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Seed as a Philox key, low word first. Throws OptionError unless 0 <= seed <= 2^53 - 1 is a whole number. */
export function keyOf(seed: number): [number, number] {
  checkWhole("seed", seed, 0, { high: Number.MAX_SAFE_INTEGER });
  return [seed >>> 0, Math.floor(seed / 2 ** 32)];
}

/** Random numbers for host code, one after the other. */
export interface HostRandom {
  /** U[0, 1) with 53 bits. */
  readonly uniform: () => number;
  /** Uniform on 0 ... below - 1; below >= 1. */
  readonly integer: (below: number) => number;
  /** N(0, 1), Box & Muller 1958. Last bits are those of the host's Math.log and Math.cos. */
  readonly normal: () => number;
  /** 0 ... n - 1 in random order, n <= 2^32. */
  readonly permutation: (n: number) => Uint32Array;
}

/** The repetition of all host draws; graphs count theirs from 0 and never arrive here. */
const host = 0xffffffff;

/** A sequence that depends on seed and name alone: name what it is for, with its epoch ("order of epoch 3"). */
export function hostRandom(seed: number, name: string): HostRandom {
  const key = keyOf(seed);
  const stream = streamOf(name);
  let words: readonly number[] = [];
  let drawn = 0;

  function word(): number {
    const place = drawn % 4;
    if (place === 0) words = philox([Math.floor(drawn / 4), 0, stream, host], key);
    drawn++;
    return words[place]!;
  }
  const uniform = () => ((word() >>> 5) * 2 ** 26 + (word() >>> 6)) / 2 ** 53;
  const integer = (below: number) => Math.floor(uniform() * below);
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());

  function permutation(n: number): Uint32Array {
    const order = new Uint32Array(n);
    for (let i = 0; i < n; i++) {
      const j = integer(i + 1); // inside-out Fisher-Yates
      order[i] = order[j]!;
      order[j] = i;
    }
    return order;
  }
  return { uniform, integer, normal, permutation };
}
