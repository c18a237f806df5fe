import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import lockfile from "proper-lockfile";
import { RunError } from "../errors.js";
import type { Position, Trainer } from "../train/index.js";
import { type RunConfig, readConfig } from "./config.js";
import { exists, namesIn, onDisk, readText, readWhole, remove, writeWhole } from "./files.js";
import { type SafeTensors, decodeSafeTensors, encodeSafeTensors } from "./safetensors.js";

/** A line of metrics.jsonl. */
export interface MetricLine extends Readonly<Record<string, number | boolean>> {
  readonly step: number;
  readonly candidate: number;
}

/** A run on disk: config.json, metrics.jsonl, checkpoints/, samples/, models/, report.html. Everything is written whole. */
export class RunFolder {
  private constructor(
    readonly path: string,
    readonly config: RunConfig,
  ) {}

  /** Makes a run folder. One that has something in it is left alone unless `force`. */
  static async create(path: string, config: RunConfig, force: boolean): Promise<RunFolder> {
    if ((await namesIn(path)).length > 0) {
      if (!force) {
        throw new RunError({
          where: path,
          expected: "a new folder",
          received: "one that is not empty",
          hint: "Choose another with --out, go on with --resume, or replace it with --force.",
        });
      }
      await remove(path);
    }
    await writeWhole(join(path, "config.json"), `${JSON.stringify(config, null, 2)}\n`);
    return new RunFolder(path, config);
  }

  static async open(path: string): Promise<RunFolder> {
    return new RunFolder(path, await readConfig(join(path, "config.json")));
  }

  /** Keeps other processes from writing this run; returns what lets go. */
  async lock(): Promise<() => Promise<void>> {
    try {
      return await lockfile.lock(this.path, { stale: 20_000, update: 5_000 });
    } catch (cause) {
      throw new RunError(
        {
          where: this.path,
          expected: "a run nobody else is writing",
          received: "one that is being trained",
          hint: "Wait until it ends, or stop it.",
        },
        { cause },
      );
    }
  }

  at(...names: string[]): string {
    return join(this.path, ...names);
  }

  /** Names of the checkpoint at a position; they sort in the order they were made. */
  static checkpointName({ candidate, chosen, step }: Position): string {
    const stage = chosen ? "step" : `start-${candidate}-step`;
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

  /** The last checkpoint, or undefined where none was written. Throws RunError if it belongs to another method. */
  async readCheckpoint(): Promise<{ position: Position; tensors: SafeTensors["tensors"] } | undefined> {
    if (!(await exists(this.at("checkpoints", "latest")))) return undefined;
    const path = this.at("checkpoints", (await readText(this.at("checkpoints", "latest"))).trim());
    const { tensors, metadata } = decodeSafeTensors(await readWhole(path), path);
    if (metadata["method"] !== this.config.method || metadata["format"] !== String(this.config.format)) {
      throw new RunError({
        where: path,
        expected: `a checkpoint of ${this.config.method}, format ${this.config.format}`,
        received: `${metadata["method"] ?? "none"}, format ${metadata["format"] ?? "none"}`,
      });
    }
    return { position: JSON.parse(metadata["position"] ?? "{}") as Position, tensors };
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

  /** Forgets what was logged after a position, before the run goes on from it. */
  async rewindMetrics({ candidate, chosen, step }: Position): Promise<void> {
    const before = (line: MetricLine) => {
      if (chosen) return line.candidate !== candidate || line.step <= step;
      return line.candidate < candidate || (line.candidate === candidate && line.step <= step);
    };
    const kept = (await this.readMetrics()).filter(before);
    await writeWhole(this.at("metrics.jsonl"), kept.map((line) => `${JSON.stringify(line)}\n`).join(""));
  }

  /** Deletes checkpoints that a newer one has made useless, but for the last `keep`. */
  async pruneCheckpoints(keep: number): Promise<void> {
    const names = (await namesIn(this.at("checkpoints"))).filter((name) => name.startsWith("step-"));
    for (const name of names.slice(0, -keep)) await remove(this.at("checkpoints", name));
  }

  /** Deletes what only the comparison of starts needed. */
  async removeStarts(): Promise<void> {
    const names = await namesIn(this.at("checkpoints"));
    for (const name of names.filter((n) => n.startsWith("start-")))
      await remove(this.at("checkpoints", name));
  }
}
