import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { nodeHost } from "../dist/index.js";
import { noise } from "./numbers.mjs";
import { create } from "./workloads/index.mjs";

const RUNS = 10;
const WARM = 2;

/** A host that keeps the graphs it loads. */
function keeping(host, graphs) {
  return {
    ...host,
    load: (graph) => {
      graphs.push(graph);
      return host.load(graph);
    },
  };
}

/** Time by ONNX op of each graph of a step, in the order they run. Inputs are noise: no op's time depends on values. */
export async function profile({ module, sizes }, threads) {
  const graphs = [];
  const made = await create(module, sizes, keeping(nodeHost({ threads }), graphs));
  made.release();
  const tables = [];
  // The first graph of a process may be the engine's probe for the blocked layout: a few bytes, and not part of the step.
  for (const graph of graphs.filter(({ bytes }) => bytes.length > 4096))
    tables.push(table(`graph ${tables.length + 1}`, await nodesOf(graph, threads)));
  return tables.join("\n\n");
}

async function nodesOf(graph, threads) {
  const folder = mkdtempSync(join(tmpdir(), "ganymede-profile-"));
  try {
    const session = await InferenceSession.create(graph.bytes, {
      enableProfiling: true,
      profileFilePrefix: join(folder, "trace"),
      intraOpNumThreads: threads,
      logSeverityLevel: 3,
    });
    const feeds = Object.fromEntries(graph.inputs.map((port) => [port.name, randomTensor(port)]));
    for (let i = 0; i < WARM + RUNS; i++) await session.run(feeds);
    session.endProfiling();
    await session.release();
    const [file] = readdirSync(folder);
    const events = JSON.parse(readFileSync(join(folder, file), "utf8"));
    return events.filter(({ cat, name }) => cat === "Node" && name.endsWith("_kernel_time"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function randomTensor({ name, dtype, shape }) {
  const size = shape.reduce((a, b) => a * b, 1);
  if (dtype === "int64") return new Tensor("int64", new BigInt64Array(size), shape);
  if (dtype === "bool") return new Tensor("bool", new Uint8Array(size), shape);
  // Positive, so that no root and no logarithm sees less than 0.
  return new Tensor("float32", noise(new Float32Array(size), name, 0.25, 0.5), shape);
}

function table(title, events) {
  const sums = new Map();
  const runs = Math.max(1, Math.round(events.length / new Set(events.map(({ name }) => name)).size));
  for (const { args, dur } of events) {
    const before = sums.get(args.op_name) ?? { nodes: 0, us: 0 };
    sums.set(args.op_name, { nodes: before.nodes + 1, us: before.us + dur });
  }
  const total = [...sums.values()].reduce((all, { us }) => all + us, 0);
  const rows = [...sums].toSorted(([, a], [, b]) => b.us - a.us);
  const line = (name, { nodes, us }) => {
    const share = `${((100 * us) / total).toFixed(0)} %`;
    const cells = [`${(us / runs / 1000).toFixed(2)} ms`.padStart(11), share.padStart(5)];
    return `  ${name.padEnd(22)}${String(Math.round(nodes / runs)).padStart(5)} nodes ${cells.join(" ")}`;
  };
  const all = { nodes: events.length, us: total };
  return [title, line("all", all), ...rows.map(([name, sum]) => line(name, sum))].join("\n");
}
