import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import type { OnnxGraph, Port } from "../compile/emit.js";
import { explain } from "./explain.js";
import type { Buffer, Host, Runnable, Session } from "./host.js";

/**
 * ONNX Runtime through the plain package onnxruntime-node: works wherever that installs and on every device it offers, but
 * copies each output once and blocks the event loop while it runs.
 */
export function bindingHost(device: string, threads: number): Host {
  return {
    name: "binding",
    device,
    threads,
    blocked: device === "cpu",
    load: async (graph) => {
      try {
        const session = await InferenceSession.create(graph.bytes, {
          executionProviders: [device],
          intraOpNumThreads: threads,
          logSeverityLevel: 3,
        });
        return new BindingSession(session, graph);
      } catch (error) {
        throw explain(error, graph);
      }
    },
  };
}

class BindingSession implements Session {
  constructor(
    private readonly session: InferenceSession,
    private readonly graph: OnnxGraph,
  ) {}

  bind(inputs: readonly Buffer[], outputs: readonly Buffer[]): Runnable {
    const { session, graph } = this;
    const feeds = tensors(graph.inputs, inputs);
    const fetches = tensors(graph.outputs, outputs);
    return {
      run: async () => {
        try {
          await session.run(feeds, fetches);
        } catch (error) {
          throw explain(error, graph);
        }
      },
    };
  }

  release(): void {
    void this.session.release();
  }
}

function tensors(ports: readonly Port[], buffers: readonly Buffer[]): Record<string, OrtTensor> {
  return Object.fromEntries(
    ports.map(({ name, shape, dtype }, i) => {
      const buffer = buffers[i];
      if (buffer === undefined) throw new Error(`no memory for ${name}`);
      return [name, new OrtTensor(dtype, buffer as Float32Array, shape)];
    }),
  );
}
