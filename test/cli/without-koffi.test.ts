import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { metricsOf, scratch, start, succeed, textOf, tiny, until } from "./ganymede.js";

const cwd = scratch();

// What koffi does where its binary for the platform is missing.
const missing = join(cwd, "missing.cjs");
writeFileSync(
  missing,
  `const { Module } = require("node:module");
   const load = Module._load;
   Module._load = (name, ...rest) => {
     if (name === "koffi") throw new Error("Cannot find the native Koffi module");
     return load(name, ...rest);
   };`,
);
const without = (line: string) => start(cwd, line.split(" "), { NODE_OPTIONS: `--require ${missing}` });

const command = (out: string) => `train infogan --data strokes --steps 9 --out ${out} ${tiny}`;
const weights = (out: string) =>
  readFileSync(join(cwd, out, "models", "weights.safetensors")).toString("base64");

test("a platform without koffi's binary: doctor says what it costs", async () => {
  const { out, status } = await without("doctor").ended;
  expect(status).toBe(0);
  expect(out).toMatch(
    /ok {2}device cpu +ONNX Runtime through onnxruntime-node, copies its outputs; a step takes 1\.5 to 2 times as long as through the C API, which does not load here: Cannot find the native Koffi module\n/,
  );
});

test("it trains the same bytes, also after a kill -9, and the run says which host it was", async () => {
  await succeed(cwd, command("native"));
  const running = without(command("plain"));
  await until(() => textOf(cwd, "plain", "checkpoints/latest") >= "step-0000003", running);
  running.child.kill("SIGKILL");
  await running.ended;
  expect((await without("train --resume plain").ended).status).toBe(0);
  expect(weights("plain")).toBe(weights("native"));
  expect(metricsOf(cwd, "plain")).toEqual(metricsOf(cwd, "native"));
  const host = (out: string) =>
    (JSON.parse(textOf(cwd, out, "config.json")) as { host: { name: string } }).host.name;
  expect([host("native"), host("plain")]).toEqual(["native", "binding"]);
});
