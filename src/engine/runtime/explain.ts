import { EngineError } from "../../errors.js";
import type { OnnxGraph } from "../compile/emit.js";
import type { Node } from "../tensor.js";
import { show } from "../tensor.js";

/** Turns a message of ONNX Runtime into one that names the op in the user's code. */
export function explain(error: unknown, graph: OnnxGraph): EngineError {
  const message = error instanceof Error ? error.message : String(error);
  const words = new Set(message.match(/[\w-]+/g));
  const names = [...graph.origins.keys()].filter((name) => words.has(name));
  const name = names.toSorted((a, b) => b.length - a.length)[0];
  const node = name === undefined ? undefined : graph.origins.get(name);
  return new EngineError(
    {
      where: node === undefined ? "engine" : describe(node),
      expected: "a graph that ONNX Runtime can run",
      received: message.trim().replace(/\.$/, ""),
    },
    { cause: error },
  );
}

function describe(node: Node): string {
  const shapes = node.inputs.map((x) => show(x.shape)).join(", ");
  const line = userLine(node.trace);
  return `${node.op.name}(${shapes})${line === undefined ? "" : ` written at ${line}`}`;
}

const engine = new URL("..", import.meta.url);
/** As stack frames name this engine's files: by URL, or by path where source maps are applied. */
const own = [engine.href, engine.pathname];

/** First stack frame outside the engine. */
function userLine(trace: Error): string | undefined {
  const frames = (trace.stack ?? "").split("\n").slice(1);
  const isOurs = (line: string) =>
    own.some((place) => line.includes(place)) || /node:|<anonymous>/.test(line);
  const frame = frames.find((line) => !isOurs(line));
  return frame?.trim().replace(/^at /, "");
}
