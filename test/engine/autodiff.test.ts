import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { grad } from "../../src/engine/autodiff.js";
import { simplify } from "../../src/engine/compile/simplify.js";
import { defineOp } from "../../src/engine/ops/define.js";
import * as g from "../../src/engine/ops/index.js";
import { printGraph } from "../../src/engine/print.js";
import { type Tensor, ancestors } from "../../src/engine/tensor.js";
import { evaluate } from "./cases/check.js";
import { thinner } from "./cases/draws.js";

const x = (name: string, ...shape: number[]) => g.placeholder(name, shape);
const numberOf = (outputs: readonly Tensor[], op: string) =>
  ancestors(outputs).filter((node) => node.op.name === op).length;
const text = (outputs: readonly Tensor[]) => `\n${printGraph(simplify(outputs))}\n`;
const first = ([head]: readonly Tensor[]): Tensor => head!;

describe("the walk", () => {
  test("sums back over broadcast axes: each element of w counts as often as it was used", async () => {
    const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(
        shapes.chain((s) => fc.tuple(fc.constant(s), thinner(s))),
        async ([full, thin]) => {
          const [a, w] = [x("a", ...full), x("w", ...thin)];
          const d = first(grad(g.sum(g.add(a, w)), [w]));
          expect(d.shape).toEqual(thin);
          const uses = full.reduce((n, s) => n * s, 1) / thin.reduce((n, s) => n * s, 1);
          expect(new Set((await evaluate({ d }))["d"]!.values)).toEqual(new Set([uses]));
        },
      ),
      { seed: 1, numRuns: 20 },
    );
  });

  test("adds up what arrives by several paths", async () => {
    const a = x("a", 1);
    const y = g.add(g.mul(a, a), g.mul(3, g.exp(a)));
    const { d } = await evaluate({ d: first(grad(y, [a])) }, { a: [2] });
    expect(d!.values[0]).toBeCloseTo(4 + 3 * Math.exp(2), 4);
  });

  test("gives zeros for what output does not depend on", async () => {
    const [a, b] = [x("a", 2), x("b", 3)];
    const [, d] = grad(g.sum(a), [a, b]);
    expect((await evaluate({ d: d! }))["d"]!.values).toEqual([0, 0, 0]);
  });

  test("differentiates in values inside the graph, and in the output itself", async () => {
    const a = x("a", 1);
    const middle = g.exp(a);
    const y = g.mul(middle, middle);
    const [dMiddle, dOut] = grad(y, [middle, y]) as [Tensor, Tensor];
    const found = await evaluate({ dMiddle, dOut }, { a: [1] });
    expect(found["dMiddle"]!.values[0]).toBeCloseTo(2 * Math.E, 5);
    expect(found["dOut"]!.values).toEqual([1]);
  });

  test("a cotangent weighs the outputs", async () => {
    const a = x("a", 3);
    const [d] = grad(g.mul(a, a), [a], g.constant([1, 10, 0], [3]));
    expect((await evaluate({ d: d! }, { a: [1, 2, 3] }))["d"]!.values).toEqual([2, 40, 0]);
  });

  test("takes the cotangent of each output of an op, wherever it comes from", async () => {
    const v = x("v", 2, 1);
    const [, mean, variance] = g.batchNormalize(v, g.fill(1, [1]), g.fill(0, [1]), { epsilon: 1e-5 });
    const [dMean] = grad(g.sum(mean!), [v]);
    const [dVariance] = grad(g.sum(variance!), [v]);
    const found = await evaluate({ dMean: dMean!, dVariance: dVariance! }, { v: [1, 5] });
    expect(found["dMean"]!.values).toEqual([0.5, 0.5]);
    expect(found["dVariance"]!.values).toEqual([-2, 2]);
  });

  test("stopGradient stops one path only", async () => {
    const a = x("a", 1);
    const [d] = grad(g.mul(a, g.stopGradient(a)), [a]);
    expect((await evaluate({ d: d! }, { a: [3] }))["d"]!.values).toEqual([3]);
  });

  test("gradientReversal turns the derivative, by a strength that may be fed", async () => {
    const [a, strength] = [x("a", 2), x("strength")];
    const [d] = grad(g.sum(g.mul(g.gradientReversal(a, strength), 3)), [a]);
    expect((await evaluate({ d: d! }, { a: [1, 2], strength: [0.5] }))["d"]!.values).toEqual([-1.5, -1.5]);
  });

  test("asks for a rule only where its input leads to what is wanted", () => {
    const asked: string[] = [];
    const layer = defineOp("layer", {
      inputs: ["x", "w"],
      shape: ({ x }) => x.shape,
      onnx: "Mul",
      gradient: {
        x: ({ w, dOut }) => (asked.push("x"), g.mul(dOut, w)),
        w: ({ x, dOut }) => (asked.push("w"), g.mul(dOut, x)),
      },
    });
    const [a, fixed, own] = [x("a", 2), x("fixed", 2), x("own", 2)];
    grad(g.sum(layer(layer(a, own), fixed)), [own]);
    expect(asked).toEqual(["x", "w"]); // back through the fixed layer, then into the weight of the other
  });

  test("sixth derivative of x^6 is 720", async () => {
    const a = x("a", 1);
    let y = g.pow(a, 6);
    for (let order = 0; order < 6; order++) y = first(grad(y, [a]));
    expect((await evaluate({ y }))["y"]!.values).toEqual([720]);
  });
});

describe("what a gradient is made of", () => {
  test("the gradient of conv is convInput and convWeight", () => {
    const [a, w] = [x("x", 2, 3, 9, 8), x("w", 4, 3, 3, 3)];
    const y = g.conv(a, w, { stride: 2, padding: 1 });
    expect(text(grad(g.sum(g.mul(y, x("u", ...y.shape))), [a, w]))).toBe(CONV);
  });

  test("the gradient of convInput is conv and convWeight, so that every order is made of the same three", () => {
    const [a, w] = [x("x", 1, 2, 7), x("w", 3, 2, 3)];
    let y = g.conv(a, w);
    for (let order = 0; order < 4; order++) {
      const gradient = grad(g.sum(g.square(y)), [a, w]);
      const found = ["conv", "convInput", "convWeight"].map((name) => numberOf(gradient, name));
      expect(found.every((n) => n > 0)).toBe(true);
      y = first(gradient);
    }
  });

  // A product with a transpose costs nothing extra: ONNX Runtime fuses it. Nothing is summed or broadcast.
  test("the gradient of matmul is two matmuls", () => {
    const [a, b] = [x("a", 2, 3), x("b", 3, 4)];
    expect(text(grad(g.sum(g.mul(g.matmul(a, b), x("u", 2, 4))), [a, b]))).toBe(MATMUL);
  });

  test("a fixed network costs no weight gradients", () => {
    const [z, wG, wD] = [x("z", 2, 4, 3, 3), x("wG", 4, 3, 4, 4), x("wD", 5, 3, 4, 4)];
    const half = { stride: 2, padding: 1 };
    const fake = g.convTranspose(z, wG, half);
    const loss = g.mean(g.softplus(g.conv(fake, wD, half)));
    const forG = grad(loss, [wG]);
    expect([numberOf(forG, "convWeight"), numberOf(forG, "convInput")]).toEqual([1, 2]); // G's weight; G itself, back through D
    const forD = grad(loss, [wD]);
    expect([numberOf(forD, "convWeight"), numberOf(forD, "convInput")]).toEqual([1, 1]); // D's weight; G itself, nothing back
    expect(numberOf(grad(loss, [wG, wD]), "convWeight")).toBe(2);
  });
});

test("a graph prints attributes, dtypes and second outputs", () => {
  const rows = g.gather(x("table", 5, 2), g.placeholder("i", [3], "int64"));
  const [y, , variance] = g.batchNormalize(rows, g.fill(1, [2]), x("shift", 2), { epsilon: 0.5 });
  expect(`\n${printGraph([y!, variance!])}\n`).toBe(PRINTED);
});

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const page = read("docs/autodiff.md");
const blocks = [...page.matchAll(/```(ts)?\n([^`]*)```/g)].map(([, language, code]) => ({
  language,
  code: code!,
}));

describe("docs/autodiff.md", () => {
  test("code on the page is code of the engine", () => {
    const sources = [
      "src/engine/tensor.ts",
      "src/engine/autodiff.ts",
      "src/engine/ops/elementwise.ts",
      "test/engine/cases/networks.ts",
    ].map(read);
    const code = blocks.filter(({ language }) => language === "ts").map(({ code }) => code);
    expect(code.length).toBe(7);
    const [head, ...others] = code;
    expect(head).toContain("mean(square(matmul(x, w)))");
    expect(others.filter((block) => !sources.some((source) => source.includes(block)))).toEqual([]);
  });

  test("the printed graph is what the engine prints", () => {
    const [a, w] = [x("x", 8, 2), x("w", 2, 1)];
    const printed = printGraph(simplify(grad(g.mean(g.square(g.matmul(a, w))), [w])));
    expect(blocks.find(({ language }) => language === undefined)?.code).toBe(`${printed}\n`);
  });
});

const CONV = `
%1 = placeholder() [2, 3, 9, 8] {name: x}
%2 = placeholder() [4, 3, 3, 3] {name: w}
%3 = placeholder() [2, 4, 5, 4] {name: u}
%4 = convInput(%3, %2) [2, 3, 9, 8] {strides: [2, 2], dilations: [1, 1], pads: [1, 1, 1, 1], groups: 1, size: [9, 8]}
%5 = convWeight(%1, %3) [4, 3, 3, 3] {strides: [2, 2], dilations: [1, 1], pads: [1, 1, 1, 1], groups: 1, kernel: [3, 3]}
return %4, %5
`;
const MATMUL = `
%1 = placeholder() [2, 3] {name: a}
%2 = placeholder() [3, 4] {name: b}
%3 = placeholder() [2, 4] {name: u}
%4 = transpose(%2) [4, 3] {order: [1, 0]}
%5 = transpose(%1) [3, 2] {order: [1, 0]}
%6 = matmul(%3, %4) [2, 3]
%7 = matmul(%5, %3) [3, 4]
return %6, %7
`;
const PRINTED = `
%1 = placeholder() [5, 2] {name: table}
%2 = placeholder() int64 [3] {name: i}
%3 = gather(%1, %2) [3, 2] {axis: 0}
%4 = fill() [2] {value: 1}
%5 = placeholder() [2] {name: shift}
%6 = batchNormalize(%3, %4, %5) [3, 2] and [2] and [2] {epsilon: 0.5}
return %6, %6.2
`;
