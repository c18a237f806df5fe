import { availableParallelism } from "node:os";
import { listSupportedBackends } from "onnxruntime-node";
import { EngineError, OptionError } from "../../errors.js";
import { bindingHost } from "./binding.js";
import type { Host } from "./host.js";
import { nativeHost } from "./native.js";

export interface HostOptions {
  /** "cpu", or a device that onnxruntime-node offers on this machine ("webgpu", "cuda", "dml", "coreml"). */
  readonly device?: string;
  /** Threads inside an op; all cores where not given. */
  readonly threads?: number;
  /** Forces the plain binding, for comparison. */
  readonly binding?: boolean;
}

/** Devices this installation can name; whether one works shows when a graph is loaded on it. */
export function devices(): string[] {
  return listSupportedBackends().map(({ name }) => name);
}

/** The fastest host this machine has; a slower one says by `fallback` what kept the fastest from loading. Throws OptionError for an unknown device. */
export function nodeHost({ device = "cpu", threads, binding = false }: HostOptions = {}): Host {
  const known = devices();
  if (!known.includes(device)) {
    throw new OptionError({
      where: "--device",
      expected: `one of ${known.join(", ")}`,
      received: device,
      hint: "`ganymede doctor` shows what this machine has.",
    });
  }
  const count = threads ?? availableParallelism();
  if (device !== "cpu" || binding) return bindingHost(device, count);
  try {
    return nativeHost(count);
  } catch (error) {
    return { ...bindingHost(device, count), fallback: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof EngineError ? error.received : String(error);
  return cause.split("\n")[0] ?? cause;
}
