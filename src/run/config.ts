import { join } from "node:path";
import { z } from "zod";
import { RunError } from "../errors.js";
import { dataOptions } from "../data/index.js";
import { trainingOptions } from "../methods/index.js";
import { exists } from "./files.js";
import { firstIssue, readJson } from "./json.js";

/** The form of run folders; a run of another form is refused by name. */
export const RUN_FORMAT = 1;

const dataConfig = z.strictObject({
  name: z.string(),
  options: dataOptions,
  /** Of the training part, labels included. */
  fingerprint: z.string(),
  /** Of the part that is measured on; absent in runs of before it was kept. */
  testFingerprint: z.string().optional(),
  preprocessing: z.string(),
  image: z.strictObject({ channels: z.int(), height: z.int(), width: z.int() }),
  classes: z.array(z.string()),
});
/** Which pictures, and what was done to them. */
export type DataConfig = z.infer<typeof dataConfig>;

/** Everything that made a run: `config.json`. */
export const runConfig = z.strictObject({
  format: z.literal(RUN_FORMAT),
  ganymede: z.string(),
  method: z.string(),
  preset: z.string(),
  /** Resolved: defaults and presets filled in. */
  options: z.record(z.string(), z.unknown()),
  training: trainingOptions,
  data: dataConfig,
  /** The second domain, where there is one. */
  target: dataConfig.optional(),
  host: z.strictObject({
    name: z.string(),
    device: z.string(),
    threads: z.int(),
    processor: z.string(),
    node: z.string(),
    onnxruntime: z.string(),
  }),
  command: z.string(),
  started: z.string(),
});
/** A run's configuration, resolved. */
export type RunConfig = z.infer<typeof runConfig>;

/** Reads a run's configuration. Throws RunError where the folder is no run, or one of another version. */
export async function readConfig(folder: string): Promise<RunConfig> {
  const path = join(folder, "config.json");
  const json = await readInRun(folder, path);
  const parsed = runConfig.safeParse(json);
  if (parsed.success) return parsed.data;
  const format = (json as { format?: unknown } | null)?.format;
  throw new RunError({
    where: path,
    expected: `the configuration of a run of format ${RUN_FORMAT}`,
    received:
      format === RUN_FORMAT ? firstIssue(parsed.error) : `format ${JSON.stringify(format) ?? "unknown"}`,
    hint: "Use the version of Ganymede that made the run.",
  });
}

/** Whether a folder is a run, of whatever version. */
export async function isRun(folder: string): Promise<boolean> {
  const { ganymede } = await readInRun(folder, join(folder, "config.json")).then(
    (json) => json as { ganymede?: unknown },
    () => ({ ganymede: undefined }),
  );
  return ganymede !== undefined;
}

async function readInRun(folder: string, path: string): Promise<unknown> {
  if (await exists(path)) return readJson(path, "the configuration of a run");
  throw new RunError({
    where: folder,
    expected: "a run folder",
    received: (await exists(folder)) ? "something without a config.json" : "nothing of that name",
    hint: "`ganymede train` makes one.",
  });
}
