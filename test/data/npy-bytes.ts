/** A .npy file (version 1), written independently of the code that reads it. `type` is NumPy's name: "|u1", "<i8". */
export function npyBytes(
  type: string,
  shape: readonly number[],
  values: Uint8Array,
  { fortran = false }: { fortran?: boolean } = {},
): Uint8Array {
  const axes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const order = fortran ? "True" : "False";
  const dict = `{'descr': '${type}', 'fortran_order': ${order}, 'shape': (${axes}), }`;
  const header = `${dict.padEnd(64 * Math.ceil((dict.length + 11) / 64) - 11)}\n`;
  const lead = Buffer.from("\x93NUMPY\x01\x00\x00\x00", "latin1");
  lead.writeUInt16LE(header.length, 8);
  return new Uint8Array(Buffer.concat([lead, Buffer.from(header, "latin1"), values]));
}

/** Whole numbers as 8 bytes each, little-endian: NumPy's usual labels. */
export const int64Bytes = (values: readonly number[]): Uint8Array =>
  new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
