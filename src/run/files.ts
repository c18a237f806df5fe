import { mkdir, readFile, readdir, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { RunError } from "../errors.js";

/** What a failed file operation met, and what a user can do about it, by the code of the system. */
const failures: Readonly<Record<string, readonly [received: string, hint: string]>> = {
  ENOSPC: ["a full disk", "Free some space; what was saved before is whole."],
  EDQUOT: ["a full quota", "Free some space; what was saved before is whole."],
  EACCES: ["no permission", "Choose another place, or change the permissions."],
  EPERM: ["no permission", "Choose another place, or change the permissions."],
  EROFS: ["a file system that is read-only", "Choose another place."],
  ENOTDIR: ["a file where a folder should be", "Choose another place."],
  EEXIST: ["a file where a folder should be", "Choose another place."],
  ENOENT: ["nothing of that name", "Check the path."],
  EISDIR: ["a folder where a file should be", "Choose another name."],
  ENAMETOOLONG: ["a name that is too long", "Choose a shorter one."],
};

/** Runs a file operation; its failure becomes a RunError that names the path. */
export async function onDisk<T>(doing: string, path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (cause) {
    const { code = "", message } = cause as NodeJS.ErrnoException;
    const [received, hint] = failures[code] ?? [message];
    throw new RunError(
      { where: path, expected: `to ${doing} it`, received, ...(hint !== undefined && { hint }) },
      { cause },
    );
  }
}

/** Writes a file whole or not at all: temporary file, fsync, rename. Makes its folder. */
export async function writeWhole(path: string, data: Uint8Array | string): Promise<void> {
  await onDisk("write", path, async () => {
    await makeFolders(dirname(path));
    await writeFileAtomic(
      path,
      typeof data === "string" ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength),
    );
  });
}

export async function makeFolder(path: string): Promise<void> {
  await onDisk("write", path, () => makeFolders(path));
}

/** With those it lies in. Node's own `recursive` never ends below a folder that takes none, such as /proc. */
async function makeFolders(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" && dirname(path) !== path) {
      await makeFolders(dirname(path));
      await mkdir(path);
    } else if (code !== "EEXIST" || !(await stat(path)).isDirectory()) throw error;
  }
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
