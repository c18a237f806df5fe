import { describe, expect, test } from "vitest";
import { compileProgram } from "../../src/engine/compile/program.js";
import { add, concat, mean, placeholder, relu, square, tanh } from "../../src/engine/ops/index.js";
import type { Tensor } from "../../src/engine/tensor.js";
import { OptionError, ShapeError } from "../../src/errors.js";
import {
  type Layer,
  batchNorm,
  conv2d,
  copyDirections,
  linear,
  network,
  sequential,
  sgd,
  update,
} from "../../src/nn/index.js";
import { expectClose, host, inference, training, valueOf, waves } from "./check.js";

const x = placeholder("x", [4, 3]);

describe("sequential", () => {
  test("gives a scope to layers that name a second parameter, and the tensor alone to others", () => {
    const received: unknown[][] = [];
    const scoped: Layer = (h, scope) => {
      received.push([scope.path]);
      return h;
    };
    const plain: Layer = (h: Tensor, ...rest: unknown[]) => {
      received.push([h, ...rest]);
      return h;
    };
    network("net", sequential(plain, scoped, relu, scoped)).in(inference)(x);
    expect(received).toEqual([[x], ["net.1"], ["net.3"]]);
  });

  test("applies layers in order", async () => {
    const y = network(
      "net",
      sequential(
        (h: Tensor) => add(h, 1),
        square,
        (h: Tensor) => add(h, -3),
      ),
    ).in(inference)(x);
    const values = waves([4, 3], 1);
    const expected = [...values].map((v) => expect.closeTo((v + 1) ** 2 - 3, 5) as number);
    expect(await valueOf(y, { x: values })).toEqual(expected);
  });
});

describe("a network", () => {
  const pair = () =>
    network("pair", (scope, a: Tensor, b: Tensor) =>
      linear(2)(concat([linear(3)(a, scope.child("a")), linear(3)(b, scope.child("b"))]), scope),
    );

  test("names its variables by their place, in order of creation", () => {
    const net = pair();
    net.in(inference)(x, x);
    expect(net.variables.map((v) => v.name)).toEqual([
      "pair.a.weight",
      "pair.a.bias",
      "pair.b.weight",
      "pair.b.bias",
      "pair.weight",
      "pair.bias",
    ]);
  });

  test("has the same variables at every application, whatever the mode and the batch", () => {
    const net = network("net", sequential(linear(5), batchNorm(), tanh));
    net.in(training())(x);
    const made = net.variables;
    net.in(inference)(placeholder("x2", [9, 3]));
    expect(net.variables).toEqual(made);
    expect(made.map((v) => [v.name, v.trainable])).toEqual([
      ["net.0.weight", true],
      ["net.0.bias", true],
      ["net.1.scale", true],
      ["net.1.shift", true],
      ["net.1.mean", false],
      ["net.1.variance", false],
    ]);
  });

  test("applied to another shape says which variable no longer fits", () => {
    const net = network("Q", sequential(conv2d(4, 3), relu));
    net.in(inference)(placeholder("small", [2, 1, 8, 8]));
    expect(() => net.in(inference)(placeholder("colour", [2, 3, 8, 8]))).toThrow(
      new ShapeError({
        where: "Q.0.weight",
        expected: "shape [4, 1, 3, 3], as at its first application",
        received: "[4, 3, 3, 3]",
        hint: "A network's inputs must have the same shape (but for the batch) at every application.",
      }),
    );
  });

  test("keeps its variables apart from those of another name", () => {
    const all = ["A", "B"].map((name) => {
      const net = network(name, sequential(linear(1)));
      net.in(inference)(x);
      return net.variables.map((v) => v.name);
    });
    expect(all).toEqual([
      ["A.0.weight", "A.0.bias"],
      ["B.0.weight", "B.0.bias"],
    ]);
  });

  test("of the name of another is refused by the program", async () => {
    const mode = training();
    const nets = [1, 2].map((width) => network("same", sequential(linear(width))).in(mode));
    const updates = nets.map((net, i) => update([net], mean(square(net(x))), sgd(0), { name: `loss ${i}` }));
    const feeds = [{ tensor: x, fill: () => {} }];
    await expect(compileProgram({ updates, feeds, host, seed: 1 })).rejects.toThrow(
      "program: expected variables of distinct names, received two called same.0.weight.\n" +
        "  Two networks of one program need different names.",
    );
  });
});

describe("update", () => {
  const make = () => {
    const mode = training();
    const [A, B] = ["A", "B"].map((name) =>
      network(name, sequential(linear(3), batchNorm({ momentum: 0.5 }))).in(mode),
    ) as [ReturnType<typeof build>, ReturnType<typeof build>];
    return { A, B };
  };
  const build = () => network("", sequential()).in(training());

  test("moves the trained variables of its players, and is named after them", () => {
    const { A, B } = make();
    const both = mean(B(A(x)));
    const { name, variables } = update([A, B], both, sgd(0));
    expect(name).toBe("A_B_loss");
    expect(variables.map((v) => v.name)).toEqual(
      ["A", "B"].flatMap((n) => ["0.weight", "0.bias", "1.scale", "1.shift"].map((part) => `${n}.${part}`)),
    );
    expect(update([B], both, sgd(0), { name: "loss" }).name).toBe("loss");
  });

  test("lets running statistics of its players follow, once per pass behind its loss", () => {
    const { A, B } = make();
    const shared = A(x);
    const [once, twice, apart] = [B(shared), B(add(shared, 1)), A(add(x, 1))];
    const tracked = (...parts: Parameters<typeof update>) =>
      update(...parts).tracked.map((t) => t.variable.name);
    const of = (name: string) => [`${name}.1.mean`, `${name}.1.variance`];
    expect(tracked([B], mean(once), sgd(0))).toEqual(of("B"));
    expect(tracked([B], add(mean(once), mean(twice)), sgd(0))).toEqual([...of("B"), ...of("B")]);
    expect(tracked([A], mean(once), sgd(0))).toEqual(of("A"));
    expect(tracked([A], add(mean(once), mean(apart)), sgd(0))).toEqual([...of("A"), ...of("A")]);
    expect(tracked([A, B], mean(once), sgd(0))).toEqual([...of("A"), ...of("B")]);
  });

  test("finds them whichever player comes first and whatever mode that is in", () => {
    const { A } = make();
    const fixed = network("C", sequential(linear(3))).in(inference);
    const loss = mean(A(fixed(x)));
    expect(update([fixed, A], loss, sgd(0)).tracked.map((t) => t.variable.name)).toEqual([
      "A.1.mean",
      "A.1.variance",
    ]);
  });

  test("leaves the statistics of others where they are", async () => {
    const { A, B } = make();
    const loss = mean(square(add(B(A(x)), 1)));
    const program = await compileProgram({
      updates: [update([B], loss, sgd(0.1))],
      feeds: [{ tensor: x, fill: ({ view }) => (view as Float32Array).set(waves([4, 3], 1)) }],
      variables: A.network.variables,
      host,
      seed: 1,
    });
    const before = new Map([...program.state].map(([name, values]) => [name, values.slice()]));
    await program.step(0, 0);
    const moved = [...program.state].filter(([name, values]) =>
      values.some((v, i) => v !== before.get(name)![i]),
    );
    // The bias before a normalisation has no gradient.
    expect(
      moved.map(([name]) => name).filter((name) => !name.includes("rule/") && name !== "B.0.bias"),
    ).toEqual(["B.0.weight", "B.1.scale", "B.1.shift", "B.1.mean", "B.1.variance"]);
    program.release();
  });

  test("refuses players without parameters, with the likely reason", () => {
    const unused = network("D", sequential(linear(1))).in(training());
    expect(() => update([unused], mean(x), sgd(0.1))).toThrow(
      new OptionError({
        where: "update D_loss",
        expected: "players with parameters",
        received: "D",
        hint: "A network has parameters only once it has been applied: build the loss first.",
      }),
    );
  });

  test("refuses a condition that is none of its monitored values", () => {
    const W = network("W", sequential(linear(1))).in(inference);
    const loss = mean(W(placeholder("x", [2, 3])));
    expect(() => update([W], loss, sgd(0), { monitor: { a: loss }, when: "b" })).toThrow(
      new OptionError({
        where: "update W_loss, when",
        expected: "one of its monitored values: a",
        received: "b",
      }),
    );
  });

  test("refuses a player named twice: its rule would move it twice", () => {
    const D = network("D", sequential(linear(1))).in(training());
    const loss = mean(D(x));
    expect(() => update([D, D], loss, sgd(0.1))).toThrow(
      new OptionError({ where: "update D_D_loss", expected: "every player once", received: "D twice" }),
    );
  });
});

test("an applied network gives itself in another mode, with the same variables", () => {
  const net = network("net", sequential(linear(5), batchNorm()));
  const learning = net.in(training());
  learning(x);
  const made = net.variables;
  const finished = learning.in(inference);
  const before = learning.mode.training ? learning.mode.records.length : 0;
  finished(x);
  expect(finished.mode).toBe(inference);
  expect(net.variables).toEqual(made);
  expect(learning.mode.training && learning.mode.records.length).toBe(before);
});

describe("a copy of directions", () => {
  const pair = (other: Layer = linear(5)) => {
    const mode = training();
    const [A, B] = [
      network("A", sequential(linear(5), batchNorm())),
      network("B", sequential(other, batchNorm())),
    ];
    const [a, b] = [A.in(mode), B.in(mode)];
    for (const net of [a, b]) net(x);
    return { variables: [...A.variables, ...B.variables], a, b };
  };

  test("gives one network what another has learned, once, and leaves statistics and the other as they are", async () => {
    const { variables, a, b } = pair();
    const copy = copyDirections(a, b, { times: (step) => (step === 1 ? 1 : 0) });
    expect(copy.name).toBe("B_from_A");
    const program = await compileProgram({
      updates: [copy],
      feeds: [],
      variables,
      host,
      seed: 1,
    });
    const of = (player: string, part: string) => [...program.state.get(`${player}.${part}`)!];
    program.state.get("A.1.mean")!.fill(3);
    const [given, own] = [of("A", "0.weight"), of("B", "0.weight")];
    expect(await program.step(0, 0)).toEqual({});
    expect(of("B", "0.weight")).not.toEqual(given);
    await program.step(1, 0);
    const factor = Math.hypot(...own) / Math.hypot(...given);
    expectClose(
      of("B", "0.weight"),
      given.map((v) => factor * v),
      1e-7,
    );
    expect(of("A", "0.weight")).toEqual(given);
    expect(of("B", "1.mean")).toEqual([0, 0, 0, 0, 0]);
    program.release();
  });

  test("keeps the lengths of weights, scales a bias like its weight, and takes scales and shifts as they are", async () => {
    const { variables, a, b } = pair();
    const updates = [copyDirections(a, b)];
    const program = await compileProgram({ updates, feeds: [], variables, host, seed: 1 });
    const of = (name: string) => program.state.get(name)!;
    of("A.0.weight").forEach((v, i, all) => (all[i] = 7 * v));
    for (const part of ["0.bias", "1.scale", "1.shift"])
      of(`A.${part}`).forEach((_, i, all) => (all[i] = i + 1));
    const length = (values: Float32Array) => Math.hypot(...values);
    const factor = length(of("B.0.weight")) / length(of("A.0.weight"));
    expect(factor).toBeLessThan(0.5);
    await program.step(0, 0);
    for (const part of ["0.weight", "0.bias"])
      expectClose(
        [...of(`B.${part}`)],
        [...of(`A.${part}`)].map((v) => factor * v),
        1e-6,
      );
    expect([...of("B.1.scale"), ...of("B.1.shift")]).toEqual([1, 2, 3, 4, 5, 1, 2, 3, 4, 5]);
    program.release();
  });

  test("refuses networks of other layers", () => {
    const { a, b } = pair(linear(4));
    expect(() => copyDirections(a, b)).toThrow(
      new OptionError({
        where: "copy of A into B",
        expected: "parameters of [3, 4] [4] [4] [4]",
        received: "[3, 5] [5] [5] [5]",
      }),
    );
  });
});
