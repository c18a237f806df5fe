import { link, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { RunError } from "../errors.js";
import { onDisk, readText, remove } from "./files.js";

/** Who writes a run, as its lock file says. */
interface Owner {
  readonly pid: number;
  readonly host: string;
}

/**
 * Keeps other processes from writing what a lock file stands for; returns what lets go. A lock whose process is gone (kill -9,
 * power cut) is taken over at once: no time is waited for, as a time would also expire on a busy process. Throws RunError.
 */
export async function lock(path: string): Promise<() => Promise<void>> {
  while (!(await createLock(path))) {
    await refuseIfLocked(path);
    await takeAway(path);
  }
  return () => remove(path);
}

/** Names that locks and their temporary files have. */
export function isLockFile(name: string, lockName: string): boolean {
  return name === lockName || name.startsWith(`${lockName}.`);
}

/** Throws RunError where a living process holds the lock. */
export async function refuseIfLocked(path: string): Promise<void> {
  const owner = await readOwner(path);
  if (owner === undefined || isGone(owner)) return;
  throw new RunError({
    where: path,
    expected: "a run that nobody else is writing",
    received: `one that process ${owner.pid} on ${owner.host} is training`,
    hint: "Wait until it ends, or stop it. If it is no training of Ganymede, delete that file.",
  });
}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code;

/** Makes the lock with its text in it at once, by a link, so that nobody sees one half written. False where there is one. */
async function createLock(path: string): Promise<boolean> {
  const own = `${path}.${process.pid}`;
  const text = JSON.stringify({ pid: process.pid, host: hostname() } satisfies Owner);
  return onDisk("write", path, async () => {
    try {
      await writeFile(own, text);
      await link(own, path).catch((error: unknown) => {
        if (codeOf(error) === "EEXIST") throw error;
        return writeFile(path, text, { flag: "wx" }); // a file system without links
      });
      return true;
    } catch (error) {
      if (codeOf(error) === "EEXIST") return false;
      throw error;
    } finally {
      await rm(own, { force: true });
    }
  });
}

/** Takes a lock away whose owner is gone. Moved first: of several processes that see it, one moves it, and looks whose it was. */
async function takeAway(path: string): Promise<void> {
  const aside = `${path}.gone-${process.pid}`;
  await onDisk("remove", path, async () => {
    await rename(path, aside).catch((error: unknown) => {
      if (codeOf(error) !== "ENOENT") throw error;
    });
    const owner = await readOwner(aside);
    // Between our look and the move another may have taken it over: then it is given back.
    if (owner !== undefined && !isGone(owner)) await link(aside, path).catch(() => {});
    await rm(aside, { force: true });
  });
}

/** Undefined where there is no lock, or one cut short by a crash. */
async function readOwner(path: string): Promise<Owner | undefined> {
  try {
    return JSON.parse(await readText(path)) as Owner;
  } catch {
    return undefined;
  }
}

function isGone({ pid, host }: Owner): boolean {
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
