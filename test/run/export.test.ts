import { existsSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import type { Host } from "../../src/engine/runtime/host.js";
import { exportModels } from "../../src/run/export.js";
import { openRun, trainRun } from "../../src/run/index.js";
import { type Model, createModel } from "../../src/train/index.js";
import { refusal } from "../data/refusal.js";
import { scratch } from "./parts.js";

const root = scratch();
const run = join(root, "run");

beforeAll(async () => {
  await trainRun(
    {
      method: "infogan",
      data: "strokes",
      dataOptions: { size: 16 },
      options: { width: 0.1, noise: 4 },
      training: { steps: 2, batch: 8, baselineSteps: 0 },
      threads: 1,
    },
    { out: run },
  );
});

/** The run's model, with something about it changed. */
async function changed(change: (spec: Model["spec"]) => Partial<Model["spec"]>) {
  const { model, folder } = await openRun(run, { threads: 1 });
  return { model: createModel({ ...model.spec, ...change(model.spec) }), config: folder.config };
}

const ERROR = 1e-4;

test("a model that gives other results is refused, and not written", async () => {
  const { model, config } = await changed(({ host }) => ({ host: wrongForRows(host, 5) }));
  expect(await refusal(() => exportModels(model, config, join(root, "wrong")))).toMatch(
    /generator\.onnx: expected results within 1\.0e-5 of the run's own, received a difference of 1\.0e-4\.\n {2}The run itself is whole; its weights are in models\/weights\.safetensors\.$/,
  );
  expect(existsSync(join(root, "wrong"))).toBe(false);
});

test("the same difference is no mistake where variances near 0 magnify rounding as much", async () => {
  const { model, config } = await changed(({ host, weights }) => ({
    host: wrongForRows(host, 5),
    weights: new Map(
      [...weights].map(([name, values]) => [
        name,
        /^G.*variance$/.test(name) ? new Float32Array(values.length).fill(1e-9) : values,
      ]),
    ),
  }));
  const [generator] = await exportModels(model, config, join(root, "magnified"));
  expect(generator?.difference).toBeGreaterThan(1e-5);
  expect(existsSync(join(root, "magnified", "generator.onnx"))).toBe(true);
});

/** A host that adds to the first result of generators of so many rows: of the exported one, and not of the run's own. */
function wrongForRows(host: Host, rows: number): Host {
  return {
    ...host,
    load: async (graph) => {
      const session = await host.load(graph);
      if (graph.inputs[0]?.name !== "latent" || graph.inputs[0].shape[0] !== rows) return session;
      return {
        release: () => session.release(),
        bind: (inputs, outputs) => {
          const bound = session.bind(inputs, outputs);
          const first = outputs[0] as Float32Array;
          return { run: () => bound.run().then(() => void (first[0] = (first[0] ?? 0) + ERROR)) };
        },
      };
    },
  };
}
