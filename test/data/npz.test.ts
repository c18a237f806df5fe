import fc from "fast-check";
import { zipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { integersOf, parseNpy, parseNpz } from "../../src/data/npz.js";
import { int64Bytes, npyBytes } from "./npy-bytes.js";
import { refusal } from "./refusal.js";

const anyArray = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 4 }).chain((shape) => {
  const length = shape.reduce((a, b) => a * b, 1);
  return fc.record({
    shape: fc.constant(shape),
    values: fc.uint8Array({ minLength: length, maxLength: length }),
  });
});

describe("parseNpy", () => {
  test("reads what was written, of any shape", () => {
    fc.assert(
      fc.property(anyArray, ({ shape, values }) => {
        const read = parseNpy(npyBytes("|u1", shape, values), "x");
        expect([read.shape, read.type]).toEqual([shape, "|u1"]);
        expect(Array.from(read.bytes)).toEqual(Array.from(values));
      }),
    );
  });

  test("refuses every file that is cut off", () => {
    const file = npyBytes("|u1", [2, 3], Uint8Array.of(1, 2, 3, 4, 5, 6));
    for (let length = 0; length < file.length; length++)
      expect(() => parseNpy(file.subarray(0, length), "x"), `${length} bytes`).toThrow(/^x: expected/);
  });

  test("names what it cannot read", async () => {
    const read = (file: Uint8Array) => refusal(() => parseNpy(file, "a.npz, x"));
    const six = Uint8Array.of(1, 2, 3, 4, 5, 6);
    expect(await read(npyBytes("|u1", [2, 4], six))).toBe(
      "DataError: a.npz, x: expected 8 bytes of data, as its header [2, 4] of |u1 says, received 6.\n" +
        "  The file is damaged: fetch or write it again.",
    );
    expect(await read(npyBytes("|u1", [2, 3], six, { fortran: true }))).toBe(
      "DataError: a.npz, x: expected an array in C order, received one in Fortran order.\n" +
        "  Save numpy.ascontiguousarray(x).",
    );
    expect(await read(npyBytes("|O", [1], six))).toBe(
      "DataError: a.npz, x: expected an array of numbers, received one of type |O.",
    );
    expect(await read(six)).toBe(
      "DataError: a.npz, x: expected a NumPy array (.npy, version 1 to 3), received something damaged or of another format.\n" +
        "  Fetch or write the file again.",
    );
  });
});

describe("integersOf", () => {
  const values = [0, 7, 100, -1];

  test.each([
    ["|i1", new Uint8Array(Int8Array.from(values).buffer)],
    ["<i2", new Uint8Array(Int16Array.from(values).buffer)],
    ["<i4", new Uint8Array(Int32Array.from(values).buffer)],
    ["<i8", int64Bytes(values)],
    [">i2", Uint8Array.of(0, 0, 0, 7, 0, 100, 255, 255)],
  ])("%s", (type, bytes) => {
    expect(integersOf(parseNpy(npyBytes(type, [4], bytes), "x"), "x")).toEqual(values);
  });

  test("unsigned and truth values; nothing else", async () => {
    const read = (type: string, bytes: Uint8Array, length: number) =>
      integersOf(parseNpy(npyBytes(type, [length], bytes), "x"), "x");
    expect(read("|u1", Uint8Array.of(255, 1), 2)).toEqual([255, 1]);
    expect(read("<u4", new Uint8Array(Uint32Array.of(2 ** 32 - 1).buffer), 1)).toEqual([2 ** 32 - 1]);
    expect(read("|b1", Uint8Array.of(0, 1), 2)).toEqual([0, 1]);
    expect(await refusal(() => read("<f4", new Uint8Array(4), 1))).toBe(
      "DataError: x: expected an array of whole numbers, received one of type <f4.",
    );
  });
});

describe("parseNpz", () => {
  const files = {
    "x.npy": npyBytes("|u1", [3], Uint8Array.of(1, 2, 3)),
    "y.npy": npyBytes("|u1", [1], Uint8Array.of(9)),
    "readme.txt": Uint8Array.of(65),
  };

  test.each([0, 6] as const)("reads the wanted arrays of a zip, compression %i, and lists all", (level) => {
    const { arrays, names } = parseNpz(zipSync(files, { level }), "a.npz", (name) => name === "x");
    expect([...arrays.keys()]).toEqual(["x"]);
    expect(Array.from(arrays.get("x")?.bytes ?? [])).toEqual([1, 2, 3]);
    expect(names).toEqual(["x", "y"]);
  });

  test("refuses every file that is cut off, and what is no zip", async () => {
    const file = zipSync(files);
    const read = (bytes: Uint8Array) => refusal(() => parseNpz(bytes, "a.npz", () => true));
    for (let length = 2; length < file.length; length += 7) {
      expect(await read(file.subarray(0, length))).toBe(
        "DataError: a.npz: expected an .npz file, a zip of NumPy arrays, received one that is damaged or cut off.\n" +
          "  Fetch or write it again.",
      );
    }
    expect(await read(new Uint8Array(100))).toBe(
      "DataError: a.npz: expected an .npz file, a zip of NumPy arrays, received a file of another format.\n" +
        "  numpy.savez writes one.",
    );
    expect(await read(new Uint8Array())).toMatch(/received an empty file/);
  });
});
