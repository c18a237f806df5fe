import { describe, expect, test } from "vitest";
import { Arena, ArenaPlan } from "../../src/engine/compile/arena.js";
import { Draws } from "../../src/engine/draws.js";
import { ShapeError } from "../../src/errors.js";
import type { Moment } from "../../src/engine/update.js";

const NOW: Moment = { step: 3, progress: 0.5, repetition: 1 };

/** What the one draw of `draws` gives. */
function valuesOf(draws: Draws, seed = 1, moment: Partial<Moment> = {}): number[] {
  const { tensor, fill } = draws.feeds[0]!;
  const plan = new ArenaPlan();
  const offset = plan.place(tensor);
  const arena = new Arena(plan.size);
  const view = arena.view(tensor, offset);
  fill({ view, kernels: arena.kernels, seed }, { ...NOW, ...moment });
  return Array.from(view, Number);
}
function drawn(draw: (draws: Draws) => unknown, seed = 1, moment: Partial<Moment> = {}): number[] {
  const draws = new Draws();
  draw(draws);
  return valuesOf(draws, seed, moment);
}

const kinds: readonly (readonly [string, (draws: Draws, name: string) => unknown])[] = [
  ["uniform", (draws, name) => draws.uniform(name, [4, 16], -1, 1)],
  ["normal", (draws, name) => draws.normal(name, [4, 16])],
  ["bernoulli", (draws, name) => draws.bernoulli(name, [4, 16], 0.5)],
  ["categorical", (draws, name) => draws.categorical(name, [64], 7)],
  ["balanced", (draws, name) => draws.categorical(name, [64], 7, { balanced: true })],
];

describe.each(kinds)("%s", (_kind, draw) => {
  const base = drawn((d) => draw(d, "z"));

  test("gives the same numbers for the same seed, step, name and repetition, whatever the progress", () => {
    expect(drawn((d) => draw(d, "z"))).toEqual(base);
    expect(drawn((d) => draw(d, "z"), 1, { progress: 0.9 })).toEqual(base);
  });

  test("gives others where one of the four differs", () => {
    expect(drawn((d) => draw(d, "z"), 2)).not.toEqual(base);
    expect(drawn((d) => draw(d, "z"), 1 + 2 ** 32)).not.toEqual(base);
    expect(drawn((d) => draw(d, "z"), 1, { step: 4 })).not.toEqual(base);
    expect(drawn((d) => draw(d, "z"), 1, { repetition: 2 })).not.toEqual(base);
    expect(drawn((d) => draw(d, "y"))).not.toEqual(base);
  });
});

test("ranges, moments and probabilities are those asked for", () => {
  const mean = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
  const uniform = drawn((d) => d.uniform("u", [10_000], 2, 5));
  expect(Math.min(...uniform)).toBeGreaterThanOrEqual(2);
  expect(Math.max(...uniform)).toBeLessThan(5);
  expect(mean(uniform)).toBeCloseTo(3.5, 1);
  const normal = drawn((d) => d.normal("n", [10_000], 3, 0.5));
  expect(mean(normal)).toBeCloseTo(3, 1);
  expect(mean(normal.map((v) => (v - 3) ** 2))).toBeCloseTo(0.25, 1);
  const mask = drawn((d) => d.bernoulli("m", [10_000], 0.2));
  expect(new Set(mask)).toEqual(new Set([0, 1]));
  expect(mean(mask)).toBeCloseTo(0.2, 1);
});

test("balanced classes come equally often, others do not", () => {
  const counts = (balanced: boolean) => {
    const found = Array.from({ length: 10 }, () => 0);
    for (const k of drawn((d) => d.categorical("c", [200], 10, { balanced }))) found[k]!++;
    return found;
  };
  expect(counts(true)).toEqual(Array.from({ length: 10 }, () => 20));
  expect(counts(false)).not.toEqual(Array.from({ length: 10 }, () => 20));
});

test("a name drawn again is the same tensor and one feed", () => {
  const draws = new Draws();
  const z = draws.uniform("z", [2, 3], -1, 1);
  expect(draws.uniform("z", [2, 3], -1, 1)).toBe(z);
  expect(draws.feeds).toHaveLength(1);
});

test("a name drawn again as something else is an error", () => {
  const draws = new Draws();
  draws.uniform("z", [2, 3]);
  expect(() => draws.uniform("z", [3, 2])).toThrow(
    new ShapeError({
      where: "draw z",
      expected: "uniform(0, 1) [2, 3], as it was drawn before",
      received: "uniform(0, 1) [3, 2]",
      hint: "Two draws of one step need two names.",
    }),
  );
  expect(() => draws.normal("z", [2, 3])).toThrow("received normal(0, 1) [2, 3].");
  expect(() => draws.uniform("z", [2, 3], -1, 1)).toThrow("received uniform(-1, 1) [2, 3].");
});
