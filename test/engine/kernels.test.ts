import { readFileSync } from "node:fs";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { type Draw, instantiateKernels } from "../../src/engine/kernels/kernels.js";
import { hostRandom, keyOf, philox, streamOf } from "../../src/engine/random.js";
import { formulas } from "./cases/rules.js";

const memory = new WebAssembly.Memory({ initial: 64 });
const kernels = instantiateKernels(memory);
const whole = new Float32Array(memory.buffer);
const guard = 12345.5;
let top = kernels.reserved;

/** Begins to place from the start again. */
function clear(): void {
  top = kernels.reserved;
}
beforeEach(clear);

/** Copies values into the memory between two guards; `shift` floats break the alignment. */
function place(values: ArrayLike<number>, shift = 0): { at: number; values: Float32Array } {
  const at = top + 4 + 4 * shift;
  top = at + 4 * values.length + 4;
  whole[at / 4 - 1] = whole[at / 4 + values.length] = guard;
  whole.set(values, at / 4);
  return { at, values: new Float32Array(memory.buffer, at, values.length) };
}

/** The floats around `block` are still what they were. */
function expectUntouchedAround({ at, values }: { at: number; values: Float32Array }): void {
  expect([whole[at / 4 - 1], whole[at / 4 + values.length]]).toEqual([guard, guard]);
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(actual[i]! - expected[i]!) / (1 + Math.abs(expected[i]!));
    expect(error, `position ${i}: ${actual[i]} for ${expected[i]}`).toBeLessThan(tolerance);
  }
}

const lengths = fc.nat(70);
const shifts = fc.nat(3);
const seeds = fc.maxSafeNat();

/** n float32 normals. */
function sample(n: number, seed: number, name: string): Float32Array {
  return Float32Array.from({ length: n }, hostRandom(seed, name).normal);
}

describe("the memory", () => {
  it("keeps pointer 0 and the kernels' scratch out of the arena, on whole cache lines", () => {
    expect(kernels.reserved).toBeGreaterThanOrEqual(16);
    expect(kernels.reserved).toBeLessThan(65536);
    expect(kernels.reserved % 16).toBe(0);
  });

  it("is the arena's from `reserved` on: neither instantiation nor scratch writes there", () => {
    whole.fill(guard);
    instantiateKernels(memory).normal(top, 3, ...fixed, 0, 1);
    expect(whole.subarray(top / 4 + 3).every((x) => x === guard)).toBe(true);
  });
});

const rate = fc.double({ min: 1e-4, max: 0.1, noNaN: true });
const share = fc.double({ min: 0, max: 0.999, noNaN: true });
const epsilon = fc.constantFrom(1e-8, 1e-3);
const decay = fc.constantFrom(0, 0.1);

/** Runs a kernel for four steps beside its formula and compares parameters and state. */
function follow(
  n: number,
  shift: number,
  seed: number,
  states: number,
  kernel: (p: number, g: number, state: number[], step: number) => void,
  formula: (p: number, g: number, state: number[], step: number) => number[],
  firstStep = 1,
): void {
  clear();
  const p = place(sample(n, seed, "p"), shift);
  const g = place(new Float32Array(n), 1);
  const state = Array.from({ length: states }, () => place(new Float32Array(n), 1));
  const expected = Array.from(p.values, (x) => [x, ...state.map(() => 0)]);
  for (let step = firstStep; step < firstStep + 4; step++) {
    g.values.set(sample(n, seed, `g ${step}`));
    kernel(
      p.at,
      g.at,
      state.map((s) => s.at),
      step,
    );
    expected.forEach(([x = 0, ...s], i) => (expected[i] = formula(x, g.values[i]!, s, step)));
  }
  [p, ...state].forEach((block, k) => {
    expectClose(
      block.values,
      expected.map((all) => all[k]!),
      1e-5,
    );
    expectUntouchedAround(block);
  });
}

describe("rules follow their formula in float64", () => {
  it("adam, also late in training", () => {
    const options = fc.record({ learningRate: rate, beta1: share, beta2: share, epsilon, decay });
    fc.assert(
      fc.property(
        lengths,
        shifts,
        seeds,
        options,
        fc.integer({ min: 1, max: 5000 }),
        (n, shift, seed, o, first) =>
          follow(
            n,
            shift,
            seed,
            2,
            (p, g, [m, v], step) =>
              kernels.adam(p, g, m!, v!, n, o.learningRate, o.beta1, o.beta2, o.epsilon, step, o.decay),
            (p, g, state, step) => formulas.adam(p, g, state, o, step),
            first,
          ),
      ),
    );
  });

  it("rmsprop", () => {
    const options = fc.record({ learningRate: rate, alpha: share, epsilon, decay });
    fc.assert(
      fc.property(lengths, shifts, seeds, options, (n, shift, seed, o) =>
        follow(
          n,
          shift,
          seed,
          1,
          (p, g, [s]) => kernels.rmsprop(p, g, s!, n, o.learningRate, o.alpha, o.epsilon, o.decay),
          (p, g, state) => formulas.rmsprop(p, g, state, o),
        ),
      ),
    );
  });

  it("sgd", () => {
    const options = fc.record({ learningRate: rate, momentum: share, decay });
    fc.assert(
      fc.property(lengths, shifts, seeds, options, (n, shift, seed, o) =>
        follow(
          n,
          shift,
          seed,
          1,
          (p, g, [b]) => kernels.sgd(p, g, b!, n, o.learningRate, o.momentum, o.decay),
          (p, g, state) => formulas.sgd(p, g, state, o),
        ),
      ),
    );
  });
});

interface Reference {
  start: number[];
  gradients: number[][];
  cases: (Record<"lr" | "eps" | "weight_decay" | "alpha" | "momentum", number> & {
    rule: "adam" | "rmsprop" | "sgd";
    betas: [number, number];
    after: number[][];
  })[];
}

const reference = JSON.parse(
  readFileSync(new URL("../references/rules.json", import.meta.url), "utf8"),
) as Reference;

describe("rules do what PyTorch does", () => {
  it.each(reference.cases)("$rule, rate $lr, decay $weight_decay", (o) => {
    const p = place(reference.start);
    const g = place(reference.start);
    const [a, b] = [place(p.values.map(() => 0)), place(p.values.map(() => 0))];
    const n = p.values.length;
    reference.gradients.forEach((gradient, i) => {
      g.values.set(gradient);
      switch (o.rule) {
        case "adam":
          kernels.adam(p.at, g.at, a.at, b.at, n, o.lr, ...o.betas, o.eps, i + 1, o.weight_decay);
          break;
        case "rmsprop":
          kernels.rmsprop(p.at, g.at, a.at, n, o.lr, o.alpha, o.eps, o.weight_decay);
          break;
        case "sgd":
          kernels.sgd(p.at, g.at, a.at, n, o.lr, o.momentum, o.weight_decay);
      }
      expectClose(p.values, o.after[i]!, 1e-6);
    });
  });
});

describe("elementwise", () => {
  it("average", () => {
    fc.assert(
      fc.property(lengths, shifts, seeds, share, (n, shift, seed, keep) => {
        clear();
        const start = sample(n, seed, "shadow");
        const shadow = place(start, shift);
        const p = place(sample(n, seed, "p"));
        kernels.average(shadow.at, p.at, n, keep);
        expectClose(
          shadow.values,
          start.map((x, i) => keep * x + (1 - keep) * p.values[i]!),
          1e-6,
        );
        expectUntouchedAround(shadow);
      }),
    );
  });

  it("clip, which keeps NaN", () => {
    fc.assert(
      fc.property(fc.array(fc.float(), { maxLength: 70 }), shifts, (values, shift) => {
        clear();
        const p = place(values, shift);
        kernels.clip(p.at, values.length, -0.5, 2);
        expect([...p.values]).toEqual(values.map((x) => Math.min(Math.max(x, -0.5), 2)));
        expectUntouchedAround(p);
      }),
    );
  });

  it("fill", () => {
    fc.assert(
      fc.property(lengths, shifts, fc.float(), (n, shift, value) => {
        clear();
        const p = place(new Float32Array(n), shift);
        kernels.fill(p.at, n, value);
        expect([...p.values]).toEqual(Array(n).fill(value));
        expectUntouchedAround(p);
      }),
    );
  });

  it("isFinite finds one bad value anywhere, and none where there is none", () => {
    const largest = 3.4028234663852886e38;
    fc.assert(
      fc.property(
        lengths,
        shifts,
        fc.nat(),
        fc.constantFrom(NaN, Infinity, -Infinity),
        (n, shift, where, bad) => {
          clear();
          const p = place(new Float32Array(n).fill(-largest), shift);
          whole.fill(bad, p.at / 4 - 1, p.at / 4).fill(bad, p.at / 4 + n, p.at / 4 + n + 1);
          expect(kernels.isFinite(p.at, n)).toBe(1);
          if (n === 0) return;
          p.values[where % n] = bad;
          expect(kernels.isFinite(p.at, n)).toBe(0);
        },
      ),
    );
  });
});

/** Word i of a draw, by the TypeScript reference. */
function word(i: number, [key0, key1, step, stream, repetition]: Draw): number {
  return philox([Math.floor(i / 4), step, stream, repetition], [key0, key1])[i % 4]!;
}

const u32 = fc.nat(0xffffffff);
const draws: fc.Arbitrary<Draw> = fc.tuple(u32, u32, u32, u32, u32);
const fixed: Draw = [...keyOf(2026), 17, streamOf("z"), 3];
const bounds = fc.integer({ min: -999, max: 999 }).map((tenths) => Math.fround(tenths / 10));

type FloatDraw = (out: number, n: number, draw: Draw) => void;
const floatDraws: Record<string, FloatDraw> = {
  uniform: (out, n, draw) => kernels.uniform(out, n, ...draw, -1, 1),
  normal: (out, n, draw) => kernels.normal(out, n, ...draw, 0, 1),
  bernoulli: (out, n, draw) => kernels.bernoulli(out, n, ...draw, 0.3),
};

function floats(n: number, draw: FloatDraw, where = fixed): Float32Array {
  clear();
  const block = place(new Float32Array(n));
  draw(block.at, n, where);
  expectUntouchedAround(block);
  return block.values.slice();
}

function classes(kind: "categorical" | "balanced", n: number, k: number, where = fixed): number[] {
  const at = kernels.reserved + 8;
  const values = new BigInt64Array(memory.buffer, at - 8, n + 2).fill(-7n);
  kernels[kind](at, n, ...where, k);
  expect([values[0], values[n + 1]]).toEqual([-7n, -7n]);
  return Array.from(values.subarray(1, n + 1), Number);
}

describe("draws follow the reference", () => {
  it("uniform: low + (high - low) * (word >> 8) / 2^24 in float32, always below high", () => {
    fc.assert(
      fc.property(lengths, draws, bounds, bounds, (n, draw, a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        fc.pre(low < high);
        const values = floats(n, (out, n, draw) => kernels.uniform(out, n, ...draw, low, high), draw);
        const width = Math.fround(high - low);
        values.forEach((value, i) => {
          const expected = Math.fround(low + Math.fround(width * ((word(i, draw) >>> 8) / 2 ** 24)));
          if (expected < high) expect(value).toBe(expected);
          expect(value).toBeGreaterThanOrEqual(low);
          expect(value).toBeLessThan(high);
        });
      }),
    );
  });

  it("uniform stays below a bound that float32 would round up to", () => {
    // between 2^24 and 2^24 + 2 there is nothing, so half of all sums round to high
    const values = floats(64, (out, n, draw) => kernels.uniform(out, n, ...draw, 2 ** 24, 2 ** 24 + 2));
    expect(new Set(values)).toEqual(new Set([2 ** 24]));
    expect(floats(4, (out, n, draw) => kernels.uniform(out, n, ...draw, -1e-45, 0))).toEqual(
      new Float32Array(4).fill(-1e-45),
    );
  });

  it("normal: Box-Muller in float64, to the rounding of float32", () => {
    fc.assert(
      fc.property(lengths, draws, (n, draw) => {
        const values = floats(n, (out, n, draw) => kernels.normal(out, n, ...draw, 2, 0.5), draw);
        const expected = Array.from(values, (_, i) => {
          const pair = i - (i % 2);
          const radius = Math.sqrt(-2 * Math.log(((word(pair, draw) >>> 8) + 1) / 2 ** 24));
          const angle = (2 * Math.PI * (word(pair + 1, draw) >>> 8)) / 2 ** 24;
          return 2 + 0.5 * radius * (i % 2 === 0 ? Math.cos(angle) : Math.sin(angle));
        });
        expectClose(values, expected, 5e-7);
      }),
    );
  });

  it("bernoulli: 1 where u < probability", () => {
    fc.assert(
      fc.property(lengths, draws, (n, draw) => {
        const expected = Array.from({ length: n }, (_, i) => ((word(i, draw) >>> 8) / 2 ** 24 < 0.3 ? 1 : 0));
        expect([...floats(n, floatDraws["bernoulli"]!, draw)]).toEqual(expected);
      }),
    );
  });

  it("bernoulli: 0 where u is the probability itself", () => {
    const u = (word(0, fixed) >>> 8) / 2 ** 24;
    const first = (p: number) => floats(1, (out, n, draw) => kernels.bernoulli(out, n, ...draw, p))[0];
    expect([first(u), first(u + 2 ** -24)]).toEqual([0, 1]);
  });

  it("bernoulli: never for 0, always for 1", () => {
    const of = (p: number) => floats(999, (out, n, draw) => kernels.bernoulli(out, n, ...draw, p));
    expect([new Set(of(0)), new Set(of(1))]).toEqual([new Set([0]), new Set([1])]);
  });

  it("categorical: floor(word * k / 2^32)", () => {
    fc.assert(
      fc.property(lengths, draws, fc.integer({ min: 1, max: 1000 }), (n, draw, k) => {
        const expected = Array.from({ length: n }, (_, i) => Math.floor((word(i, draw) * k) / 2 ** 32));
        expect(classes("categorical", n, k, draw)).toEqual(expected);
      }),
    );
  });
});

describe("a value depends on its draw and position alone", () => {
  it.each(Object.entries(floatDraws))("%s: a shorter draw is a prefix of a longer one", (_, draw) => {
    const long = floats(200, draw);
    fc.assert(
      fc.property(fc.nat(200), (n) => {
        expect(floats(n, draw)).toEqual(long.subarray(0, n));
      }),
    );
  });

  it("categorical: a shorter draw is a prefix of a longer one", () => {
    const long = classes("categorical", 200, 10);
    fc.assert(
      fc.property(fc.nat(200), (n) => {
        expect(classes("categorical", n, 10)).toEqual(long.slice(0, n));
      }),
    );
  });

  it("each of its five numbers gives other values", () => {
    const seen = [0, 1, 2, 3, 4].map((k) => {
      const [a, b, c, d, e] = fixed.map((x, j) => (j === k ? x + 1 : x));
      return floats(8, floatDraws["uniform"]!, [a!, b!, c!, d!, e!]).join();
    });
    expect(new Set([...seen, floats(8, floatDraws["uniform"]!).join()]).size).toBe(6);
  });
});

describe("moments of 200,000 values, within 4 standard errors", () => {
  const n = 200_000;
  function expectMean(values: Float32Array, of: (x: number) => number, expected: number, deviation: number) {
    const mean = values.reduce((sum, x) => sum + of(x), 0) / n;
    expect(Math.abs(mean - expected)).toBeLessThan((4 * deviation) / Math.sqrt(n));
  }

  it("uniform on [-1, 1)", () => {
    const values = floats(n, floatDraws["uniform"]!);
    expectMean(values, (x) => x, 0, Math.sqrt(1 / 3));
    expectMean(values, (x) => x ** 2, 1 / 3, Math.sqrt(4 / 45));
  });

  it("normal", () => {
    const values = floats(n, floatDraws["normal"]!);
    expectMean(values, (x) => x, 0, 1);
    expectMean(values, (x) => x ** 2, 1, Math.sqrt(2));
    expectMean(values, (x) => x ** 3, 0, Math.sqrt(15));
    expectMean(values, (x) => x ** 4, 3, Math.sqrt(96));
    expectMean(values, (x) => (Math.abs(x) > 3 ? 1 : 0), 0.0026998, 0.05189);
  });

  it("normal: the two of a pair are independent", () => {
    const values = floats(n, floatDraws["normal"]!);
    const products = values.map((x, i) => (i % 2 === 0 ? x * values[i + 1]! : 0));
    expectMean(products, (x) => x, 0, Math.sqrt(0.5));
  });

  it("bernoulli", () => {
    expectMean(floats(n, floatDraws["bernoulli"]!), (x) => x, 0.3, Math.sqrt(0.21));
  });
});

describe("balanced", () => {
  it("gives each class floor or ceil of n / k places", () => {
    fc.assert(
      fc.property(fc.nat(300), fc.integer({ min: 1, max: 40 }), draws, (n, k, draw) => {
        const counts = Array<number>(k).fill(0);
        for (const c of classes("balanced", n, k, draw)) counts[c]!++;
        expect(Math.min(...counts)).toBeGreaterThanOrEqual(Math.floor(n / k));
        expect(Math.max(...counts)).toBeLessThanOrEqual(Math.ceil(n / k));
      }),
    );
  });

  /** How often each outcome of `of` came up in 3000 steps. */
  function count<T>(n: number, k: number, of: (classes: number[]) => T[]): number[] {
    const counts = new Map<T, number>();
    const [key0, key1, , stream, repetition] = fixed;
    for (let step = 0; step < 3000; step++) {
      const drawn = classes("balanced", n, k, [key0, key1, step, stream, repetition]);
      for (const outcome of of(drawn)) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    }
    return [...counts.values()];
  }

  it("gives each place every class equally often, remainders included", () => {
    const counts = count(5, 3, (drawn) => drawn.map((c, place) => `${place}: ${c}`));
    expect(counts).toHaveLength(15);
    for (const c of counts) expect(Math.abs(c - 1000)).toBeLessThan(104); // 4 standard errors
  });

  it("gives all orders equally often", () => {
    const counts = count(3, 3, (drawn) => [drawn.join("")]);
    expect(counts).toHaveLength(6);
    for (const c of counts) expect(Math.abs(c - 500)).toBeLessThan(82); // 4 standard errors
  });
});
