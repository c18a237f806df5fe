import { expect, test } from "vitest";
import { emitOnnx } from "../../src/engine/compile/emit.js";
import { nativeHost } from "../../src/engine/runtime/native.js";
import * as g from "../../src/engine/ops/index.js";
import { grad } from "../../src/engine/autodiff.js";
import { viewOf } from "../../src/engine/runtime/host.js";

test("conv grad", async () => {
  const x = g.placeholder("x", [2, 3, 9, 8]),
    w = g.placeholder("w", [4, 3, 3, 3]);
  const y = g.conv(x, w, { stride: 2, padding: 1 });
  const [dw] = grad(g.mean(g.square(g.tanh(y))), [w]);
  const graph = emitOnnx({
    inputs: new Map([
      ["x", x],
      ["w", w],
    ]),
    outputs: new Map([
      ["y", y],
      ["dw", dw!],
    ]),
  });
  const s = await nativeHost(2).load(graph);
  const mk = (t: g.Value & object) => viewOf("float32", (t as any).shape);
  const [xb, wb, yb, db] = [x, w, y, dw!].map(mk) as Float32Array[];
  xb!.forEach((_, i) => (xb![i] = Math.sin(i)));
  wb!.forEach((_, i) => (wb![i] = Math.cos(i) * 0.1));
  const r = s.bind([xb!, wb!], [yb!, db!]);
  await r.run();
  const f = async () => {
    await r.run();
    return yb!.reduce((s, v) => s + Math.tanh(v) ** 2, 0) / yb!.length;
  };
  const an = db![5]!;
  wb![5]! += 1e-2;
  const a = await f();
  wb![5]! -= 2e-2;
  const b = await f();
  console.log(an, (a - b) / 2e-2);
  expect(an).toBeCloseTo((a - b) / 2e-2, 3);
});
