import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { trainingOptions } from "../../src/methods/index.js";
import { readDataOptions } from "../../src/data/index.js";
import type { RunConfig } from "../../src/run/config.js";
import type { Position } from "../../src/train/index.js";

/** An empty folder, removed after the tests of the file. */
export function scratch(): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "ganymede-")));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A run's configuration, of a method that need not exist. */
export const config: RunConfig = {
  format: 1,
  ganymede: "0.1.0",
  method: "demo",
  preset: "quick",
  options: {},
  training: trainingOptions.parse({}),
  data: {
    name: "strokes",
    options: readDataOptions({}),
    fingerprint: "f",
    preprocessing: "none",
    image: { channels: 1, height: 28, width: 28 },
    classes: [],
  },
  host: { name: "native", device: "cpu", threads: 1, processor: "p", node: "v20", onnxruntime: "1" },
  command: "ganymede train demo",
  started: "2026-08-27T14:03:00.000Z",
};

/** A position of the chosen start. */
export const at = (step: number): Position => ({ candidate: 0, scores: [], chosen: true, step });

/** A trainer's memory: one array. */
export function memory(...values: number[]) {
  return { state: new Map([["w", Float32Array.from(values)]]), shapes: new Map([["w", [values.length]]]) };
}
