import * as ort from "onnxruntime-node";
import type { Host } from "./host.js";
import { type OrtOptions, loadOrt } from "./ort.js";

/**
 * ONNX Runtime through the plain package onnxruntime-node: works wherever that installs and on every device it offers, but
 * copies each output once and blocks the event loop while it runs.
 */
export function bindingHost(device: string, threads: number): Host {
  const options: OrtOptions = {
    session: { executionProviders: [device], intraOpNumThreads: threads },
    writesOutputs: true,
  };
  return {
    name: "binding",
    device,
    threads,
    load: (graph, kept = new Set()) => loadOrt(ort, graph, kept, options),
  };
}
