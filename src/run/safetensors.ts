import { RunError } from "../errors.js";
import { count } from "../engine/tensor.js";

/** Named float32 arrays with metadata, as the safetensors format stores them (huggingface.co/docs/safetensors). */
export interface SafeTensors {
  readonly tensors: ReadonlyMap<string, Float32Array>;
  /** Shapes by name; [length] where absent. */
  readonly shapes?: ReadonlyMap<string, readonly number[]>;
  readonly metadata: Readonly<Record<string, string>>;
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

const ALIGNMENT = 8;

/** Header of 8 bytes length and padded JSON, then the data in the order of the map. */
export function encodeSafeTensors({ tensors, shapes, metadata }: SafeTensors): Uint8Array {
  let end = 0;
  const header: Record<string, unknown> = { __metadata__: metadata };
  for (const [name, values] of tensors) {
    header[name] = {
      dtype: "F32",
      shape: shapes?.get(name) ?? [values.length],
      data_offsets: [end, (end += values.byteLength)],
    };
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerLength = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(8 + headerLength + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.fill(0x20, 8, 8 + headerLength);
  bytes.set(json, 8);
  let at = 8 + headerLength;
  for (const values of tensors.values()) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return bytes;
}

/** Throws RunError naming the file where the bytes are not whole. */
export function decodeSafeTensors(bytes: Uint8Array, path: string): SafeTensors {
  const broken = (received: string) =>
    new RunError({ where: path, expected: "a whole safetensors file of float32", received });
  if (bytes.length < 8) throw broken(`${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = Number(view.getBigUint64(0, true));
  if (headerLength > bytes.length - 8) throw broken("a header that is cut off");
  let header: Record<string, Entry | Record<string, string>>;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerLength))) as typeof header;
  } catch {
    throw broken("a header that is not JSON");
  }
  const { __metadata__: metadata = {}, ...entries } = header;
  const data = bytes.slice(8 + headerLength);
  const tensors = new Map<string, Float32Array>();
  const shapes = new Map<string, readonly number[]>();
  for (const [name, entry] of Object.entries(entries as Record<string, Entry>)) {
    const [start, end] = entry.data_offsets;
    if (entry.dtype !== "F32" || end > data.length || end - start !== 4 * count(entry.shape)) {
      throw broken(`tensor ${name} (${entry.dtype}, bytes ${start} to ${end} of ${data.length})`);
    }
    tensors.set(name, new Float32Array(data.buffer, start, (end - start) / 4));
    shapes.set(name, entry.shape);
  }
  return { tensors, shapes, metadata: metadata as Record<string, string> };
}
