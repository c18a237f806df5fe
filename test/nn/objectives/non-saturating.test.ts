import { describe, expect, test } from "vitest";
import { grad } from "../../../src/engine/autodiff.js";
import { constant, placeholder } from "../../../src/engine/ops/index.js";
import { nonSaturating } from "../../../src/nn/index.js";
import { valueOf, valuesOf } from "../check.js";

const losses = async (real: readonly number[], fake: readonly number[]) => {
  const logits = { real: constant(real, [real.length]), fake: constant(fake, [fake.length]) };
  const found = await valuesOf({
    d: nonSaturating.discriminator(logits),
    g: nonSaturating.generator(logits),
  });
  return [found["d"]![0]!, found["g"]![0]!];
};

test.each([[[2]], [[1, 1, 2]], [[2, 1]]])("four logits by hand, in shape %j", async (shape) => {
  const found = await valuesOf({
    d: nonSaturating.discriminator({ real: constant([1, -2], shape), fake: constant([0.5, -1], shape) }),
    g: nonSaturating.generator({ fake: constant([0.5, -1], shape) }),
  });
  // softplus(-1) = 0.313262, softplus(2) = 2.126928; softplus(0.5) = 0.974077, softplus(-1) = 0.313262
  expect(found["d"]![0]).toBeCloseTo((0.313262 + 2.126928) / 2 + (0.974077 + 0.313262) / 2, 5);
  // softplus(-0.5) = 0.474077, softplus(1) = 1.313262
  expect(found["g"]![0]).toBeCloseTo((0.474077 + 1.313262) / 2, 5);
});

describe("logits of 100", () => {
  test("give finite losses", async () => {
    expect(await losses([-100], [100])).toEqual([200, expect.closeTo(0, 30)]);
    expect(await losses([100], [-100])).toEqual([expect.closeTo(0, 30), 100]);
  });

  test("give finite gradients, that of the losing generator not zero", async () => {
    const fake = placeholder("fake", [2]);
    const [d] = grad(nonSaturating.discriminator({ real: fake, fake }), [fake]);
    const [g] = grad(nonSaturating.generator({ fake }), [fake]);
    const found = await valuesOf({ d: d!, g: g! }, { fake: new Float32Array([-100, 100]) });
    expect(found["d"]).toEqual([-0.5, 0.5]);
    expect(found["g"]![0]).toBe(-0.5);
    expect(Math.abs(found["g"]![1]!)).toBeLessThan(1e-30);
  });
});

test("at D = log p/q the discriminator's loss is 2 log 2 - 2 JSD(p, q)", async () => {
  // Batches of eight that hold every outcome as often as p and q ask.
  const p = [4, 2, 1, 1].map((n) => n / 8);
  const q = [1, 1, 4, 2].map((n) => n / 8);
  const logits = p.map((v, i) => Math.log(v / q[i]!));
  const batch = (shares: readonly number[]) =>
    shares.flatMap((v, i) => Array.from({ length: 8 * v }, () => logits[i]!));
  const divergence = (a: readonly number[], b: readonly number[]) =>
    a.reduce((s, v, i) => s + v * Math.log(v / b[i]!), 0);
  const middle = p.map((v, i) => (v + q[i]!) / 2);
  const jsd = (divergence(p, middle) + divergence(q, middle)) / 2;
  const [d] = await losses(batch(p), batch(q));
  expect(jsd).toBeGreaterThan(0.1);
  expect(d).toBeCloseTo(2 * Math.log(2) - 2 * jsd, 6);
});

test("the generator learns from the fake logits alone", async () => {
  const [real, fake] = [placeholder("real", [1]), placeholder("fake", [1])];
  const [dReal] = grad(nonSaturating.generator({ fake }), [real]);
  expect(await valueOf(dReal!)).toEqual([0]);
});
