import { readFile } from "node:fs/promises";
import { DataError } from "../../errors.js";

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "nothing of that name",
  EACCES: "no permission to read it",
  EPERM: "no permission to read it",
  EISDIR: "a folder",
  ENOTDIR: "a file where a folder should be",
  ELOOP: "a link that leads back to itself",
};

/** A DataError in place of what the file system threw about `path`, which was to be `expected`. */
export function unreadable(path: string, expected: string, error: unknown): DataError {
  const { code = "", message } = error as NodeJS.ErrnoException;
  return new DataError({ where: path, expected, received: reasons[code] ?? message }, { cause: error });
}

/** Bytes of a file. Throws DataError, naming the path, when it cannot be read. */
export async function readBytes(path: string): Promise<Uint8Array> {
  return readFile(path).catch((error: unknown) => {
    throw unreadable(path, "a readable file", error);
  });
}
