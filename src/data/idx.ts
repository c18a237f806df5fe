import { DataError } from "../errors.js";

/** Contents of an IDX file of unsigned bytes: `values` has the product of `dims` entries, last axis fastest. */
export interface Idx {
  readonly dims: readonly number[];
  readonly values: Uint8Array;
}

const unsignedByte = 0x08;

/**
 * Reads an uncompressed IDX file (LeCun, http://yann.lecun.com/exdb/mnist, "the IDX file format"): two zero bytes, the
 * type, the number of axes, each axis as a big-endian uint32, then the values. `values` is a view of `bytes`, not a copy.
 * `path` is named in errors. Throws DataError when the header is not one of unsigned bytes or the length does not fit it.
 */
export function parseIdx(bytes: Uint8Array, path: string): Idx {
  const axes = readMagic(bytes, path);
  const start = 4 + 4 * axes;
  if (bytes.length < start) {
    throw new DataError({
      where: path,
      expected: `an IDX header of ${start} bytes`,
      received: `a file of ${bytes.length} bytes`,
      hint: "The file is cut off: fetch it again.",
    });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, start);
  const dims = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis));
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (bytes.length - start !== count) throw wrongLength(path, dims, count, bytes.length - start);
  return { dims, values: bytes.subarray(start) };
}

/** Number of axes that the first four bytes announce. */
function readMagic(bytes: Uint8Array, path: string): number {
  const [zero0, zero1, type, axes] = bytes;
  if (zero0 === 0 && zero1 === 0 && type === unsignedByte && axes !== undefined && axes > 0) return axes;
  const first = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  throw new DataError({
    where: path,
    expected: "an IDX file of unsigned bytes (beginning 00 00 08)",
    received: bytes.length === 0 ? "an empty file" : `a file beginning ${first}`,
    hint: "The file is damaged or of another format: fetch it again.",
  });
}

function wrongLength(path: string, dims: readonly number[], expected: number, received: number): DataError {
  const fault = received < expected ? "is cut off" : "has bytes too many";
  return new DataError({
    where: path,
    expected: `${expected} bytes of data, as its header [${dims.join(", ")}] says`,
    received: String(received),
    hint: `The file ${fault}: fetch it again.`,
  });
}
