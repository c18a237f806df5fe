import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { EngineError } from "../errors.js";

/** Whether a device works here, with how, or why not, in a few words. */
export interface DeviceFinding {
  readonly works: boolean;
  readonly detail: string;
}

/** What the engine's own words come down to; the first that fits. */
const reasons: readonly (readonly [RegExp, string])[] = [
  [/adapter/i, "no adapter (needs a GPU and, on Linux, Vulkan)"],
  [/failed to load (shared )?library|cannot open shared object/i, "its library is not installed"],
  [/no CUDA-capable device|CUDA driver/i, "no NVIDIA GPU, or no driver for it"],
];

/**
 * Runs one addition on a device, in a process of its own: drivers print what they like, and some end the process when they
 * fail.
 */
export async function tryDevice(device: string): Promise<DeviceFinding> {
  const probe = fileURLToPath(new URL("probe.js", import.meta.url));
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [probe, device], { timeout: 60_000 });
    const answer = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Answer;
    if ("host" in answer) return { works: true, detail: described(answer) };
    return { works: false, detail: `not available: ${reasonOf(answer.error)}` };
  } catch {
    return { works: false, detail: "not available: it ends the process that tries it" };
  }
}

/** What the probe prints. */
export type Answer = { readonly host: string; readonly fallback?: string } | { readonly error: string };

const hosts: Readonly<Record<string, string>> = {
  native: "ONNX Runtime through its C API, no copies",
  binding: "ONNX Runtime through onnxruntime-node, copies its outputs",
};

function described({ host, fallback }: { readonly host: string; readonly fallback?: string }): string {
  const detail = hosts[host] ?? host;
  if (fallback === undefined) return detail;
  return `${detail}; a step takes 1.5 to 2 times as long as through the C API, which does not load here: ${fallback}`;
}

function reasonOf(error: string): string {
  return reasons.find(([pattern]) => pattern.test(error))?.[1] ?? "ONNX Runtime cannot start it";
}

/** Throws EngineError where a device other than the processor does not work here. */
export async function checkDevice(device: string): Promise<void> {
  if (device === "cpu") return;
  const { works, detail } = await tryDevice(device);
  if (works) return;
  throw new EngineError({
    where: `device ${device}`,
    expected: "one that works here",
    received: `one that is ${detail}`,
    hint: "`ganymede doctor` shows what this machine has; without --device the processor is used.",
  });
}
