import { afterAll, describe, expect, test } from "vitest";
import { grad } from "../../src/engine/autodiff.js";
import { compile } from "../../src/engine/compile/compile.js";
import { type Program, type ProgramSpec, compileProgram } from "../../src/engine/compile/program.js";
import { Draws } from "../../src/engine/draws.js";
import { Arena } from "../../src/engine/compile/arena.js";
import { type Variable, variable } from "../../src/engine/ops/index.js";
import * as g from "../../src/engine/ops/index.js";
import { keyOf, streamOf } from "../../src/engine/random.js";
import type { Host } from "../../src/engine/runtime/host.js";
import { nodeHost } from "../../src/engine/runtime/node.js";
import type { Tensor } from "../../src/engine/tensor.js";
import type { Feed, Moment, Rule, Update } from "../../src/engine/update.js";
import { DivergenceError, OptionError } from "../../src/errors.js";
import { wave } from "./cases/reference.js";

const host = nodeHost({ threads: 1 });
const open: Program[] = [];
afterAll(() => open.forEach((program) => program.release()));

/** p -= rate g. */
const descent = (rate: number): Rule => ({
  slots: ["velocity"],
  apply: (kernels, { parameter, gradient, slots: [b = 0], count }) =>
    kernels.sgd(parameter, gradient, b, count, rate, 0, 0),
});
const adam: Rule = {
  slots: ["mean", "square"],
  apply: (kernels, { parameter, gradient, slots: [m = 0, v = 0], count }, { step }) =>
    kernels.adam(parameter, gradient, m, v, count, 0.05, 0.5, 0.99, 1e-8, step, 0),
};
/** A rule that moves nothing and notes the count it is given. */
const counting = (seen: number[]): Rule => ({
  slots: [],
  apply: (_k, _at, { step }) => void seen.push(step),
});

const scalar = (name: string, value: number): Variable => variable(name, [], { kind: "fill", value });
const update = (name: string, loss: Tensor, variables: Variable[], rule: Rule, rest: Partial<Update> = {}) =>
  ({ name, loss, variables, rule, tracked: [], monitor: {}, ...rest }) satisfies Update;

async function programOf(updates: Update[], rest: Partial<ProgramSpec> = {}): Promise<Program> {
  const program = await compileProgram({ updates, feeds: [], host, seed: 1, ...rest });
  open.push(program);
  return program;
}
const value = (program: Program, name: string) => program.state.get(name)![0];

/** A feed that shows when it was filled: 10 step + repetition. */
function stamp(name = "stamp"): Feed & { readonly moments: string[] } {
  const moments: string[] = [];
  const fill: Feed["fill"] = ({ view }, { step, repetition }) => {
    moments.push(`${step}.${repetition}`);
    view[0] = 10 * step + repetition;
  };
  return { tensor: g.placeholder(name, []), fill, moments };
}

/** Bytes of everything that lives longer than a step. */
const bytes = (program: Program) =>
  Object.fromEntries([...program.state].map(([name, values]) => [name, hex(values)]));
const hex = (v: Float32Array) => Buffer.from(v.buffer, v.byteOffset, v.byteLength).toString("hex");

describe("the updates of a step", () => {
  test("run in order, the second with what the first wrote", async () => {
    const [a, b] = [scalar("a", 3), scalar("b", 2)];
    const program = await programOf([
      update("first", g.mul(a.tensor, b.tensor), [a], descent(0.5)), // a: 3 - 0.5 * 2 = 2
      update("second", g.mul(g.square(a.tensor), b.tensor), [b], descent(0.5)), // b: 2 - 0.5 * 2^2 = 0
    ]);
    expect(await program.step(0, 0)).toEqual({ first: 6, second: 8 });
    expect([value(program, "a"), value(program, "b")]).toEqual([2, 0]);
    expect(await program.step(1, 0)).toEqual({ first: 0, second: 0 });
  });

  test("log what they monitor, as it stood at their turn", async () => {
    const a = scalar("a", 3);
    const half = (name: string) => update(name, g.square(a.tensor), [a], descent(0.25)); // a halves
    const program = await programOf([
      { ...half("one"), monitor: { before: a.tensor } },
      { ...half("two"), monitor: { between: g.mul(a.tensor, 1) } },
    ]);
    expect(await program.step(0, 0)).toEqual({ one: 9, before: 3, two: 2.25, between: 1.5 });
  });

  test("share values, and gradients their memory, without harm", async () => {
    // Two layers and a critic; losses share the layers' values, and the gradients differ in size.
    const layer = (name: string, n: number, m: number) =>
      variable(name, [n, m], { kind: "normal", mean: 0, deviation: 0.4 });
    const [u, v, w] = [layer("u", 6, 9), layer("v", 9, 4), layer("w", 4, 1)];
    const x = g.placeholder("x", [5, 6]);
    const hidden = g.tanh(g.matmul(x, u.tensor));
    const out = g.matmul(g.tanh(g.matmul(hidden, v.tensor)), w.tensor);
    const losses = { w: g.mean(g.softplus(out)), uv: g.mean(g.square(out)), u: g.mean(g.exp(g.neg(out))) };
    const moved = { w: [w], uv: [v, u], u: [u] };
    const names = ["w", "uv", "u"] as const;
    const feed: Feed = { tensor: x, fill: ({ view }) => (view as Float32Array).set(wave(30, 0.3)) };
    const program = await programOf(
      names.map((name) => update(name, losses[name], moved[name], descent(1))),
      { feeds: [feed] },
    );

    // By hand: one gradient at a time, each at the weights the one before left.
    const weights = new Map([u, v, w].map(({ name }) => [name, program.state.get(name)!.slice()]));
    const logged: number[] = [];
    for (const name of names) {
      const gradients = grad(
        losses[name],
        moved[name].map((p) => p.tensor),
      );
      const outputs = { loss: losses[name], ...Object.fromEntries(gradients.map((d, i) => [`d${i}`, d])) };
      const f = await compile(outputs as Record<string, Tensor>, host);
      const found = await f.run({ x: new Float32Array(wave(30, 0.3)), ...Object.fromEntries(weights) });
      logged.push(found["loss"]![0]!);
      moved[name].forEach((p, i) =>
        weights.get(p.name)!.forEach((_, k, to) => (to[k]! -= found[`d${i}`]![k]!)),
      );
      f.release();
    }
    expect(Object.values(await program.step(0, 0)).map((l, i) => l / logged[i]!)).toEqual(
      logged.map(() => expect.closeTo(1, 6) as number),
    );
    for (const [name, expected] of weights)
      expect([...program.state.get(name)!]).toEqual([...expected].map((e) => expect.closeTo(e, 6) as number));
  });

  test("hand on what nothing has changed since, and nothing else", async () => {
    const inputs: string[] = [];
    const watching: Host = {
      ...host,
      blocked: false, // asking for its layout would load a graph too
      load: (graph) => {
        inputs.push(graph.inputs.map(({ name }) => name).join(" "));
        return host.load(graph);
      },
    };
    const [a, b, c] = [scalar("a", 1), scalar("b", 1), scalar("c", 1)];
    const [ofA, ofB] = [g.exp(a.tensor), g.exp(b.tensor)];
    const clock = stamp();
    const ofClock = g.exp(clock.tensor);
    await programOf(
      [
        update("1", g.add(g.mul(ofA, ofB), g.mul(ofClock, c.tensor)), [b], descent(1)),
        update("2", g.mul(g.mul(a.tensor, clock.tensor), b.tensor), [b], descent(1), { times: () => 2 }),
        update("3", g.add(g.mul(ofA, ofB), g.mul(ofClock, c.tensor)), [c], descent(1)),
      ],
      { host: watching, feeds: [clock], variables: [a] },
    );
    expect(inputs).toEqual(["a b c stamp", "a b stamp", "value/0 b c stamp"]);
  });

  test("need names of their own", async () => {
    const a = scalar("a", 1);
    const twice = [update("same", a.tensor, [a], descent(1)), update("same", a.tensor, [a], descent(1))];
    await expect(programOf(twice)).rejects.toThrow(
      new OptionError({
        where: "program",
        expected: "updates and monitored values of distinct names",
        received: "two called same",
        hint: "Name an update by update(..., { name }).",
      }),
    );
  });

  test("need variables of distinct names", async () => {
    const [one, other] = [scalar("a", 1), scalar("a", 2)];
    const both = [
      update("one", one.tensor, [one], descent(1)),
      update("other", other.tensor, [other], descent(1)),
    ];
    await expect(programOf(both)).rejects.toThrow(
      new OptionError({
        where: "program",
        expected: "variables of distinct names",
        received: "two called a",
        hint: "Two networks of one program need different names.",
      }),
    );
  });

  test("need every placeholder fed and every variable known", async () => {
    const [a, b] = [scalar("a", 1), scalar("b", 5)];
    const loss = g.mul(a.tensor, b.tensor);
    await expect(
      programOf([update("l", g.mul(a.tensor, g.placeholder("x", [])), [a], descent(1))]),
    ).rejects.toThrow(
      new OptionError({ where: "program", expected: "a feed or variable for x", received: "none" }),
    );
    await expect(programOf([update("l", loss, [a], descent(1))])).rejects.toThrow("a feed or variable for b");
    const program = await programOf([update("l", loss, [a], descent(1))], { variables: [b] });
    expect(await program.step(0, 0)).toEqual({ l: 5 });
  });
});

test("an update with a condition moves, and its rule's state and running statistics with it, only where that holds", async () => {
  const clock = stamp();
  const [v, mean] = [scalar("v", 0), scalar("mean", 0)];
  const loss = g.neg(g.mul(v.tensor, g.fill(1, [])));
  const program = await programOf(
    [
      update("d", loss, [v], descent(1), {
        monitor: { early: g.sub(25, clock.tensor) },
        when: "early",
        tracked: [{ variable: mean, value: g.mul(clock.tensor, 1), momentum: 1 }],
      }),
    ],
    { feeds: [clock] },
  );
  const seen: number[] = [];
  for (let step = 0; step < 5; step++) seen.push((await program.step(step, 0))["early"]!);
  expect(seen).toEqual([25, 15, 5, -5, -15]);
  expect([value(program, "v"), value(program, "mean")]).toEqual([3, 20]);
});

describe("updates that move together", () => {
  // Both losses are 2 a b, so that what one wrote would show in the other.
  const [a, b, c] = [scalar("a", 3), scalar("b", 2), scalar("c", 1)];
  const loss = g.mul(2, g.mul(a.tensor, b.tensor));
  const first = update("first", loss, [a], descent(0.25));
  const second = update("second", g.mul(loss, 1), [b], descent(0.25), { together: true });

  test("are both evaluated before either moves; the next one sees what they wrote", async () => {
    const third = update("third", g.mul(g.mul(a.tensor, b.tensor), c.tensor), [c], descent(1));
    const program = await programOf([first, second, third]);
    // a: 3 - 0.25 * 4 = 2; b: 2 - 0.25 * 6 = 0.5, which after a's move would be 1
    expect(await program.step(0, 0)).toEqual({ first: 12, second: 12, third: 1 });
    expect(["a", "b", "c"].map((name) => value(program, name))).toEqual([2, 0.5, 0]);
  });

  test("keep their conditions", async () => {
    const never = { monitor: { never: g.sub(0, g.square(b.tensor)) }, when: "never" };
    const program = await programOf([{ ...first, ...never }, second]);
    await program.step(0, 0);
    expect([value(program, "a"), value(program, "b")]).toEqual([3, 0.5]);
  });

  test("need an update before them, and no `times`", async () => {
    const refused = (received: string, name: string) =>
      new OptionError({
        where: `update ${name}, together`,
        expected: "an update before it, and no `times` of either",
        received,
      });
    const variables = [a, b];
    await expect(programOf([second], { variables })).rejects.toThrow(
      refused("the first of the step", "second"),
    );
    const often = { times: () => 2 };
    for (const pair of [
      [{ ...first, ...often }, second],
      [first, { ...second, ...often }],
    ])
      await expect(programOf(pair)).rejects.toThrow(refused("one with `times`", "second"));
  });
});

describe("an update with times", () => {
  /** w moves by minus what `moving` holds, every time. */
  const adding = (name: string, moving: Tensor, w: Variable, rest: Partial<Update> = {}) =>
    update(name, g.neg(g.mul(w.tensor, moving)), [w], descent(1), rest);

  test("draws and reads batches anew at every repetition", async () => {
    const draws = new Draws();
    const z = g.reshape(draws.uniform("z", [1], 0, 1), []);
    const [v, w] = [scalar("v", 0), scalar("w", 0)];
    const clock = stamp();
    const program = await programOf(
      [adding("critic", z, v, { times: () => 3 }), adding("batches", clock.tensor, w, { times: () => 3 })],
      { feeds: [...draws.feeds, clock], seed: 9 },
    );
    await program.step(7, 0);
    expect(value(program, "w")).toBe(70 + 71 + 72);
    expect(clock.moments).toEqual(["7.0", "7.1", "7.2"]);

    const memory = new Arena(64);
    const view = memory.view({ dtype: "float32", shape: [1] }, 0) as Float32Array;
    let sum = 0;
    for (const repetition of [0, 1, 2]) {
      memory.kernels.uniform(view.byteOffset, 1, ...keyOf(9), 7, streamOf("z"), repetition, 0, 1);
      sum = Math.fround(sum + view[0]!);
    }
    expect(value(program, "v")).toBeCloseTo(sum, 6);
  });

  test("leaves its last values to later updates, also through what they are made of", async () => {
    const clock = stamp();
    const [u, v, w] = [scalar("u", 0), scalar("v", 0), scalar("w", 0)];
    const doubled = g.exp(g.mul(clock.tensor, 0.5));
    const program = await programOf(
      [
        adding("before", doubled, u),
        adding("several", clock.tensor, v, { times: () => 3 }),
        adding("after", doubled, w, { monitor: { read: g.mul(clock.tensor, 1) } }),
      ],
      { feeds: [clock] },
    );
    const { read } = await program.step(0, 0);
    expect(clock.moments).toEqual(["0.0", "0.1", "0.2"]);
    expect(read).toBe(2);
    expect(value(program, "u")).toBe(1);
    expect(value(program, "w")).toBeCloseTo(Math.E, 6);
  });

  test("follows its schedule; skipped, it moves nothing and logs nothing", async () => {
    const [v, w] = [scalar("v", 0), scalar("w", 0)];
    const one = g.fill(1, []);
    const program = await programOf([
      adding("often", one, v, { times: (step) => (step < 1 ? 4 : 2) }),
      adding("third", one, w, { times: (step) => (step % 3 === 2 ? 1 : 0), monitor: { seen: one } }),
    ]);
    const keys: string[] = [];
    for (let step = 0; step < 6; step++) keys.push(Object.keys(await program.step(step, 0)).join());
    expect([value(program, "v"), value(program, "w")]).toEqual([4 + 5 * 2, 2]);
    expect(keys).toEqual(["often", "often", "often,third,seen", "often", "often", "often,third,seen"]);
  });

  test.each([1.5, -1, NaN])("refuses %d times", async (times) => {
    const program = await programOf([adding("odd", g.fill(1, []), scalar("v", 0), { times: () => times })]);
    await expect(program.step(0, 0)).rejects.toThrow(
      `times of update odd, step 0: expected a whole number from 0 on, received ${times}`,
    );
  });

  test("skipped, leaves its feeds to be filled by those who read them", async () => {
    const clock = stamp();
    const [v, w] = [scalar("v", 0), scalar("w", 0)];
    const program = await programOf(
      [adding("never", clock.tensor, v, { times: () => 0 }), adding("always", clock.tensor, w)],
      { feeds: [clock] },
    );
    await program.step(4, 0);
    expect([value(program, "v"), value(program, "w")]).toEqual([0, 40]);
  });

  test("tells its rule how often it was applied, also where a run goes on or starts over", async () => {
    const times = (step: number) => (step === 0 ? 5 : step % 2);
    const run = async (...steps: number[]) => {
      const [plain, scheduled]: [number[], number[]] = [[], []];
      const a = scalar("a", 1);
      const program = await programOf([
        update("plain", a.tensor, [a], counting(plain)),
        update("scheduled", g.square(a.tensor), [a], counting(scheduled), { times }),
      ]);
      for (const step of steps) await program.step(step, 0);
      return { plain, scheduled };
    };
    expect(await run(0, 1, 2, 3)).toEqual({ plain: [1, 2, 3, 4], scheduled: [1, 2, 3, 4, 5, 6, 7] });
    expect(await run(3, 4, 5)).toEqual({ plain: [4, 5, 6], scheduled: [7, 8] });
    expect(await run(1, 0, 3, 3)).toEqual({ plain: [2, 1, 4, 4], scheduled: [6, 1, 2, 3, 4, 5, 7, 7] });
  });
});

test("a weight may ramp with the share of the run that is done", async () => {
  const clock: Feed = {
    tensor: g.placeholder("progress", []),
    fill: ({ view }, { progress }: Moment) => void (view[0] = progress),
  };
  const w = scalar("w", 0);
  const program = await programOf([update("ramp", g.mul(clock.tensor, w.tensor), [w], descent(1))], {
    feeds: [clock],
  });
  for (let step = 0; step < 4; step++) await program.step(step, step / 4);
  expect(value(program, "w")).toBe(-1.5);
});

test("clamp bounds the variables of its update, after the rule", async () => {
  const [v, w] = [scalar("v", 0), scalar("w", 0)];
  const program = await programOf([
    update("clamped", g.mul(v.tensor, 3), [v], descent(1), { clamp: [-0.5, 0.25] }),
    update("free", g.mul(w.tensor, 3), [w], descent(1)),
  ]);
  await program.step(0, 0);
  expect([value(program, "v"), value(program, "w")]).toEqual([-0.5, -3]);
});

test("tracked state follows its value once per update, and later updates see it", async () => {
  const [a, b] = [scalar("a", 1), scalar("b", 1)];
  const state = variable("state", [], { kind: "fill", value: 4 }, false);
  const program = await programOf([
    update("owner", g.square(a.tensor), [a], descent(0.25), {
      tracked: [{ variable: state, value: g.mul(a.tensor, 8), momentum: 0.25 }],
      times: (step) => (step === 0 ? 1 : 0),
    }),
    update("reader", g.mul(b.tensor, state.tensor), [b], descent(0)),
  ]);
  expect((await program.step(0, 0))["reader"]).toBe(4 + 0.25 * (8 - 4));
  expect((await program.step(1, 0))["reader"]).toBe(5);
});

test("averages: decay min(d, (t + 1) / (t + 10)), of trained variables only", async () => {
  const a = scalar("a", 8);
  const state = variable("state", [], { kind: "fill", value: 1 }, false);
  const program = await programOf([update("halve", g.square(a.tensor), [a], descent(0.25))], {
    averageDecay: 0.24,
    variables: [state],
  });
  let average = 8;
  for (let step = 0; step < 5; step++) {
    await program.step(step, 0);
    const decay = Math.min(0.24, (step + 1) / (step + 10));
    average = decay * average + (1 - decay) * 8 * 0.5 ** (step + 1);
    expect(value(program, "average/a")).toBeCloseTo(average, 6);
  }
  expect([...program.state.keys()]).toEqual(["a", "average/a", "state", "rule/halve/velocity/a"]);
  expect(program.memory(true).get("a")).toBe(program.state.get("average/a"));
  expect(program.memory(false).get("a")).toBe(program.state.get("a"));
  expect(program.memory(true).get("state")).toBe(program.state.get("state"));
});

/** A small net with all that a step can have: draws, batch statistics, repetitions, an average. */
function everything(seed: number): ProgramSpec {
  const draws = new Draws();
  const normal = { kind: "normal", mean: 0, deviation: 0.5 } as const;
  const [w, v] = [
    variable("w", [3, 4], normal),
    variable("v", [4, 1], { kind: "uniform", low: -1, high: 1 }),
  ];
  const [scale, shift] = [variable("scale", [4], { kind: "fill", value: 1 }), variable("shift", [4])];
  const running = variable("running", [4], { kind: "fill", value: 0 }, false);
  const z = draws.normal("z", [6, 3]);
  const [h, mean] = g.batchNormalize(g.matmul(z, w.tensor), scale.tensor, shift.tensor, { epsilon: 1e-5 });
  const out = g.matmul(g.mul(g.relu(h!), draws.bernoulli("mask", [6, 4], 0.5)), v.tensor);
  const tracked = [{ variable: running, value: mean!, momentum: 0.1 }];
  const updates = [
    update("critic", g.mean(g.softplus(out)), [v], adam, { times: (step) => 1 + (step % 3), clamp: [-1, 1] }),
    update("net", g.mean(g.square(out)), [w, scale, shift], adam, { tracked }),
  ];
  return { updates, feeds: draws.feeds, host, seed, averageDecay: 0.9 };
}

describe("the same bytes", () => {
  const trained = async (seed: number, from = 0, to = 0, state?: ReadonlyMap<string, Float32Array>) => {
    const program = await compileProgram(everything(seed));
    open.push(program);
    for (const [name, values] of state ?? []) program.state.get(name)!.set(values);
    for (let step = from; step < to; step++) await program.step(step, step / 10);
    return program;
  };

  test("for the same seed, others for another", async () => {
    const expected = bytes(await trained(5, 0, 6));
    expect(bytes(await trained(5, 0, 6))).toEqual(expected);
    const other = bytes(await trained(6, 0, 6));
    expect(Object.keys(expected).filter((name) => other[name] === expected[name])).toEqual([]);
    const [initial, others] = [bytes(await trained(5)), bytes(await trained(6))];
    expect(["w", "v"].filter((name) => initial[name] === others[name])).toEqual([]);
  });

  test.each([1, 3, 5])("when a run goes on from its state at step %i", async (at) => {
    const expected = bytes(await trained(5, 0, 7));
    const half = await trained(5, 0, at);
    expect(bytes(await trained(5, at, 7, half.state))).toEqual(expected);
  });

  test("after reset, and with another seed that seed's", async () => {
    const program = await trained(5, 0, 4);
    program.reset();
    expect(bytes(program)).toEqual(bytes(await trained(5)));
    program.useSeed(6);
    program.reset();
    expect(bytes(program)).toEqual(bytes(await trained(6)));
    for (let step = 0; step < 4; step++) await program.step(step, step / 10);
    expect(bytes(program)).toEqual(bytes(await trained(6, 0, 4)));
  });
});

describe("a loss that is not finite", () => {
  const failing = async () => {
    const [a, b] = [scalar("a", 1), scalar("b", 0)];
    const program = await programOf([
      update("fine", g.mul(a.tensor, 0.5), [a], descent(1)),
      update("bad", g.log(b.tensor), [b], descent(1), {
        tracked: [{ variable: variable("t", [], undefined, false), value: g.add(b.tensor, 1), momentum: 1 }],
      }),
    ]);
    return program;
  };

  test("stops the step before its update moves anything", async () => {
    const program = await failing();
    await expect(program.step(12, 0)).rejects.toThrow(DivergenceError);
    expect([value(program, "a"), value(program, "b"), value(program, "t")]).toEqual([0.5, 0, 0]);
  });

  test("says where and why", async () => {
    const program = await failing();
    await expect(program.step(12, 0)).rejects.toThrow(
      "step 13, bad: expected a finite loss, received -Infinity.\n" +
        "  Likely a learning rate that is too high for this data, or a loss that takes the logarithm of 0.",
    );
  });
});

test("memory does not grow over 300 steps", async () => {
  const size = 192;
  const w = variable("w", [size, size], { kind: "normal", mean: 0, deviation: 0.05 });
  const v = variable("v", [size, size], { kind: "normal", mean: 0, deviation: 0.05 });
  const draws = new Draws();
  const out = g.matmul(g.tanh(g.matmul(draws.normal("z", [64, size]), w.tensor)), v.tensor);
  const program = await programOf(
    [
      update("one", g.mean(g.square(out)), [w], adam),
      update("two", g.mean(g.softplus(out)), [v], adam, { times: () => 2 }),
    ],
    { feeds: draws.feeds, averageDecay: 0.9 },
  );
  const used = () => {
    const { rss, arrayBuffers } = process.memoryUsage();
    return { rss: rss / 2 ** 20, arrayBuffers: arrayBuffers / 2 ** 20 };
  };
  const run = async (from: number, to: number) => {
    for (let step = from; step < to; step++) await program.step(step, step / 400);
  };
  await run(0, 100);
  const before = used();
  await run(100, 400);
  const after = used();
  // A copy of one gradient per step (144 KB) would be 43 MB.
  expect(after.rss - before.rss).toBeLessThan(20);
  expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(5);
});
