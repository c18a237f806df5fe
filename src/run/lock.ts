import { writeFile } from "node:fs/promises";
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
  const mine = JSON.stringify({ pid: process.pid, host: hostname() } satisfies Owner);
  while (!(await createNew(path, mine))) {
    await refuseIfLocked(path);
    await remove(path);
  }
  return () => remove(path);
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

async function createNew(path: string, text: string): Promise<boolean> {
  return onDisk("write", path, async () => {
    try {
      await writeFile(path, text, { flag: "wx" });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
      throw error;
    }
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
