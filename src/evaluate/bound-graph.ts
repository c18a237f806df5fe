import { graphOf } from "../engine/compile/compile.js";
import type { Host } from "../engine/runtime/host.js";
import { type Tensor, count } from "../engine/tensor.js";

/**
 * A graph of float32 numbers whose inputs and outputs lie in memory that is filled and read in place: large features are
 * never copied between runs.
 */
export interface BoundGraph {
  /** Memory of an input or output by its name; what runs read and write. */
  memory(name: string): Float32Array;
  /** Computes the outputs from what the inputs hold now. */
  run(): Promise<void>;
  release(): void;
}

/**
 * Loads outputs, and all they depend on, on a host. `given`: memory of inputs by name; the others get memory of their own.
 * Throws EngineError naming the op at fault.
 */
export async function bindGraph(
  outputs: Readonly<Record<string, Tensor>>,
  host: Host,
  given: Readonly<Record<string, Float32Array>> = {},
): Promise<BoundGraph> {
  const graph = graphOf(outputs, host.lacks);
  const session = await host.load(graph);
  const places = new Map(
    [...graph.inputs, ...graph.outputs].map(({ name, shape }) => [
      name,
      given[name] ?? new Float32Array(count(shape)),
    ]),
  );
  const memory = (name: string): Float32Array => {
    const place = places.get(name);
    if (place === undefined) throw new Error(`the graph has no input or output ${name}`);
    return place;
  };
  const runnable = session.bind(
    graph.inputs.map(({ name }) => memory(name)),
    graph.outputs.map(({ name }) => memory(name)),
  );
  return { memory, run: () => runnable.run(), release: () => session.release() };
}
