import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type Koffi from "koffi";
import { EngineError } from "../../errors.js";
import { type OnnxGraph, type Port, dataTypes } from "../compile/emit.js";
import { explain } from "./explain.js";
import type { Buffer, Host, Runnable, Session } from "./host.js";

/** An address in the process. */
type Pointer = bigint;
type KoffiFunction = ReturnType<ReturnType<typeof Koffi.load>["func"]>;

const require = createRequire(import.meta.url);
/** Loaded when first used: its binary may be missing on a platform, where the plain binding still works. */
const loadKoffi = (): typeof Koffi => require("koffi") as typeof Koffi;

/** The library that comes inside the npm package onnxruntime-node. */
function libraryPath(): string {
  const root = dirname(require.resolve("onnxruntime-node/package.json"));
  const file = { linux: "libonnxruntime.so.1", win32: "onnxruntime.dll", darwin: "libonnxruntime.dylib" }[
    process.platform as string
  ];
  if (file === undefined) throw new Error(`no ONNX Runtime library for ${process.platform}`);
  return join(root, "bin", "napi-v6", process.platform, process.arch, file);
}

/** Slots of the function table `OrtApi`, whose order ONNX Runtime never changes (onnxruntime_c_api.h), and signatures. */
const api = {
  GetErrorMessage: [2, "const char *", ["void *"]],
  CreateSessionFromArray: [8, "void *", ["void *", "void *", "size_t", "void *", "_Out_ void **"]],
  Run: [9, "void *", ["void *", "void *", "void *", "void *", "size_t", "void *", "size_t", "void *"]],
  CreateSessionOptions: [10, "void *", ["_Out_ void **"]],
  SetSessionLogSeverityLevel: [22, "void *", ["void *", "int"]],
  SetIntraOpNumThreads: [24, "void *", ["void *", "int"]],
  CreateTensorWithDataAsOrtValue: [
    49,
    "void *",
    ["void *", "void *", "size_t", "void *", "size_t", "int", "_Out_ void **"],
  ],
  CreateEnvWithGlobalThreadPools: [119, "void *", ["int", "const char *", "void *", "_Out_ void **"]],
  DisablePerSessionThreads: [120, "void *", ["void *"]],
  CreateThreadingOptions: [121, "void *", ["_Out_ void **"]],
  SetGlobalIntraOpNumThreads: [147, "void *", ["void *", "int"]],
  CreateCpuMemoryInfo: [69, "void *", ["int", "int", "_Out_ void **"]],
  ReleaseStatus: [93, "void", ["void *"]],
  ReleaseSession: [95, "void", ["void *"]],
  ReleaseValue: [96, "void", ["void *"]],
  ReleaseSessionOptions: [100, "void", ["void *"]],
} as const;
type Name = keyof typeof api;
const API_VERSION = 20;
const ERRORS_ONLY = 3;

/** The C API of ONNX Runtime, loaded once: its functions, the environment and the description of plain memory. */
class Library {
  private readonly calls: Record<Name, KoffiFunction>;
  readonly environment: Pointer;
  readonly memory: Pointer;

  constructor(readonly threads: number) {
    const koffi = loadKoffi();
    const lib = koffi.load(libraryPath());
    const base = lib.func("OrtGetApiBase", "void *", [])() as Pointer;
    const [getApiAddress] = koffi.decode(base, "void *", 1) as [Pointer];
    const getApi = koffi.decode(getApiAddress, koffi.proto("void *", ["uint32_t"])) as (v: number) => Pointer;
    const table = koffi.decode(getApi(API_VERSION), "void *", 148) as Pointer[];
    this.calls = Object.fromEntries(
      Object.entries(api).map(([name, [slot, result, parameters]]) => [
        name,
        koffi.decode(table[slot], koffi.proto(result, [...parameters])) as KoffiFunction,
      ]),
    ) as Record<Name, KoffiFunction>;
    // One pool for all sessions: pools of their own would spin against each other when a step alternates between graphs.
    const threading = this.make("CreateThreadingOptions");
    this.call("SetGlobalIntraOpNumThreads", threading, threads);
    this.environment = this.make("CreateEnvWithGlobalThreadPools", ERRORS_ONLY, "ganymede", threading);
    this.memory = this.make("CreateCpuMemoryInfo", 0, 0);
  }

  /** Calls a function that may fail. */
  call(name: Name, ...args: unknown[]): void {
    this.check(this.calls[name](...args) as Pointer | null);
  }

  /** Calls a function whose last argument receives what it made. */
  make(name: Name, ...args: unknown[]): Pointer {
    const made: (Pointer | null)[] = [null];
    this.call(name, ...args, made);
    return made[0] ?? 0n;
  }

  /** Calls a function that cannot fail. */
  release(name: Name, pointer: Pointer): void {
    this.calls[name](pointer);
  }

  /** Runs a function on another thread, so that the event loop stays free. */
  callAsync(name: Name, ...args: unknown[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.calls[name].async(...args, (error: Error | null, status: Pointer | null) => {
        try {
          if (error !== null) throw error;
          this.check(status);
          resolve();
        } catch (failure) {
          reject(failure);
        }
      });
    });
  }

  private check(status: Pointer | null): void {
    if (status === null || status === 0n) return;
    const message = this.calls.GetErrorMessage(status) as string;
    this.release("ReleaseStatus", status);
    throw new Error(message);
  }
}

let loaded: Library | undefined;

/**
 * ONNX Runtime through its C API: tensors are views of our own memory, nothing is copied, and the event loop stays free.
 * Throws EngineError where the library or koffi cannot load.
 */
export function nativeHost(threads: number): Host {
  try {
    loaded ??= new Library(threads);
  } catch (cause) {
    throw new EngineError(
      {
        where: "native host",
        expected: "ONNX Runtime's library for this platform",
        received: cause instanceof Error ? cause.message : String(cause),
        hint: "The plain binding is used instead where this happens by default.",
      },
      { cause },
    );
  }
  const library = loaded;
  return {
    name: "native",
    device: "cpu",
    threads,
    blocked: true,
    load: async (graph) => loadSession(library, graph, threads),
  };
}

function loadSession(library: Library, graph: OnnxGraph, threads: number): Session {
  const options = library.make("CreateSessionOptions");
  try {
    if (threads === library.threads) library.call("DisablePerSessionThreads", options);
    else library.call("SetIntraOpNumThreads", options, threads);
    library.call("SetSessionLogSeverityLevel", options, ERRORS_ONLY);
    const { bytes } = graph;
    const session = library.make("CreateSessionFromArray", library.environment, bytes, bytes.length, options);
    return new NativeSession(library, graph, session);
  } catch (error) {
    throw explain(error, graph);
  } finally {
    library.release("ReleaseSessionOptions", options);
  }
}

class NativeSession implements Session {
  private readonly values: Pointer[] = [];

  constructor(
    private readonly library: Library,
    private readonly graph: OnnxGraph,
    private readonly session: Pointer,
  ) {}

  bind(inputs: readonly Buffer[], outputs: readonly Buffer[]): Runnable {
    const { library, graph, session } = this;
    const inputNames = cStrings(graph.inputs);
    const outputNames = cStrings(graph.outputs);
    const inputValues = this.ortValues(graph.inputs, inputs);
    const outputValues = this.ortValues(graph.outputs, outputs);
    const sizes = [graph.inputs.length, graph.outputs.length] as const;
    // Everything a run reads is referenced from this closure, so that none of it is collected while bound.
    const held = { inputs, outputs, inputNames, outputNames };
    return {
      run: async () => {
        const { table } = held.inputNames;
        const outTable = held.outputNames.table;
        try {
          await library.callAsync(
            "Run",
            session,
            null,
            table,
            inputValues,
            sizes[0],
            outTable,
            sizes[1],
            outputValues,
          );
        } catch (error) {
          throw explain(error, graph);
        }
      },
    };
  }

  release(): void {
    for (const value of this.values) this.library.release("ReleaseValue", value);
    this.values.length = 0;
    this.library.release("ReleaseSession", this.session);
  }

  private ortValues(ports: readonly Port[], buffers: readonly Buffer[]): BigUint64Array {
    const values = ports.map(({ shape, dtype }, i) => {
      const buffer = buffers[i];
      if (buffer === undefined) throw new Error("a port without memory");
      const dims = BigInt64Array.from(shape, BigInt);
      return this.library.make(
        "CreateTensorWithDataAsOrtValue",
        this.library.memory,
        buffer,
        buffer.byteLength,
        dims,
        shape.length,
        dataTypes[dtype],
      );
    });
    this.values.push(...values);
    return pointerTable(values);
  }
}

/** NUL-terminated names and the table of their addresses. */
function cStrings(ports: readonly Port[]): { table: BigUint64Array; strings: Uint8Array[] } {
  const strings = ports.map(({ name }) => {
    const bytes = new TextEncoder().encode(`${name}\0`);
    const offHeap = new Uint8Array(new ArrayBuffer(Math.max(bytes.length, 128)));
    offHeap.set(bytes);
    return offHeap;
  });
  const koffi = loadKoffi();
  return { table: pointerTable(strings.map((bytes) => koffi.address(bytes))), strings };
}

/** A C array of pointers, in memory that the collector does not move. */
function pointerTable(pointers: readonly Pointer[]): BigUint64Array {
  const table = new BigUint64Array(new ArrayBuffer(8 * Math.max(1, pointers.length)));
  table.set(pointers);
  return table;
}
