import type { Env } from "onnxruntime-common";
import { EngineError, OptionError } from "../../errors.js";
import { inTurn } from "../in-turn.js";
import type { Host } from "./host.js";
import { type Ort, type OrtOptions, OrtResident, lackingOnWebgpu, loadOrt } from "./ort.js";

export interface WebHostOptions {
  /** "auto": WebGPU where the page has a graphics processor, else WebAssembly; or one of the two by name. */
  readonly device?: "auto" | "webgpu" | "wasm";
  /** Threads of WebAssembly; all cores where not given. A page that is not cross-origin isolated gets one. */
  readonly threads?: number;
}

/** A host in a web page or, better, in a worker of one: WebAssembly blocks the thread it was made on while it runs. */
export interface WebHost extends Host {
  /** For people: "WebAssembly on 1 thread, since this page is not cross-origin isolated". */
  readonly about: string;
}

/** The packages' settings are global, so the first host of a page decides the threads of all. */
let threadsInUse: number | undefined;

/**
 * ONNX Runtime in a web page, through onnxruntime-web, which is loaded when this is called. Falls back from WebGPU to
 * WebAssembly and from many threads to one where the page has no more; `about` says so. Throws OptionError for other threads
 * than an earlier host has, EngineError where onnxruntime-web cannot be loaded.
 */
export async function webHost({ device = "auto", threads }: WebHostOptions = {}): Promise<WebHost> {
  const adapter = device === "wasm" ? undefined : await findAdapter(device === "webgpu");
  if (adapter !== undefined) return webgpuHost(adapter);
  const host = await wasmHost(threads ?? navigator.hardwareConcurrency);
  return device === "webgpu" ? { ...host, about: `${host.about}; this page has no WebGPU adapter` } : host;
}

/** Software that stands in for a graphics processor is slower than WebAssembly: only who asks for WebGPU by name gets it. */
async function findAdapter(orSoftware: boolean): Promise<GPUAdapter | undefined> {
  // Absent from pages without https and from browsers without WebGPU, whatever the types say.
  const gpu = navigator.gpu as GPU | undefined;
  const adapter = (await gpu?.requestAdapter({ powerPreference: "high-performance" })) ?? undefined;
  return adapter?.info.isFallbackAdapter === true && !orSoftware ? undefined : adapter;
}

async function wasmHost(wanted: number): Promise<WebHost> {
  const ort = await loaded(() => import("onnxruntime-web/wasm"));
  const isolated = globalThis.crossOriginIsolated;
  const threads = shareThreads(isolated ? wanted : 1);
  ort.env.wasm.numThreads = threads;
  const options: OrtOptions = {
    session: { executionProviders: ["wasm"] },
    writesOutputs: false,
    turn: inTurn(turn),
  };
  const about = `WebAssembly on ${threads} ${threads === 1 ? "thread" : "threads"}`;
  return {
    name: "web",
    device: "wasm",
    threads,
    about: isolated ? about : `${about}, since this page is not cross-origin isolated`,
    load: (graph, kept = new Set()) => loadOrt(ort, graph, kept, options),
  };
}

async function webgpuHost({ info }: GPUAdapter): Promise<WebHost> {
  const ort = await loaded(() => import("onnxruntime-web/webgpu"));
  // A few small ops have no form on the device; they are not worth threads that wait beside it.
  ort.env.wasm.numThreads = 1;
  const options: OrtOptions = {
    session: { executionProviders: ["webgpu"] },
    writesOutputs: false,
    keptAt: "gpu-buffer",
    turn: inTurn(turn),
  };
  const name = [info.vendor, info.architecture].filter((part) => part !== "").join(" ");
  return {
    name: "web",
    device: "webgpu",
    threads: 1,
    about: `WebGPU${name === "" ? "" : ` on ${name}`}${info.isFallbackAdapter ? ", a software adapter" : ""}`,
    lacks: lackingOnWebgpu,
    resident: () => new OrtResident(ort),
    load: (graph, kept = new Set()) => loadOrt(ort, graph, kept, options),
  };
}

type WebOrt = Ort & { readonly env: Env };

/** The packages are loaded when needed: a page that ends up on one never fetches the other. */
async function loaded(load: () => Promise<WebOrt>): Promise<WebOrt> {
  try {
    return await load();
  } catch (cause) {
    throw new EngineError(
      {
        where: "web host",
        expected: "the package onnxruntime-web",
        received: cause instanceof Error ? cause.message : String(cause),
        hint: "npm install onnxruntime-web, in the version of onnxruntime-node.",
      },
      { cause },
    );
  }
}

function shareThreads(wanted: number): number {
  threadsInUse ??= wanted;
  if (threadsInUse === wanted) return wanted;
  throw new OptionError({
    where: "web host: threads",
    expected: `${threadsInUse}, as the page's first host has`,
    received: String(wanted),
    hint: "ONNX Runtime starts its threads once for a page.",
  });
}

/**
 * Lets the event loop turn. After each graph nothing else would, and a worker could not be told to stop. Quicker than a
 * timer, which browsers hold back for 4 ms.
 */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    const heard = () => {
      port1.close();
      resolve();
    };
    port1.addEventListener("message", heard, { once: true });
    port1.start();
    port2.postMessage(undefined);
  });
}
