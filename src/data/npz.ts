import { unzipSync } from "fflate";
import { DataError } from "../errors.js";

/** An array as NumPy stores it: C order, last axis fastest. */
export interface NpyArray {
  readonly shape: readonly number[];
  /** NumPy's name of the type: "|u1", "<i8". */
  readonly type: string;
  /** The values' bytes. */
  readonly bytes: Uint8Array;
}

/**
 * The arrays of a .npz file, stored or deflated, of those names that `wanted` says yes to, by their names; `names` lists all there are.
 * `path` is named in errors. Throws DataError for what is no zip file, is cut off or damaged, and for a damaged array.
 */
export function parseNpz(
  bytes: Uint8Array,
  path: string,
  wanted: (name: string) => boolean,
): { arrays: ReadonlyMap<string, NpyArray>; names: readonly string[] } {
  const names: string[] = [];
  const filter = ({ name }: { name: string }): boolean => {
    if (!name.endsWith(".npy")) return false;
    names.push(nameOf(name));
    return wanted(nameOf(name));
  };
  const files = unzip(bytes, path, filter);
  const arrays = Object.entries(files).map(([name, file]): [string, NpyArray] => {
    const array = nameOf(name);
    return [array, parseNpy(file, `${path}, ${array}`)];
  });
  return { arrays: new Map(arrays), names };
}

const nameOf = (file: string): string => file.slice(0, -".npy".length);

function unzip(
  bytes: Uint8Array,
  path: string,
  filter: (file: { name: string }) => boolean,
): Record<string, Uint8Array> {
  try {
    return unzipSync(bytes, { filter });
  } catch (error) {
    const zip = bytes[0] === 0x50 && bytes[1] === 0x4b;
    const other = bytes.length === 0 ? "an empty file" : "a file of another format";
    throw new DataError(
      {
        where: path,
        expected: "an .npz file, a zip of NumPy arrays",
        received: zip ? "one that is damaged or cut off" : other,
        hint: zip ? "Fetch or write it again." : "numpy.savez writes one.",
      },
      { cause: error },
    );
  }
}

/**
 * Reads a .npy file ("NEP 1: A simple file format for NumPy arrays", versions 1 to 3). `bytes` of the result are a view.
 * Throws DataError, with `where`, for another format, Fortran order, and a length that the header does not say.
 */
export function parseNpy(file: Uint8Array, where: string): NpyArray {
  const { header, start } = readHeader(file, where);
  const type = typeOf(header, where);
  const shape = /'shape':\s*\(([\d\s,]*)\)/.exec(header)?.[1]?.match(/\d+/g)?.map(Number) ?? [];
  if (/'fortran_order':\s*True/.test(header)) {
    throw new DataError({
      where,
      expected: "an array in C order",
      received: "one in Fortran order",
      hint: "Save numpy.ascontiguousarray(x).",
    });
  }
  const bytes = file.subarray(start);
  const length = shape.reduce((product, axis) => product * axis, Number(type.slice(2)));
  if (bytes.length === length) return { shape, type, bytes };
  throw new DataError({
    where,
    expected: `${length} bytes of data, as its header [${shape.join(", ")}] of ${type} says`,
    received: String(bytes.length),
    hint: "The file is damaged: fetch or write it again.",
  });
}

/** Such as "<i8"; the digits are the bytes of a value. */
function typeOf(header: string, where: string): string {
  const type = /'descr':\s*'([^']+)'/.exec(header)?.[1] ?? "records";
  if (/^[<>|=][biufc]\d+$/.test(type)) return type;
  throw new DataError({ where, expected: "an array of numbers", received: `one of type ${type}` });
}

const magic = "\x93NUMPY";

function readHeader(file: Uint8Array, where: string): { header: string; start: number } {
  const text = (from: number, to: number) => String.fromCharCode(...file.subarray(from, to));
  const version = file[6] ?? 0;
  const lengthBytes = version === 1 ? 2 : 4;
  const begin = 8 + lengthBytes;
  const length = file.subarray(8, begin).reduce((sum, byte, i) => sum + byte * 256 ** i, 0);
  const start = begin + length;
  if (text(0, 6) === magic && version >= 1 && version <= 3 && start <= file.length)
    return { header: text(begin, start), start };
  throw new DataError({
    where,
    expected: "a NumPy array (.npy, version 1 to 3)",
    received: "something damaged or of another format",
    hint: "Fetch or write the file again.",
  });
}

/** The values of an array of whole numbers (NumPy's i1 to i8, u1 to u8, b1). Throws DataError for another type. */
export function integersOf({ type, bytes, shape }: NpyArray, where: string): number[] {
  const [, order, kind, size] = /^([<>|=])([iub])([1248])$/.exec(type) ?? [];
  if (kind === undefined) {
    throw new DataError({ where, expected: "an array of whole numbers", received: `one of type ${type}` });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = readers[`${kind === "i" ? "i" : "u"}${size ?? 1}`] ?? readers["u1"];
  const count = shape.reduce((product, axis) => product * axis, 1);
  return Array.from({ length: count }, (_, i) => read?.(view, i * Number(size), order !== ">") ?? NaN);
}

type Reader = (view: DataView, at: number, little: boolean) => number;

const readers: Readonly<Record<string, Reader>> = {
  i1: (view, at) => view.getInt8(at),
  u1: (view, at) => view.getUint8(at),
  i2: (view, at, little) => view.getInt16(at, little),
  u2: (view, at, little) => view.getUint16(at, little),
  i4: (view, at, little) => view.getInt32(at, little),
  u4: (view, at, little) => view.getUint32(at, little),
  i8: (view, at, little) => Number(view.getBigInt64(at, little)),
  u8: (view, at, little) => Number(view.getBigUint64(at, little)),
};
