import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseIdx } from "../../src/data/idx.js";
import { idxBytes } from "./idx-bytes.js";
import { refusal } from "./refusal.js";

const anyIdx = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 4 }).chain((dims) => {
  const length = dims.reduce((a, b) => a * b, 1);
  return fc.record({
    dims: fc.constant(dims),
    values: fc.uint8Array({ minLength: length, maxLength: length }),
  });
});

describe("parseIdx", () => {
  test("reads what was written, also from the middle of a larger buffer", () => {
    fc.assert(
      fc.property(anyIdx, fc.integer({ min: 0, max: 3 }), ({ dims, values }, offset) => {
        const file = idxBytes(dims, values);
        const within = new Uint8Array(offset + file.length + 2);
        within.set(file, offset);
        const read = parseIdx(within.subarray(offset, offset + file.length), "x");
        expect(read.dims).toEqual(dims);
        expect(Array.from(read.values)).toEqual(Array.from(values));
      }),
    );
  });

  test("refuses every file that is cut off", () => {
    const file = idxBytes([2, 3], Uint8Array.of(1, 2, 3, 4, 5, 6));
    for (let length = 0; length < file.length; length++) {
      expect(() => parseIdx(file.subarray(0, length), "x"), `${length} bytes`).toThrow(/^x: expected/);
    }
  });

  test("names the path, the fault and the remedy", async () => {
    const file = idxBytes([2, 3], Uint8Array.of(1, 2, 3, 4, 5, 6));
    const read = (bytes: Uint8Array) => refusal(() => parseIdx(bytes, "a/b-ubyte"));
    expect(await read(file.subarray(0, 15))).toBe(
      "DataError: a/b-ubyte: expected 6 bytes of data, as its header [2, 3] says, received 3.\n" +
        "  The file is cut off: fetch it again.",
    );
    expect(await read(new Uint8Array([...file, 7]))).toBe(
      "DataError: a/b-ubyte: expected 6 bytes of data, as its header [2, 3] says, received 7.\n" +
        "  The file has bytes too many: fetch it again.",
    );
    expect(await read(file.subarray(0, 9))).toBe(
      "DataError: a/b-ubyte: expected an IDX header of 12 bytes, received a file of 9 bytes.\n" +
        "  The file is cut off: fetch it again.",
    );
    expect(await read(new Uint8Array())).toBe(
      "DataError: a/b-ubyte: expected an IDX file of unsigned bytes (beginning 00 00 08), received an empty file.\n" +
        "  The file is damaged or of another format: fetch it again.",
    );
    expect(await read(new TextEncoder().encode("<html>"))).toBe(
      "DataError: a/b-ubyte: expected an IDX file of unsigned bytes (beginning 00 00 08), " +
        "received a file beginning 3c 68 74 6d.\n  The file is damaged or of another format: fetch it again.",
    );
  });
});
