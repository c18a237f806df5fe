import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { DataError } from "../../errors.js";
import { parseIdx } from "../idx.js";
import type { Idx } from "../idx.js";
import { readBytes } from "./files.js";

/** An IDX file, plain or gzip. Throws DataError, naming the path, when it cannot be read, unpacked or parsed. */
export async function readIdx(path: string): Promise<Idx> {
  const bytes = await readBytes(path);
  // By content, not by name: browsers unpack .gz on the way and keep the name.
  const packed = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return parseIdx(packed ? await unpack(bytes, path) : bytes, path);
}

async function unpack(bytes: Uint8Array, path: string): Promise<Uint8Array> {
  return promisify(gunzip)(bytes).catch((error: unknown) => {
    throw new DataError(
      {
        where: path,
        expected: "a whole gzip file",
        received: `a damaged one (${(error as Error).message})`,
        hint: "Fetch it again.",
      },
      { cause: error },
    );
  });
}
