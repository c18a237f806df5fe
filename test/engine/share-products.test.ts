import { describe, expect, test } from "vitest";
import { grad } from "../../src/engine/autodiff.js";
import { shareProducts } from "../../src/engine/compile/share-products.js";
import { simplify } from "../../src/engine/compile/simplify.js";
import * as g from "../../src/engine/ops/index.js";
import { printGraph } from "../../src/engine/print.js";
import { type Tensor, ancestors } from "../../src/engine/tensor.js";
import { difference } from "./rewrites.js";

const real = g.placeholder("real", [2, 40]);
const fake = g.placeholder("fake", [2, 40]);
const w = g.placeholder("w", [40, 50]);
const shared = (outputs: readonly Tensor[], given: readonly Tensor[] = []) =>
  shareProducts({ outputs, given: new Set(given) });
const products = (outputs: readonly Tensor[]) =>
  ancestors(outputs).filter(({ op }) => op.name === "matmul").length;

/** Placeholders that are read, not through what is handed in. */
function leavesOf(outputs: readonly Tensor[], given: readonly Tensor[]): unknown[] {
  const names = outputs
    .filter((x) => !given.includes(x))
    .flatMap(({ node }) =>
      node.inputs.length === 0 ? [node.attributes["name"]] : leavesOf(node.inputs, given),
    );
  return [...new Set(names)];
}

describe("a real and a generated batch through one layer", () => {
  const loss = g.add(g.sum(g.tanh(g.matmul(real, w))), g.sum(g.exp(g.matmul(fake, w))));
  const before = simplify([loss, ...grad(loss, [w, real, fake])]);
  const after = shared(before);

  test("six products become three", () => {
    expect(`\n${printGraph(before)}\n`).toBe(BEFORE);
    expect(`\n${printGraph(after)}\n`).toBe(AFTER);
  });

  test("of the same values", async () => {
    expect(await difference(after, before)).toBeLessThan(1e-5);
  });
});

describe("what stays apart", () => {
  test("products one of which needs the other", () => {
    const square = g.placeholder("square", [40, 40]);
    const twice = g.matmul(g.tanh(g.matmul(real, square)), square);
    expect(shared([twice])).toEqual([twice]);
  });

  test("two pairs, where joining one makes the other depend on itself", async () => {
    const v = g.placeholder("v", [40, 40]);
    const u = g.placeholder("u", [40, 40]);
    const first = g.matmul(g.tanh(g.matmul(real, u)), v);
    const second = g.matmul(g.tanh(g.matmul(fake, v)), u);
    const after = shared([first, second]);
    expect(products(after)).toBe(3);
    expect(await difference(after, [first, second])).toBeLessThan(1e-5);
  });

  test("products of so many rows that copying them costs more than the weight", () => {
    const [many, more] = [g.placeholder("many", [200, 40]), g.placeholder("more", [200, 40])];
    const outputs = [g.matmul(many, w), g.matmul(more, w)];
    expect(shared(outputs)).toEqual(outputs);
  });

  test("batches of products, and other weights", () => {
    const [x, y] = [g.placeholder("x", [3, 2, 40]), g.placeholder("y", [3, 2, 40])];
    const outputs = [g.matmul(x, w), g.matmul(y, w), g.matmul(real, g.placeholder("other", [40, 50]))];
    expect(shared(outputs)).toEqual(outputs);
  });

  test("sums of products that something else reads as well", () => {
    const product = g.matmul(g.transpose(real), g.placeholder("d", [2, 50]));
    const sum = g.add(product, g.matmul(g.transpose(fake), g.placeholder("e", [2, 50])));
    expect(products(shared([sum, product]))).toBe(2);
    expect(products(shared([sum]))).toBe(1);
  });

  test("what lies behind a value that is handed in", () => {
    const handed = g.tanh(g.matmul(real, w));
    const outputs = [g.exp(handed), g.matmul(fake, w)];
    expect(shared(outputs, [handed])).toEqual(outputs);
  });

  const [whole, tall] = [g.placeholder("whole", [4, 40]), g.placeholder("tall", [40, 4])];
  const halves = [0, 2].map((start) => g.slice(whole, [{ axis: 0, start, end: start + 2 }]));
  test.each<[string, readonly Tensor[]]>([
    ["transposed", [0, 2].map((start) => g.transpose(g.slice(tall, [{ axis: 1, start, end: start + 2 }])))],
    ["joined", [g.concat([whole, whole], 0), real]],
    ["slices of one", halves],
  ])("what lies behind factors that are handed in: %s", (_name, factors) => {
    const after = shared(
      factors.map((x) => g.matmul(x, w)),
      factors,
    );
    expect(products(after)).toBe(1);
    expect(leavesOf(after, factors)).toEqual(["w"]);
  });
});

test("a recurrent layer's gradient: as many products added as there are steps become one", async () => {
  const r = g.placeholder("r", [30, 30]);
  const frames = [0, 1, 2, 3].map((i) => g.placeholder(`x${i}`, [2, 30]));
  const last = frames.reduce((h, x) => g.tanh(g.add(x, g.matmul(h, r))), g.placeholder("h", [2, 30]));
  const before = simplify(grad(g.sum(last), [r]));
  const after = shared(before);
  expect(products(before)).toBe(4 + 3 + 4);
  expect(products(after)).toBe(4 + 3 + 1);
  expect(await difference(after, before)).toBeLessThan(1e-5);
});

const BEFORE = `
%1 = placeholder() [2, 40] {name: real}
%2 = placeholder() [2, 40] {name: fake}
%3 = placeholder() [40, 50] {name: w}
%4 = matmul(%1, %3) [2, 50]
%5 = tanh(%4) [2, 50]
%6 = sum(%5) [1, 1] {axes: [0, 1]}
%7 = reshape(%6) []
%8 = matmul(%2, %3) [2, 50]
%9 = exp(%8) [2, 50]
%10 = sum(%9) [1, 1] {axes: [0, 1]}
%11 = reshape(%10) []
%12 = add(%7, %11) []
%13 = constant() [] {values: [1]}
%14 = transpose(%3) [50, 40] {order: [1, 0]}
%15 = transpose(%2) [40, 2] {order: [1, 0]}
%16 = mul(%5, %5) [2, 50]
%17 = transpose(%1) [40, 2] {order: [1, 0]}
%18 = matmul(%9, %14) [2, 40]
%19 = matmul(%15, %9) [40, 50]
%20 = sub(%13, %16) [2, 50]
%21 = matmul(%20, %14) [2, 40]
%22 = matmul(%17, %20) [40, 50]
%23 = add(%19, %22) [40, 50]
return %12, %23, %21, %18
`;
const AFTER = `
%1 = placeholder() [2, 40] {name: real}
%2 = placeholder() [2, 40] {name: fake}
%3 = placeholder() [40, 50] {name: w}
%4 = constant() [] {values: [1]}
%5 = transpose(%3) [50, 40] {order: [1, 0]}
%6 = concat(%2, %1) [4, 40] {axis: 0}
%7 = matmul(%6, %3) [4, 50]
%8 = slice(%7) [2, 50] {ranges: [{axis: 0, start: 0, end: 2}]}
%9 = exp(%8) [2, 50]
%10 = slice(%7) [2, 50] {ranges: [{axis: 0, start: 2, end: 4}]}
%11 = tanh(%10) [2, 50]
%12 = mul(%11, %11) [2, 50]
%13 = sub(%4, %12) [2, 50]
%14 = sum(%9) [1, 1] {axes: [0, 1]}
%15 = reshape(%14) []
%16 = sum(%11) [1, 1] {axes: [0, 1]}
%17 = reshape(%16) []
%18 = add(%17, %15) []
%19 = concat(%9, %13) [4, 50] {axis: 0}
%20 = matmul(%19, %5) [4, 40]
%21 = slice(%20) [2, 40] {ranges: [{axis: 0, start: 0, end: 2}]}
%22 = slice(%20) [2, 40] {ranges: [{axis: 0, start: 2, end: 4}]}
%23 = transpose(%6) [40, 4] {order: [1, 0]}
%24 = matmul(%23, %19) [40, 50]
return %18, %24, %22, %21
`;
