import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeSafeTensors, encodeSafeTensors } from "../../src/run/safetensors.js";
import { refusal } from "../data/refusal.js";

/** A file of any header and data, put together independently of the encoder. */
function file(header: unknown, data: readonly number[] = []): Uint8Array {
  const json = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return new Uint8Array(Buffer.concat([length, json, Buffer.from(data)]));
}

const decode = (bytes: Uint8Array) => decodeSafeTensors(bytes, "x.safetensors");

describe("layout", () => {
  test("a file byte by byte: length, header padded with spaces to a multiple of 8, values in order", () => {
    const bytes = encodeSafeTensors({
      tensors: new Map([
        ["w", Float32Array.of(1, -2)],
        ["b", Float32Array.of(0.5)],
      ]),
      shapes: new Map([["w", [1, 2]]]),
      metadata: { made: "by hand" },
    });
    const header =
      '{"__metadata__":{"made":"by hand"},"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},' +
      '"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}';
    const padding = (8 - (header.length % 8)) % 8;
    const little = [0x00, 0x00, 0x80, 0x3f, 0x00, 0x00, 0x00, 0xc0, 0x00, 0x00, 0x00, 0x3f];
    const length = header.length + padding;
    expect([...bytes]).toEqual([
      length & 255,
      length >> 8,
      ...Buffer.alloc(6),
      ...Buffer.from(header + " ".repeat(padding)),
      ...little,
    ]);
  });

  test("a file that was written by hand is read", () => {
    const { tensors, shapes, metadata } = decode(
      file({ a: { dtype: "F32", shape: [1, 1], data_offsets: [0, 4] } }, [0, 0, 0x20, 0x41]),
    );
    expect([...(tensors.get("a") ?? [])]).toEqual([10]);
    expect(shapes?.get("a")).toEqual([1, 1]);
    expect(metadata).toEqual({});
  });
});

test("whatever is written is read again, bit by bit, and the data begins at a multiple of 8", () => {
  const tensor = fc.record({
    name: fc.string({ minLength: 1 }).filter((name) => name !== "__metadata__" && name !== "__proto__"),
    shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
  });
  const all = fc.uniqueArray(tensor, { selector: ({ name }) => name, maxLength: 5 });
  const metadata = fc.dictionary(
    fc.string().filter((key) => key !== "__proto__"),
    fc.string(),
  );
  fc.assert(
    fc.property(all, metadata, fc.infiniteStream(fc.float()), (made, about, values) => {
      const shapes = new Map(made.map(({ name, shape }) => [name, shape]));
      const tensors = new Map(
        made.map(({ name, shape }) => {
          const length = shape.reduce((product, dim) => product * dim, 1);
          return [name, Float32Array.from({ length }, () => values.next().value ?? 0)];
        }),
      );
      const bytes = encodeSafeTensors({ tensors, shapes, metadata: about });
      expect(new DataView(bytes.buffer).getUint32(0, true) % 8).toBe(0);
      const found = decode(bytes);
      expect(found.shapes).toEqual(shapes);
      expect(found.metadata).toEqual({ ...about });
      const bits = (v: Float32Array) => [...new Uint32Array(v.buffer, v.byteOffset, v.length)];
      for (const [name, saved] of tensors)
        expect(bits(found.tensors.get(name) ?? new Float32Array())).toEqual(bits(saved));
      expect(found.tensors.size).toBe(tensors.size);
    }),
    { numRuns: 60 },
  );
});

test("a file cut anywhere is refused", () => {
  const tensors = new Map([["w", Float32Array.of(1, 2, 3)]]);
  const bytes = encodeSafeTensors({ tensors, metadata: { a: "b" } });
  for (let length = 0; length < bytes.length; length++)
    expect(() => decode(bytes.subarray(0, length))).toThrow(
      "x.safetensors: expected a whole safetensors file",
    );
});

const one = (entry: object) => ({ a: { dtype: "F32", shape: [1], data_offsets: [0, 4], ...entry } });
const four = [0, 0, 0, 0];

test.each<[string, Uint8Array, string]>([
  ["too short for a length", new Uint8Array(5), "5 bytes"],
  ["header cut off", file(one({})).subarray(0, 30), "a header that is cut off"],
  ["not safetensors", new TextEncoder().encode("PK\x03\x04 a zip file, really"), "a header that is cut off"],
  ["not JSON", file("{nothing"), "a header that is not JSON"],
  ["no object", file("null"), "a header that describes no tensors"],
  ["no offsets", file({ a: { dtype: "F32", shape: [1] } }, four), "a header that describes no tensors"],
  ["negative", file(one({ data_offsets: [-4, 0] }), four), "a header that describes no tensors"],
  ["another type", file(one({ dtype: "F16" }), four), "tensor a of F16"],
  ["data cut off", file(one({}), [0, 0]), "one that is cut off: tensor a ends at byte 4 of 2"],
  ["wrong length", file(one({ shape: [2] }), four), "tensor a [2] at bytes 0 to 4"],
  ["not aligned", file(one({ data_offsets: [1, 5] }), [...four, 0]), "tensor a [1] at bytes 1 to 5"],
  ["more than it says", file(one({}), [...four, 0]), "5 bytes of data where the tensors take 4"],
])("%s", async (_, bytes, received) => {
  expect(await refusal(() => decode(bytes))).toBe(
    `RunError: x.safetensors: expected a whole safetensors file of float32, received ${received}.\n` +
      "  Put back a copy of it, or train the run again.",
  );
});
