import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll } from "vitest";

const main = join(import.meta.dirname, "../../dist/cli/main.js");

/** How a command ended, and what it said. */
export interface Outcome {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** A command that is running. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Outcome>;
}

/** An empty folder, removed after the tests of the file. */
export function scratch(): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "ganymede-")));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Starts the built command line in a folder, without a terminal. */
export function start(cwd: string, args: readonly string[], more: NodeJS.ProcessEnv = {}): Running {
  const env = { ...process.env, NO_COLOR: "1", ...more };
  const child = spawn(process.execPath, [main, ...args], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  let err = "";
  child.stdout.on("data", (part: Buffer) => (out += String(part)));
  child.stderr.on("data", (part: Buffer) => (err += String(part)));
  const ended = new Promise<Outcome>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status, signal) => resolve({ status, signal, out, err }));
  });
  return { child, ended };
}

/** Runs a command line, words parted by spaces, to its end. */
export function ganymede(cwd: string, line: string): Promise<Outcome> {
  return start(cwd, line.split(" ")).ended;
}

/** Runs it, and insists that it succeeds. */
export async function succeed(cwd: string, line: string): Promise<Outcome> {
  const outcome = await ganymede(cwd, line);
  if (outcome.status !== 0) throw new Error(`${line}: ${JSON.stringify(outcome, null, 2)}`);
  return outcome;
}

/** The smallest training there is, on one thread. */
export const tiny =
  "--threads 1 --batch 8 --set width=0.1 noise=4 restarts=1 baselineSteps=2 sampleEvery=5 checkpointEvery=3";

/** Waits until `condition` holds, looking every few milliseconds. */
export async function until(condition: () => boolean, { child }: Running): Promise<void> {
  while (child.exitCode === null && child.signalCode === null && !condition()) await wait(2);
}

export function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Text of a file, empty where there is none. */
export function textOf(...path: string[]): string {
  try {
    return readFileSync(join(...path), "utf8");
  } catch {
    return "";
  }
}

/** metrics.jsonl without `seconds`, the one value that no two runs share. */
export function metricsOf(...folder: string[]): unknown[] {
  return textOf(...folder, "metrics.jsonl")
    .trim()
    .split("\n")
    .map((line) => ({ ...(JSON.parse(line) as object), seconds: undefined }));
}

/** `count` small grey PNG pictures of many sizes in the classes left and right: a bright half on that side. */
export async function drawPictures(folder: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const side = i % 2 === 0 ? "left" : "right";
    mkdirSync(join(folder, side), { recursive: true });
    const [width, height] = [20 + i, 44 - i];
    const bright = (x: number) => x < width / 2 === (side === "left");
    const pixels = Uint8Array.from({ length: width * height }, (_, at) =>
      bright(at % width) ? 200 + i : 7 * i,
    );
    const raw = { width, height, channels: 1 as const };
    await sharp(pixels, { raw })
      .png()
      .toFile(join(folder, side, `${i}.png`));
  }
}
