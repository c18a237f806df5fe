import { expect, test } from "vitest";
import { mean, mul, placeholder, sub } from "../../src/engine/ops/index.js";
import type { Tensor } from "../../src/engine/tensor.js";
import { asOneBatch, parted, rows } from "../../src/nn/index.js";
import { valuesOf, waves } from "./check.js";

const [a, b] = [placeholder("a", [3, 2]), placeholder("b", [1, 2])];
const inputs = { a: waves([3, 2], 1), b: waves([1, 2], 2) };

test("parted gives the rows of each batch back, however many it has", async () => {
  const whole = placeholder("both", [4, 2]);
  const [first, second] = parted(whole, [a, b]);
  const both = Float32Array.of(...inputs.a, ...inputs.b);
  const found = await valuesOf({ first, second, middle: rows(whole, 1, 2) }, { both });
  expect([...found["first"]!]).toEqual([...inputs.a]);
  expect([...found["second"]!]).toEqual([...inputs.b]);
  expect([...found["middle"]!]).toEqual([...both.subarray(2, 6)]);
});

test("asOneBatch shows a network all rows at once", async () => {
  const centred = (x: Tensor) => mul(2, sub(x, mean(x, [0], { keep: true })));
  const [first, second] = asOneBatch(centred, [a, b]);
  const found = await valuesOf({ first, second }, inputs);
  const all = [...inputs.a, ...inputs.b];
  const middle = [0, 1].map((column) => all.filter((_, i) => i % 2 === column).reduce((s, v) => s + v) / 4);
  const expected = all.map((v, i) => 2 * (v - middle[i % 2]!));
  expect([...found["first"]!, ...found["second"]!]).toEqual(
    expected.map((v) => expect.closeTo(v, 5) as number),
  );
});
