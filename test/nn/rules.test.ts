import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Arena, ArenaPlan } from "../../src/engine/compile/arena.js";
import { compile } from "../../src/engine/compile/compile.js";
import { placeholder } from "../../src/engine/ops/index.js";
import { hostRandom } from "../../src/engine/random.js";
import type { Rule } from "../../src/engine/update.js";
import { adam, rmsProp, sgd } from "../../src/nn/index.js";
import { formulas } from "../engine/cases/rules.js";
import { host } from "./check.js";

// A rule has two forms: a loop in place, and a graph for devices that no loop of ours reaches. Both follow one formula.
const n = 37;
const steps = 4;
const rate = fc.double({ min: 1e-4, max: 0.1, noNaN: true });
const share = fc.double({ min: 0, max: 0.999, noNaN: true });
const epsilon = fc.constantFrom(1e-8, 1e-3);
const decay = fc.constantFrom(0, 0.1);
const shrinking = (from: number) => (progress: number) => from * (1 - progress);

type Formula = (p: number, g: number, state: number[], step: number, progress: number) => number[];

const adams = fc
  .record({ learningRate: rate, beta1: share, beta2: share, epsilon, decay })
  .map(({ learningRate, decay: weightDecay, ...o }): [Rule, Formula] => [
    adam(shrinking(learningRate), { ...o, weightDecay }),
    (p, g, state, step, progress) =>
      formulas.adam(
        p,
        g,
        state,
        { ...o, decay: weightDecay, learningRate: shrinking(learningRate)(progress) },
        step,
      ),
  ]);
const rmsProps = fc
  .record({ learningRate: rate, alpha: share, epsilon, decay })
  .map(({ learningRate, decay: weightDecay, ...o }): [Rule, Formula] => [
    rmsProp(shrinking(learningRate), { ...o, weightDecay }),
    (p, g, state, _step, progress) =>
      formulas.rmsprop(p, g, state, {
        ...o,
        decay: weightDecay,
        learningRate: shrinking(learningRate)(progress),
      }),
  ]);
const sgds = fc
  .record({ learningRate: rate, momentum: share, decay })
  .map(({ learningRate, decay: weightDecay, ...o }): [Rule, Formula] => [
    sgd(shrinking(learningRate), { ...o, weightDecay }),
    (p, g, state, _step, progress) =>
      formulas.sgd(p, g, state, {
        ...o,
        decay: weightDecay,
        learningRate: shrinking(learningRate)(progress),
      }),
  ]);

const sample = (seed: number, name: string) =>
  Float32Array.from({ length: n }, hostRandom(seed, name).normal);

/** Parameter and slots after every step. */
type History = Float32Array[][];

function byKernel(rule: Rule, seed: number): History {
  const plan = new ArenaPlan();
  const type = { shape: [n], dtype: "float32" } as const;
  const offsets = ["p", "g", ...rule.slots].map(() => plan.place(type));
  const arena = new Arena(plan.size);
  const [p, g, ...slots] = offsets.map((at) => arena.view(type, at) as Float32Array);
  p!.set(sample(seed, "p"));
  const at = {
    parameter: p!.byteOffset,
    gradient: g!.byteOffset,
    slots: slots.map((slot) => slot.byteOffset),
    count: n,
  };
  return Array.from({ length: steps }, (_, i) => {
    g!.set(sample(seed, `g ${i}`));
    rule.apply(arena.kernels, at, { step: i + 1, progress: i / steps });
    return [p!, ...slots].map((values) => values.slice());
  });
}

async function byGraph(rule: Rule, seed: number): Promise<History> {
  const graph = rule.graph!;
  const numbersAt = (i: number) => graph.numbers({ step: i + 1, progress: i / steps });
  const state = ["p", ...rule.slots];
  const [parameter, ...slots] = state.map((name) => placeholder(name, [n]));
  const numbers = numbersAt(0).map((_, i) => placeholder(`number ${i}`, []));
  const next = graph.move({ parameter: parameter!, gradient: placeholder("g", [n]), slots, numbers });
  const f = await compile(Object.fromEntries(next.map((tensor, i) => [`next ${i}`, tensor])), host);
  let now: Float32Array[] = state.map((name) => (name === "p" ? sample(seed, "p") : new Float32Array(n)));
  const history: History = [];
  for (let i = 0; i < steps; i++) {
    const told = numbersAt(i).map((value, k) => [`number ${k}`, Float32Array.of(value)] as const);
    const held = state.map((name, k) => [name, now[k]!] as const);
    const given = new Map([["g", sample(seed, `g ${i}`)] as const, ...told, ...held]);
    const found = await f.run(Object.fromEntries(given));
    now = next.map((_, k) => found[`next ${k}`]!);
    history.push(now);
  }
  f.release();
  return history;
}

function byFormula(rule: Rule, formula: Formula, seed: number): number[][][] {
  let now = Array.from(sample(seed, "p"), (p) => [p, ...rule.slots.map(() => 0)]);
  return Array.from({ length: steps }, (_, i) => {
    const g = sample(seed, `g ${i}`);
    now = now.map(([p = 0, ...state], k) => formula(p, g[k]!, state, i + 1, i / steps));
    return now;
  });
}

/** Largest difference, relative above 1. */
function furthest(found: History, expected: number[][][]): number {
  const differences = found.flatMap((blocks, i) =>
    blocks.flatMap((values, k) =>
      Array.from(values, (value, at) => {
        const wanted = expected[i]![at]![k]!;
        return Math.abs(value - wanted) / (1 + Math.abs(wanted));
      }),
    ),
  );
  expect(differences).toHaveLength(steps * n * found[0]!.length);
  return Math.max(...differences);
}

describe("kernel and graph of a rule follow its formula in float64", () => {
  test.each<[string, fc.Arbitrary<[Rule, Formula]>]>([
    ["adam", adams],
    ["rmsProp", rmsProps],
    ["sgd", sgds],
  ])("%s", async (_name, rules) => {
    await fc.assert(
      fc.asyncProperty(rules, fc.nat(), async ([rule, formula], seed) => {
        const expected = byFormula(rule, formula, seed);
        const [kernel, graph] = [byKernel(rule, seed), await byGraph(rule, seed)];
        expect(furthest(kernel, expected)).toBeLessThan(1e-5);
        expect(furthest(graph, expected)).toBeLessThan(1e-5);
        const apart = graph.map((blocks, i) =>
          blocks.map((values, k) => [...values].map((v, at) => v - kernel[i]![k]![at]!)),
        );
        expect(Math.max(...apart.flat(2).map(Math.abs))).toBeLessThan(1e-5);
      }),
      { numRuns: 30 },
    );
  });
});
