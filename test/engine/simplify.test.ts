import { describe, expect, test } from "vitest";
import { grad } from "../../src/engine/autodiff.js";
import { graphOf } from "../../src/engine/compile/compile.js";
import { simplify } from "../../src/engine/compile/simplify.js";
import { defineOp } from "../../src/engine/ops/define.js";
import * as g from "../../src/engine/ops/index.js";
import { printGraph } from "../../src/engine/print.js";
import { type Tensor, ancestors } from "../../src/engine/tensor.js";
import { evaluate } from "./cases/check.js";

const x = g.placeholder("x", [2, 3]);
const w = g.placeholder("w", [3, 4]);
const one = (tensor: Tensor): Tensor => simplify([tensor])[0]!;
const opsOf = (...tensors: Tensor[]) => ancestors(simplify(tensors)).map((node) => node.op.name);

describe("what changes nothing is left out", () => {
  test.each<[string, () => Tensor]>([
    ["x * 1", () => g.mul(x, 1)],
    ["1 * x", () => g.mul(1, x)],
    ["x + 0", () => g.add(x, 0)],
    ["0 + x", () => g.add(g.fill(0, [2, 3]), x)],
    ["x - 0", () => g.sub(x, 0)],
    ["x / 1", () => g.div(x, 1)],
    ["x ^ 1", () => g.pow(x, 1)],
    ["stopGradient", () => g.stopGradient(x)],
    ["gradientReversal", () => g.gradientReversal(x, 2)],
    ["reshape to the same shape", () => g.reshape(x, [2, 3])],
    ["reshape there and back", () => g.reshape(g.reshape(x, [6]), [2, 3])],
    ["transpose there and back", () => g.transpose(g.transpose(x))],
    [
      "three turns of three axes",
      () => {
        const cube = g.placeholder("cube", [2, 3, 4]);
        const turn = (t: Tensor) => g.transpose(t, [1, 2, 0]);
        return g.reshape(turn(turn(turn(cube))), [2, 3, 4]);
      },
    ],
    ["slice of everything", () => g.slice(x, [{ axis: 0, start: 0, end: 2 }])],
    ["pad by nothing", () => g.pad(x, [{ axis: 0, before: 0, after: 0 }], 7)],
    ["broadcast to the same shape", () => g.broadcastTo(x, [2, 3])],
    ["sum over an axis of size 1", () => g.sum(g.reshape(x, [2, 1, 3]), [1])],
    ["all of these", () => g.add(g.mul(g.reshape(g.reshape(g.mul(x, 1), [3, 2]), [2, 3]), 1), 0)],
  ])("%s", (_name, f) => {
    expect(one(f()).node.op.name).toBe("placeholder");
  });
});

test.each<[string, () => Tensor, string[]]>([
  ["x * 0 is zeros", () => g.mul(x, 0), ["fill"]],
  ["x + 0 that broadcasts stays", () => g.add(x, g.fill(0, [4, 2, 3])), ["placeholder", "fill", "add"]],
  ["x * 1 that broadcasts stays", () => g.mul(g.fill(1, [4, 2, 3]), x), ["placeholder", "fill", "mul"]],
  ["reshape of reshape is one", () => g.reshape(g.reshape(x, [6]), [3, 2]), ["placeholder", "reshape"]],
  ["a broadcast number is a fill", () => g.broadcastTo(g.constant([3], []), [2, 2]), ["fill"]],
  ["numbers are worked out", () => g.neg(g.div(g.sub(g.add(g.mul(2, 3), 4), 5), 2)), ["constant"]],
  ["a reshaped number is a fill", () => g.reshape(g.constant([3], []), [1, 1]), ["fill"]],
  ["x ^ 0 is ones", () => g.pow(x, 0), ["fill"]],
  [
    "one number for all elements is a scalar",
    () => g.mul(g.fill(2, [2, 3]), x),
    ["placeholder", "constant", "mul"],
  ],
  ["one transpose stays", () => g.transpose(x), ["placeholder", "transpose"]],
])("%s", (_name, f, ops) => {
  expect(opsOf(f())).toEqual(ops);
});

describe("equal nodes", () => {
  test("are merged, with all that hangs on them", () => {
    const y = g.add(g.exp(g.matmul(x, w)), g.exp(g.matmul(x, w)));
    expect(`\n${printGraph(simplify([y]))}\n`).toBe(MERGED);
  });

  test("the gradient of a mean is one product with a number", () => {
    expect(
      `\n${printGraph(simplify(grad(g.neg(g.mean(g.mul(x, g.placeholder("u", [2, 3])))), [x])))}\n`,
    ).toBe(MEAN);
  });

  test("forward values that a gradient computes again are merged with the loss's own", () => {
    const loss = () => g.sum(g.exp(g.mul(x, 2)));
    expect(opsOf(loss(), ...grad(loss(), [x])).filter((name) => name === "exp")).toEqual(["exp"]);
  });

  test("are merged where simplifying made them equal", () => {
    const reshaped = g.reshape(g.reshape(x, [6]), [3, 2]);
    expect(opsOf(g.add(reshaped, g.reshape(x, [3, 2]))).filter((name) => name === "reshape")).toHaveLength(1);
  });

  test("differ by attributes, also where JSON would not tell them apart", async () => {
    const infinite = g.add(g.fill(Infinity, [2]), g.fill(-Infinity, [2]));
    expect((await evaluate({ y: infinite }))["y"]!.values).toEqual([NaN, NaN]);
    expect(
      opsOf(g.leakyRelu(x, 0.1), g.leakyRelu(x, 0.2)).filter((name) => name === "leakyRelu"),
    ).toHaveLength(2);
  });

  test("placeholders of one name are not merged: compile has to see both and refuse", () => {
    const twin = g.placeholder("x", [2, 3]);
    expect(opsOf(g.add(x, twin))).toEqual(["placeholder", "placeholder", "add"]);
    expect(() => graphOf({ y: g.add(x, twin) })).toThrow("two called x");
  });

  test("two ops of one name are not merged", async () => {
    const unary = (onnx: string) =>
      defineOp("mine", { inputs: ["x"], shape: ({ x }) => x.shape, onnx, gradient: {} });
    const y = g.sub(unary("Exp")(x), unary("Neg")(x));
    expect((await evaluate({ y }, { x: [0, 0, 0, 0, 0, 0] }))["y"]!.values).toEqual([1, 1, 1, 1, 1, 1]);
  });
});

describe("names in the ONNX graph", () => {
  test("a placeholder, variable or output may be called like a node", async () => {
    const [a, b] = [g.placeholder("exp_0", [1]), g.placeholder("add_1", [1])];
    const sum = g.add(g.exp(a), b);
    const found = await evaluate({ neg_2: sum, exp_3: g.neg(sum) }, { exp_0: [0], add_1: [2] });
    expect([found["neg_2"]!.values, found["exp_3"]!.values]).toEqual([[3], [-3]]);
  });

  test("an output may be an input, a constant, or another output", async () => {
    const y = g.exp(x);
    const found = await evaluate(
      { x, same: g.mul(x, 1), y, again: y, one: g.constant([1], []) },
      { x: [0, 0, 0, 1, 1, 1] },
    );
    expect(found["x"]!.values).toEqual([0, 0, 0, 1, 1, 1]);
    expect(found["same"]!.values).toEqual([0, 0, 0, 1, 1, 1]);
    expect(found["again"]!.values).toEqual(found["y"]!.values);
    expect(found["one"]!.values).toEqual([1]);
  });
});

const MERGED = `
%1 = placeholder() [2, 3] {name: x}
%2 = placeholder() [3, 4] {name: w}
%3 = matmul(%1, %2) [2, 4]
%4 = exp(%3) [2, 4]
%5 = add(%4, %4) [2, 4]
return %5
`;
const MEAN = `
%1 = placeholder() [2, 3] {name: u}
%2 = constant() [] {values: [-0.16666666666666666]}
%3 = mul(%2, %1) [2, 3]
return %3
`;
