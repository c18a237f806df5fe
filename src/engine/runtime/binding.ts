import * as ort from "onnxruntime-node";
import type { Host } from "./host.js";
import { type OrtOptions, OrtResident, lackingOnWebgpu, loadOrt } from "./ort.js";

/**
 * ONNX Runtime through the plain package onnxruntime-node: works wherever that installs and on every device it offers, but
 * copies each output once and blocks the event loop while it runs.
 */
export function bindingHost(device: string, threads: number): Host {
  const webgpu = device === "webgpu"; // the one device whose memory the package lets us name
  const options: OrtOptions = {
    session: { executionProviders: [device], intraOpNumThreads: threads },
    writesOutputs: !webgpu, // beside outputs that stay, those in our memory are not written
    ...(webgpu && { keptAt: "gpu-buffer" }),
  };
  return {
    name: "binding",
    device,
    threads,
    blocked: device === "cpu",
    ...(webgpu && { lacks: lackingOnWebgpu, resident: () => new OrtResident(ort) }),
    load: (graph, kept = new Set()) => loadOrt(ort, graph, kept, options),
  };
}
