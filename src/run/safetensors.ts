import { z } from "zod";
import { RunError } from "../errors.js";
import { count } from "../engine/tensor.js";

/** Named float32 arrays with metadata, as the safetensors format stores them (huggingface.co/docs/safetensors). */
export interface SafeTensors {
  readonly tensors: ReadonlyMap<string, Float32Array>;
  /** Shapes by name; [length] where absent. */
  readonly shapes?: ReadonlyMap<string, readonly number[]>;
  readonly metadata: Readonly<Record<string, string>>;
}

const entry = z.object({
  dtype: z.string(),
  shape: z.array(z.int().min(0)),
  data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
});
const header = z.object({ __metadata__: z.record(z.string(), z.string()).default({}) }).catchall(entry);

const ALIGNMENT = 8;

/** Header of 8 bytes length and padded JSON, then the data in the order of the map. */
export function encodeSafeTensors({ tensors, shapes, metadata }: SafeTensors): Uint8Array {
  let end = 0;
  const entries: Record<string, unknown> = { __metadata__: metadata };
  for (const [name, values] of tensors) {
    entries[name] = {
      dtype: "F32",
      shape: shapes?.get(name) ?? [values.length],
      data_offsets: [end, (end += values.byteLength)],
    };
  }
  const json = new TextEncoder().encode(JSON.stringify(entries));
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
    new RunError({
      where: path,
      expected: "a whole safetensors file of float32",
      received,
      hint: "Put back a copy of it, or train the run again.",
    });
  if (bytes.length < 8) throw broken(`${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = Number(view.getBigUint64(0, true));
  if (headerLength > bytes.length - 8) throw broken("a header that is cut off");
  const { __metadata__: metadata, ...entries } = readHeader(bytes.subarray(8, 8 + headerLength), broken);
  const data = bytes.slice(8 + headerLength);
  const tensors = new Map<string, Float32Array>();
  const shapes = new Map<string, readonly number[]>();
  let total = 0;
  for (const [name, { dtype, shape, data_offsets: offsets }] of Object.entries(entries)) {
    const [start, end] = offsets;
    if (dtype !== "F32") throw broken(`tensor ${name} of ${dtype}`);
    if (end > data.length)
      throw broken(`one that is cut off: tensor ${name} ends at byte ${end} of ${data.length}`);
    if (end - start !== 4 * count(shape) || start % 4 !== 0)
      throw broken(`tensor ${name} [${shape.join(", ")}] at bytes ${start} to ${end}`);
    tensors.set(name, new Float32Array(data.buffer, start, (end - start) / 4));
    shapes.set(name, shape);
    total += end - start;
  }
  if (total !== data.length) throw broken(`${data.length} bytes of data where the tensors take ${total}`);
  return { tensors, shapes, metadata };
}

function readHeader(bytes: Uint8Array, broken: (received: string) => RunError): z.infer<typeof header> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw broken("a header that is not JSON");
  }
  const parsed = header.safeParse(json);
  if (!parsed.success) throw broken("a header that describes no tensors");
  return parsed.data;
}
