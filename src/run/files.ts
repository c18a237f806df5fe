import { mkdir, readFile, readdir, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { RunError } from "../errors.js";

/** What a user can do about a failed file operation, by its code. */
const hints: Readonly<Record<string, string>> = {
  ENOSPC: "The disk is full: free some space; what was saved before is whole.",
  EACCES: "Choose another folder with --out, or change the permissions.",
  EPERM: "Choose another folder with --out, or change the permissions.",
  EROFS: "The file system is read-only: choose another folder with --out.",
  ENOTDIR: "A part of the path is a file.",
  ENOENT: "Check the path.",
  EISDIR: "The path is a folder.",
};

/** Runs a file operation; its failure becomes a RunError that names the path. */
export async function onDisk<T>(doing: string, path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? "";
    const hint = hints[code];
    throw new RunError(
      {
        where: path,
        expected: `to ${doing} it`,
        received: code === "" ? String(cause) : code,
        ...(hint !== undefined && { hint }),
      },
      { cause },
    );
  }
}

/** Writes a file whole or not at all: temporary file, fsync, rename. Makes its folder. */
export async function writeWhole(path: string, data: Uint8Array | string): Promise<void> {
  await onDisk("write", path, async () => {
    await mkdir(dirname(path), { recursive: true });
    await writeFileAtomic(
      path,
      typeof data === "string" ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength),
    );
  });
}

export function readWhole(path: string): Promise<Uint8Array> {
  return onDisk("read", path, async () => new Uint8Array(await readFile(path)));
}

export function readText(path: string): Promise<string> {
  return onDisk("read", path, () => readFile(path, "utf8"));
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Names in a folder, sorted; empty where there is no such folder. */
export async function namesIn(path: string): Promise<string[]> {
  return (await exists(path)) ? (await onDisk("list", path, () => readdir(path))).toSorted() : [];
}

export function remove(path: string): Promise<void> {
  return onDisk("remove", path, () => rm(path, { recursive: true, force: true }));
}
