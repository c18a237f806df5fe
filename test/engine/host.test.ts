import { describe, expect, test } from "vitest";
import { compile } from "../../src/engine/compile/compile.js";
import { defineOp } from "../../src/engine/ops/define.js";
import * as g from "../../src/engine/ops/index.js";
import type { Host } from "../../src/engine/runtime/host.js";
import { devices, nodeHost } from "../../src/engine/runtime/node.js";
import type { Tensor } from "../../src/engine/tensor.js";
import { EngineError, OptionError } from "../../src/errors.js";
import { gradientsOf, networks } from "./cases/networks.js";
import { wave } from "./cases/reference.js";

const native = nodeHost({ threads: 2 });
const binding = nodeHost({ threads: 2, binding: true });
const hosts: [string, Host][] = [
  ["native", native],
  ["binding", binding],
];

const hex = (values: Float32Array) =>
  Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("hex");

/** All results of some runs, as text. */
async function bytesOf(
  host: Host,
  outputs: Readonly<Record<string, Tensor>>,
  feeds: Readonly<Record<string, readonly number[]>>,
  runs = 1,
): Promise<string[]> {
  const compiled = await compile(outputs, host);
  const given = Object.fromEntries(
    compiled.graph.inputs.map(({ name }) => [name, Float32Array.from(feeds[name]!)]),
  );
  const found: string[] = [];
  for (let i = 0; i < runs; i++)
    found.push(
      Object.values<Float32Array>(await compiled.run(given))
        .map(hex)
        .join(),
    );
  compiled.release();
  return found;
}

test("the native host is there, and is the default", () => {
  expect([native.name, binding.name]).toEqual(["native", "binding"]);
});

describe("native host and plain binding give the same bytes", () => {
  test.each(Object.keys(networks))("%s", async (name) => {
    const network = networks[name]!();
    const gradients = Object.entries(gradientsOf(network));
    const outputs = {
      loss: network.loss,
      ...Object.fromEntries(gradients.map(([key, d]) => [`d.${key}`, d])),
    };
    const [left, right] = [
      await bytesOf(native, outputs, network.feeds),
      await bytesOf(binding, outputs, network.feeds),
    ];
    expect(left[0]!.length).toBeGreaterThan(100);
    expect(left).toEqual(right);
  });
});

describe.each(hosts)("%s host", (_name, host) => {
  test("runs of the same numbers give the same bytes, from two sessions as well", async () => {
    const network = networks["dcgan generator"]!();
    const gradients = gradientsOf(network);
    const runs = [
      ...(await bytesOf(host, gradients, network.feeds, 5)),
      ...(await bytesOf(host, gradients, network.feeds, 2)),
    ];
    expect(new Set(runs).size).toBe(1);
  });

  // Large enough that the engine shares the work out: additions to one place must not depend on who comes first.
  test("adding many rows to few places is exact and repeatable with two threads", async () => {
    const rows = 4096;
    const places = g.constant(
      Array.from({ length: rows }, (_, i) => i % 3),
      [rows],
      "int64",
    );
    const x = g.placeholder("x", [rows, 64]);
    const values = Array.from({ length: rows * 64 }, (_, i) => i % 8);
    const compiled = await compile({ y: g.scatterAdd(x, places, 0, 3) }, host);
    const expected = Array.from({ length: 3 * 64 }, () => 0);
    values.forEach((v, i) => (expected[((i >> 6) % 3) * 64 + (i & 63)]! += v));
    for (let run = 0; run < 5; run++) {
      const { y } = await compiled.run({ x: Float32Array.from(values) });
      expect([...y]).toEqual(expected);
    }
    compiled.release();
  });

  test("so is spreading pictures", async () => {
    const size = [16, 8, 24, 24];
    const maps = g.constant(
      Array.from({ length: 16 }, () => [0.1, 0, 0, 0, 0.1, 0]).flat(), // most pixels meet in the middle
      [16, 2, 3],
    );
    const d = g.placeholder("d", size);
    const ones = new Float32Array(16 * 8 * 24 * 24).fill(1);
    const compiled = await compile({ y: g.sum(g.affineSpread(d, maps), [2, 3]) }, host);
    for (let run = 0; run < 5; run++) {
      const { y } = await compiled.run({ d: ones });
      expect(Math.max(...y.map((v) => Math.abs(v - 24 * 24)))).toBeLessThan(0.01);
    }
    compiled.release();
  });

  test("feeds and reads float32, int64 and bool, and graphs without inputs", async () => {
    const [x, i, c] = [
      g.placeholder("x", [2]),
      g.placeholder("i", [2], "int64"),
      g.placeholder("c", [2], "bool"),
    ];
    const compiled = await compile(
      { y: g.where(c, g.gather(x, i), -1), next: g.argmax(g.stack([x, g.neg(x)])), not: g.not(c) },
      host,
    );
    const found = await compiled.run({
      x: Float32Array.of(5, -6),
      i: BigInt64Array.of(1n, 0n),
      c: Uint8Array.of(1, 0),
    });
    expect([found.y, found.next, found.not].map((v) => [...v])).toEqual([
      [-6, -1],
      [0, 1],
      [0, 1],
    ]);
    compiled.release();
    const zeros = await compile(
      { below: g.div(1, g.constant([-0], [1])), above: g.div(1, g.constant([0], [1])) },
      host,
    );
    const { below, above } = await zeros.run({});
    expect([...below, ...above]).toEqual([-Infinity, Infinity]);
    zeros.release();
    const fixed = await compile({ y: g.exp(g.constant([0, 0], [2])) }, host);
    expect([...(await fixed.run({})).y]).toEqual([1, 1]);
    fixed.release();
  });

  test("variables are read where they lie", async () => {
    const w = g.variable("w", [2]);
    const memory = new Float32Array(new ArrayBuffer(8));
    const compiled = await compile({ y: g.mul(w.tensor, 2) }, host, new Map([["w", memory]]));
    for (const value of [1, 2, 3]) {
      memory.fill(value);
      expect([...(await compiled.run({})).y]).toEqual([2 * value, 2 * value]);
    }
    compiled.release();
  });

  test("an engine's refusal of a graph names op, shapes and line", async () => {
    const bogus = defineOp("bogus", {
      inputs: ["x"],
      shape: ({ x }) => x.shape,
      onnx: "NoSuchOp",
      gradient: {},
    });
    const failure = compile({ y: g.exp(bogus(g.placeholder("x", [2, 3]))) }, host);
    await expect(failure).rejects.toBeInstanceOf(EngineError);
    await expect(failure).rejects.toThrow(
      /^bogus\(\[2, 3\]\) written at .*host\.test\.ts:\d+:\d+\)?: expected a graph that ONNX Runtime can run, received .*NoSuchOp/s,
    );
  });

  test("so does a refusal while running", async () => {
    const x = g.placeholder("x", [2, 3]);
    const i = g.placeholder("i", [1], "int64");
    const compiled = await compile({ y: g.gather(x, i) }, host);
    const failure = compiled.run({ x: new Float32Array(6), i: BigInt64Array.of(7n) });
    await expect(failure).rejects.toBeInstanceOf(EngineError);
    await expect(failure).rejects.toThrow(
      /^gather\(\[2, 3\], \[1\]\) written at .*host\.test\.ts:\d+.*received .*7/s,
    );
    const fine = await compiled.run({ x: Float32Array.of(0, 0, 0, 1, 1, 1), i: BigInt64Array.of(1n) });
    expect([...fine.y]).toEqual([1, 1, 1]);
    compiled.release();
  });
});

test("the event loop stays free while the native host runs", async () => {
  const n = 700;
  const x = g.placeholder("x", [n, n]);
  const compiled = await compile({ y: g.matmul(g.matmul(g.matmul(x, x), x), x) }, native);
  const feeds = { x: Float32Array.from(wave(n * n, 1)) };
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  await compiled.run(feeds);
  clearInterval(timer);
  expect(ticks).toBeGreaterThan(0);
  compiled.release();
});

test("an unknown device is an option that does not exist", () => {
  expect(devices()).toContain("cpu");
  expect(() => nodeHost({ device: "abacus" })).toThrow(OptionError);
  expect(() => nodeHost({ device: "abacus" })).toThrow(
    `--device: expected one of ${devices().join(", ")}, received abacus.\n  \`ganymede doctor\` shows what this machine has.`,
  );
});
