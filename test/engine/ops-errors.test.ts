import { describe, expect, test } from "vitest";
import { grad } from "../../src/engine/autodiff.js";
import { compile } from "../../src/engine/compile/compile.js";
import * as g from "../../src/engine/ops/index.js";
import { nodeHost } from "../../src/engine/runtime/node.js";
import { ShapeError } from "../../src/errors.js";

const x = (...shape: number[]) => g.placeholder("x", shape);
const whole = (...shape: number[]) => g.placeholder("i", shape, "int64");
function messageOf(f: () => unknown): string {
  try {
    f();
  } catch (error) {
    expect(error).toBeInstanceOf(ShapeError);
    return (error as ShapeError).message;
  }
  return "nothing was thrown";
}

describe("a mistake throws where the op is written, with op and shapes", () => {
  test.each<[string, () => unknown, string]>([
    ["add", () => g.add(x(2, 3), x(4)), "add: expected shapes that broadcast, received [2, 3] and [4]."],
    [
      "matmul",
      () => g.matmul(x(5, 3), x(4, 2)),
      "matmul: expected y [..., 3, m] for x [5, 3], received [4, 2].\n  Both need two axes or more; the last of x must equal the last but one of y.",
    ],
    [
      "matmul of vectors",
      () => g.matmul(x(3), x(3)),
      "matmul: expected y [..., k, m] for x [3], received [3].\n  Both need two axes or more; the last of x must equal the last but one of y.",
    ],
    [
      "conv with swapped weights",
      () => g.conv(x(64, 3, 28, 28), x(3, 64, 4, 4)),
      "conv: expected w [O, 3, ...K] for x [64, 3, 28, 28] with groups 1, received w [3, 64, 4, 4].\n  Swap the first two axes of w, or set groups.",
    ],
    [
      "conv, kernel too large",
      () => g.conv(x(1, 1, 3, 9), x(1, 1, 4, 4)),
      "conv: expected a kernel that fits into 3 (padded) along spatial axis 0 of x [1, 1, 3, 9], received a reach of 4: w [1, 1, 4, 4], dilation 1.",
    ],
    [
      "conv, strides of another rank",
      () => g.conv(x(1, 1, 9, 9), x(1, 1, 3, 3), { stride: [2] }),
      "conv: expected stride of 2 whole numbers from 1, received [2].",
    ],
    ["conv of a matrix", () => g.conv(x(2, 3), x(4, 3)), "conv: expected x [B,C,...S], received [2, 3]."],
    [
      "conv, groups",
      () => g.conv(x(1, 4, 5, 5), x(6, 4, 1, 1), { groups: 2 }),
      "conv: expected w [O, 2, ...K] for x [1, 4, 5, 5] with groups 2, received w [6, 4, 1, 1].\n  w holds, for every output channel, one kernel per input channel of its group.",
    ],
    [
      "convTranspose",
      () => g.convTranspose(x(1, 4, 5, 5), x(3, 4, 2, 2)),
      "convTranspose: expected w [4, C/groups, ...K] for x [1, 4, 5, 5] with groups 1, received w [3, 4, 2, 2].",
    ],
    [
      "convTranspose, padded out",
      () => g.convTranspose(x(1, 1, 5, 5), x(1, 1, 2, 2), { outputPadding: 1 }),
      "convTranspose: expected a result [7, 7] that the window takes back to x [1, 1, 5, 5], received w [1, 1, 2, 2], strides [1, 1], which make [6, 6] of it.\n  outputPadding must be smaller than every stride.",
    ],
    [
      "convWeight",
      () =>
        g.convWeight(x(1, 1, 5), x(1, 1, 5), {
          kernel: [2],
          strides: [1],
          dilations: [1],
          pads: [0, 0],
          groups: 1,
        }),
      "convWeight: expected d as conv makes it of x [1, 1, 5] with kernel [2], groups 1, received [1, 1, 5].",
    ],
    [
      "maxPool",
      () => g.maxPool(x(1, 1, 2, 2), 3),
      "maxPool: expected windows that fit into x [1, 1, 2, 2] and padding smaller than they are, received size [3, 3], padding [0, 0, 0, 0].",
    ],
    [
      "concat",
      () => g.concat([x(2, 3), x(3, 3)], 1),
      "concat: expected shapes equal but for axis 1, received [2, 3] and [3, 3].",
    ],
    [
      "concat of two dtypes",
      () => g.concat([x(2, 3), whole(2, 3)]),
      "concat: expected one dtype and shapes equal but for axis 1, received float32 [2, 3] and int64 [2, 3].",
    ],
    [
      "concat, axis",
      () => g.concat([x(2, 3)], -3),
      "concat: expected distinct axes of [2, 3], received [-3].",
    ],
    [
      "reshape",
      () => g.reshape(x(2, 3), [4, 2]),
      "reshape: expected 6 elements as in [2, 3], received [4, 2].",
    ],
    [
      "reshape that does not divide",
      () => g.reshape(x(5), [2, -1]),
      "reshape: expected sizes that divide the 5 elements of [5], received [2, -1].",
    ],
    [
      "transpose",
      () => g.transpose(x(2, 3), [0, 0]),
      "transpose: expected an order of the axes of [2, 3], received [0, 0].",
    ],
    [
      "slice",
      () => g.slice(x(2, 3), [{ axis: 1, start: 1, end: 5 }]),
      "slice: expected a range within axis 1 of [2, 3], received 1..5 by 1.",
    ],
    [
      "pad",
      () => g.pad(x(2), [{ axis: 0, before: -1, after: 0 }]),
      "pad: expected paddings of at least 0, received -1 and 0.",
    ],
    [
      "gather, axis",
      () => g.gather(x(2, 3), whole(4), 2),
      "gather: expected distinct axes of [2, 3], received [2].",
    ],
    [
      "gather, dtype",
      () => g.gather(x(2, 3), x(4)),
      "gather: expected indices of dtype int64, received float32 [4].",
    ],
    [
      "scatterAdd",
      () => g.scatterAdd(x(2, 3), whole(4), 0, 5),
      "scatterAdd: expected x with the axes of indices [4] at axis 0, received [2, 3].",
    ],
    [
      "broadcastTo",
      () => g.broadcastTo(x(2, 3), [2, 4]),
      "broadcastTo: expected shapes that broadcast, received [2, 3] and [2, 4].",
    ],
    ["sum, axis", () => g.sum(x(2, 3), [2]), "sum: expected distinct axes of [2, 3], received [2]."],
    [
      "softmax, axis",
      () => g.softmax(x(2, 3), 2),
      "softmax: expected distinct axes of [2, 3], received [2].",
    ],
    [
      "batchNormalize",
      () => g.batchNormalize(x(8, 3, 4, 4), x(4), x(3), { epsilon: 1e-5 }),
      "batchNormalize: expected scale and shift [3] for x [8, 3, 4, 4], received [4] and [3].",
    ],
    [
      "affineSample",
      () => g.affineSample(x(8, 3, 4, 4), x(8, 3, 3)),
      "affineSample: expected x [B,C,H,W] with maps [B,2,3], received [8, 3, 4, 4] and [8, 3, 3].",
    ],
    [
      "resize",
      () => g.resize(x(3, 4, 4), [8, 8], "nearest"),
      "resize: expected x [B,C,H,W], received [3, 4, 4].",
    ],
    ["wrong dtype", () => g.add(x(2), whole(2)), "add: expected y of dtype float32, received int64 [2]."],
    [
      "wrong dtype of a condition",
      () => g.where(x(2), 1, 0),
      "where: expected condition of dtype bool, received float32 [2].",
    ],
    [
      "two dtypes",
      () => g.equal(whole(2), 0),
      "equal: expected y of dtype int64, as x [2], received float32 [].\n  Use cast on one of them.",
    ],
    ["constant", () => g.constant([1, 2, 3], [2]), "constant: expected 2 values for [2], received 3."],
    [
      "grad of what is not a number",
      () => grad(x(4, 2), [x(4, 2)]),
      "grad: expected a loss of one element, received [4, 2].\n  Reduce it with mean or sum, or pass a cotangent.",
    ],
    [
      "grad with a cotangent of another shape",
      () => grad(x(4, 2), [], x(2)),
      "grad: expected a cotangent [4, 2], received [2].",
    ],
  ])("%s", (_name, f, message) => {
    expect(messageOf(f)).toBe(message);
  });
});

test("the stack leads to the user's line", () => {
  try {
    g.add(x(2), x(3));
  } catch (error) {
    const frames = (error as Error)
      .stack!.split("\n")
      .filter((line) => /^\s+at (?!.*(\/src\/|<anonymous>))/.test(line));
    expect(frames[0]).toContain("ops-errors.test.ts");
  }
});

describe("compile", () => {
  const host = nodeHost({ threads: 1 });

  test("names are unique", async () => {
    const twice = g.add(x(2), x(2));
    await expect(compile({ y: twice }, host)).rejects.toThrow(
      "compile: expected placeholders and variables of distinct names, received two called x.",
    );
    await expect(compile({ x: g.neg(x(2)) }, host)).rejects.toThrow(
      "compile: expected outputs with names that no placeholder or variable has, received x.",
    );
  });

  test("feeds are checked", async () => {
    const double = await compile({ y: g.mul(x(2), 2) }, host);
    await expect(double.run({})).rejects.toThrow(
      "input x: expected Float32Array of 2 values for [2], received nothing.",
    );
    await expect(double.run({ x: new Float32Array(3) })).rejects.toThrow(
      "input x: expected Float32Array of 2 values for [2], received Float32Array of 3.",
    );
    await expect(double.run({ x: new BigInt64Array(2) })).rejects.toThrow(
      "input x: expected Float32Array of 2 values for [2], received BigInt64Array of 2.",
    );
    double.release();
  });
});
