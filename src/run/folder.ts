import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { RunError } from "../errors.js";
import type { Position, Trainer } from "../train/index.js";
import { type RunConfig, isRun, readConfig } from "./config.js";
import { exists, makeFolder, namesIn, onDisk, readText, readWhole, remove, writeWhole } from "./files.js";
import { isLockFile, lock, refuseIfLocked } from "./lock.js";
import { type SafeTensors, decodeSafeTensors, encodeSafeTensors } from "./safetensors.js";

/** A line of metrics.jsonl. */
export interface MetricLine extends Readonly<Record<string, number | boolean>> {
  readonly step: number;
  readonly candidate: number;
}

const LOCK = "lock";
/** write-file-atomic's temporary files: the name, a point and a hash. */
const HALF_WRITTEN = /(\.(json|jsonl|html|png|onnx|safetensors)|^latest)\.\d+$/;
const positionSchema: z.ZodType<Position> = z.strictObject({
  candidate: z.int(),
  scores: z.array(
    z
      .number()
      .nullable()
      .transform((score) => score ?? NaN),
  ), // JSON has no NaN
  chosen: z.boolean(),
  step: z.int(),
});

/** Weights as of the last sample, or the end. */
export const WEIGHTS = "models/weights.safetensors";
/** Weights of the baseline that was trained beside the run. */
export const BASELINE = "models/baseline.safetensors";
/** What `evaluate` and the end of a training write: numbers, and what they are made of. */
export const EVALUATION = "evaluation.json";
/** What a judge has said of a run (`evaluate RUN --judge`): kept apart, so that measuring anew without one does not lose it. */
export const JUDGED = "judged.json";
/** What of a run is read in a browser. */
export const REPORT = "report.html";

/** A run on disk: config.json, metrics.jsonl, checkpoints/, samples/ and the files above. Everything is written whole. */
export class RunFolder {
  private constructor(
    readonly path: string,
    readonly config: RunConfig,
  ) {}

  /** Throws RunError where something is in the way and `force` does not replace it: it only replaces runs not in use. */
  static async refuseIfTaken(path: string, force: boolean): Promise<void> {
    await RunFolder.refuseIfFull(path, force);
    await refuseIfLocked(join(path, LOCK));
  }

  private static async refuseIfFull(path: string, force: boolean): Promise<void> {
    if ((await contentsOf(path)).length === 0) return;
    if (!force) {
      throw new RunError({
        where: path,
        expected: "a new folder",
        received: "one that is not empty",
        hint: "Choose another with --out, go on with --resume, or replace it with --force.",
      });
    }
    if (!(await isRun(path))) {
      throw new RunError({
        where: path,
        expected: "a run to replace",
        received: "a folder that holds something else",
        hint: "Choose another with --out, or empty it yourself.",
      });
    }
  }

  /** Makes a run folder and locks it. One that has something in it is left alone unless `force`. */
  static async create(
    path: string,
    config: RunConfig,
    force: boolean,
  ): Promise<{ folder: RunFolder; unlock: () => Promise<void> }> {
    await RunFolder.refuseIfTaken(path, force);
    await makeFolder(path);
    const folder = new RunFolder(path, config);
    const unlock = await folder.lock();
    try {
      await RunFolder.refuseIfFull(path, force); // again, now that nobody else comes in between
      for (const name of await contentsOf(path)) await remove(folder.at(name));
      await writeWhole(folder.at("config.json"), `${JSON.stringify(config, null, 2)}\n`);
      return { folder, unlock };
    } catch (error) {
      await unlock();
      throw error;
    }
  }

  static async open(path: string): Promise<RunFolder> {
    return new RunFolder(path, await readConfig(path));
  }

  /** Keeps other processes from writing this run; returns what lets go. Throws RunError where another does. */
  lock(): Promise<() => Promise<void>> {
    return lock(this.at(LOCK));
  }

  /** Removes what a killed process left half written. */
  async sweep(): Promise<void> {
    for (const part of ["", "checkpoints", "models", "samples"]) {
      const names = await namesIn(this.at(part));
      for (const name of names.filter((n) => HALF_WRITTEN.test(n))) await remove(this.at(part, name));
    }
  }

  at(...names: string[]): string {
    return join(this.path, ...names);
  }

  /** Names of the checkpoint at a position; they sort in the order they were made. */
  static checkpointName({ candidate, chosen, step }: Position): string {
    const stage = chosen ? "step" : `start-${String(candidate).padStart(2, "0")}-step`;
    return `${stage}-${String(step).padStart(7, "0")}.safetensors`;
  }

  async writeCheckpoint(
    position: Position,
    { state, shapes }: Pick<Trainer, "state" | "shapes">,
  ): Promise<void> {
    const name = RunFolder.checkpointName(position);
    const metadata = {
      method: this.config.method,
      format: String(this.config.format),
      position: JSON.stringify(position),
    };
    await writeWhole(this.at("checkpoints", name), encodeSafeTensors({ tensors: state, shapes, metadata }));
    await writeWhole(this.at("checkpoints", "latest"), `${name}\n`);
  }

  /** The last checkpoint, or undefined where none was written. Throws RunError if it is broken or of another method. */
  async readCheckpoint(): Promise<{ position: Position; tensors: SafeTensors["tensors"] } | undefined> {
    const latest = this.at("checkpoints", "latest");
    if (!(await exists(latest))) return undefined;
    return this.readCheckpointFile((await readText(latest)).trim());
  }

  private async readCheckpointFile(name: string) {
    const path = this.at("checkpoints", name);
    const { tensors, metadata } = await this.decodeCheckpoint(name, path);
    const { method, format } = this.config;
    if (metadata["method"] !== method || metadata["format"] !== String(format)) {
      throw new RunError({
        where: path,
        expected: `a checkpoint of ${method}, format ${format}`,
        received: `one of ${metadata["method"] ?? "no method"}, format ${metadata["format"] ?? "unknown"}`,
      });
    }
    return { position: positionOf(metadata, path), tensors };
  }

  private async decodeCheckpoint(name: string, path: string): Promise<SafeTensors> {
    try {
      return decodeSafeTensors(await readWhole(path), path);
    } catch (error) {
      const other = (await this.checkpoints()).findLast((earlier) => earlier < name);
      if (!(error instanceof RunError) || other === undefined) throw error;
      const { where, expected, received } = error;
      const hint = `To go on from the one before, write ${other} into ${this.at("checkpoints", "latest")}.`;
      throw new RunError({ where, expected, received, hint }, { cause: error });
    }
  }

  /** Path of the newest checkpoint of which every value is finite, or undefined. */
  async lastGoodCheckpoint(): Promise<string | undefined> {
    for (const name of (await this.checkpoints()).toReversed()) {
      const tensors = await this.readCheckpointFile(name).then(
        (checkpoint) => [...checkpoint.tensors.values()],
        () => undefined, // one that cannot be read is not a good one
      );
      if (tensors?.every((values) => values.every(Number.isFinite))) return this.at("checkpoints", name);
    }
    return undefined;
  }

  /** Names of the checkpoints, oldest first. */
  private async checkpoints(): Promise<string[]> {
    return (await namesIn(this.at("checkpoints"))).filter((name) => /step-\d+\.safetensors$/.test(name));
  }

  async appendMetrics(lines: readonly MetricLine[]): Promise<void> {
    const path = this.at("metrics.jsonl");
    await onDisk("write", path, () =>
      appendFile(path, lines.map((line) => `${JSON.stringify(line)}\n`).join("")),
    );
  }

  /** Lines of metrics.jsonl; a last line cut short by a crash is left out. */
  async readMetrics(): Promise<MetricLine[]> {
    if (!(await exists(this.at("metrics.jsonl")))) return [];
    return (await readText(this.at("metrics.jsonl"))).split("\n").flatMap((line) => {
      try {
        return [JSON.parse(line) as MetricLine];
      } catch {
        return [];
      }
    });
  }

  /** Time the training has taken, over all its sessions. */
  async trainedSeconds(): Promise<number> {
    return (await this.readMetrics()).reduce((total, line) => total + Number(line["seconds"] ?? 0), 0);
  }

  /** Forgets what was logged after a position, before the run goes on from it. */
  async rewindMetrics({ candidate, chosen, step }: Position): Promise<void> {
    const before = (line: MetricLine) => {
      if (chosen) return line.candidate !== candidate || line.step <= step;
      const earlier = line.candidate < candidate || (line.candidate === candidate && line.step <= step);
      return earlier && line["chosen"] !== true;
    };
    const kept = (await this.readMetrics()).filter(before);
    await writeWhole(this.at("metrics.jsonl"), kept.map((line) => `${JSON.stringify(line)}\n`).join(""));
  }

  /** Deletes checkpoints that a newer one has made useless, but for the last `keep`. */
  async pruneCheckpoints(keep: number): Promise<void> {
    const names = (await this.checkpoints()).filter((name) => name.startsWith("step-"));
    for (const name of names.slice(0, -keep)) await remove(this.at("checkpoints", name));
  }

  /** Deletes what only the comparison of starts needed. */
  async removeStarts(): Promise<void> {
    const names = await namesIn(this.at("checkpoints"));
    for (const name of names.filter((n) => n.startsWith("start-")))
      await remove(this.at("checkpoints", name));
  }
}

/** What is in a folder but locks. */
async function contentsOf(path: string): Promise<string[]> {
  return (await namesIn(path)).filter((name) => !isLockFile(name, LOCK));
}

function positionOf({ position }: SafeTensors["metadata"], path: string): Position {
  try {
    return positionSchema.parse(JSON.parse(position ?? ""));
  } catch (cause) {
    throw new RunError(
      {
        where: path,
        expected: "a checkpoint that says how far the training was",
        received: position ?? "none",
      },
      { cause },
    );
  }
}
