/** An IDX file of unsigned bytes, written independently of the code that reads it. */
export function idxBytes(dims: readonly number[], values: Uint8Array): Uint8Array {
  const header = Buffer.alloc(4 + 4 * dims.length);
  header.writeUInt32BE(0x0800 + dims.length);
  dims.forEach((dim, axis) => header.writeUInt32BE(dim, 4 + 4 * axis));
  return new Uint8Array(Buffer.concat([header, values]));
}
