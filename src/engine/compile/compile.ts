import { ShapeError } from "../../errors.js";
import { inTurn } from "../in-turn.js";
import { feedName } from "../ops/leaves.js";
import type { Buffer, Host } from "../runtime/host.js";
import { viewOf } from "../runtime/host.js";
import { type Tensor, ancestors, count, show } from "../tensor.js";
import { type OnnxGraph, emitOnnx } from "./emit.js";
import { simplify } from "./simplify.js";

/** A graph ready to run: feed inputs by name, read outputs by name. Calls at the same time run one after the other. */
export interface CompiledFunction<O extends string> {
  /**
   * Feeds: placeholders by name, and the variables by name where they are not bound to memory of their own. Results are copies,
   * and numbers whatever the dtype: int64 is exact to 2^24, bool is 0 or 1.
   */
  run(feeds: Readonly<Record<string, Buffer>>): Promise<Readonly<Record<O, Float32Array>>>;
  readonly graph: OnnxGraph;
  release(): void;
}

/**
 * Compiles outputs, and all they depend on, for a host. Placeholders and variables become inputs of their own names.
 * `memory`: where variables already lie (read in place, never copied). Throws EngineError naming the op at fault.
 */
export async function compile<O extends string>(
  outputs: Readonly<Record<O, Tensor>>,
  host: Host,
  memory: ReadonlyMap<string, Buffer> = new Map(),
): Promise<CompiledFunction<O>> {
  const graph = graphOf(outputs, host.lacks);
  const session = await host.load(graph);
  const inputs = graph.inputs.map(({ name, dtype, shape }) => memory.get(name) ?? viewOf(dtype, shape));
  const results = graph.outputs.map(({ dtype, shape }) => viewOf(dtype, shape));
  const runnable = session.bind(inputs, results);
  const runOnce = async (feeds: Readonly<Record<string, Buffer>>) => {
    graph.inputs.forEach(({ name, shape }, i) => {
      if (!memory.has(name)) copyFeed(name, shape, feeds[name], inputs[i]);
    });
    await runnable.run();
    const own = graph.outputs.map(({ name }, i) => [name, numbersOf(results[i] as Buffer)]);
    return Object.fromEntries(own) as Record<O, Float32Array>;
  };
  const queue = inTurn(); // all calls share one set of buffers
  return {
    graph,
    run: (feeds) => queue(() => runOnce(feeds)),
    release: () => void queue(() => Promise.resolve(session.release())),
  };
}

/** A copy, as numbers. */
const numbersOf = (values: Buffer): Float32Array =>
  values instanceof BigInt64Array ? Float32Array.from(values, Number) : Float32Array.from(values);

/** The ONNX graph of some outputs: its inputs are the placeholders and variables they need, in order of creation. */
export function graphOf(outputs: Readonly<Record<string, Tensor>>, lacks?: ReadonlySet<string>): OnnxGraph {
  const names = Object.keys(outputs);
  const simple = simplify(names.map((name) => outputs[name] as Tensor));
  const inputs = feedsOf(simple);
  const clash = names.find((name, i) => inputs.has(name) && inputs.get(name) !== simple[i]);
  if (clash !== undefined) {
    throw new ShapeError({
      where: "compile",
      expected: "outputs with names that no placeholder or variable has",
      received: clash,
    });
  }
  return emitOnnx({
    inputs,
    outputs: new Map(names.map((name, i) => [name, simple[i] as Tensor])),
    lacks,
  });
}

/** Placeholders and variables that tensors depend on, by name. */
export function feedsOf(tensors: readonly Tensor[]): Map<string, Tensor> {
  const feeds = new Map<string, Tensor>();
  for (const node of ancestors(tensors)) {
    const [out] = node.outputs;
    const name = out && feedName(out);
    if (out === undefined || name === undefined) continue;
    if (feeds.has(name) && feeds.get(name) !== out) {
      throw new ShapeError({
        where: "compile",
        expected: "placeholders and variables of distinct names",
        received: `two called ${name}`,
      });
    }
    feeds.set(name, out);
  }
  return feeds;
}

function copyFeed(
  name: string,
  shape: readonly number[],
  from: Buffer | undefined,
  to: Buffer | undefined,
): void {
  if (
    from === undefined ||
    to === undefined ||
    from.length !== count(shape) ||
    from.constructor !== to.constructor
  ) {
    throw new ShapeError({
      where: `input ${name}`,
      expected: `${to?.constructor.name ?? "an array"} of ${count(shape)} values for ${show(shape)}`,
      received: from === undefined ? "nothing" : `${from.constructor.name} of ${from.length}`,
    });
  }
  (to as Float32Array).set(from as Float32Array);
}
