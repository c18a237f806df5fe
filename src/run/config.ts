import { z } from "zod";
import { RunError } from "../errors.js";
import { dataOptions } from "../data/index.js";
import { trainingOptions } from "../methods/index.js";
import { readText } from "./files.js";

/** The form of run folders; a run of another form is refused by name. */
export const RUN_FORMAT = 1;

/** Everything that made a run: `config.json`. */
export const runConfig = z.strictObject({
  format: z.literal(RUN_FORMAT),
  ganymede: z.string(),
  method: z.string(),
  preset: z.string(),
  /** Resolved: defaults and presets filled in. */
  options: z.record(z.string(), z.unknown()),
  training: trainingOptions,
  data: z.strictObject({
    name: z.string(),
    options: dataOptions,
    fingerprint: z.string(),
    preprocessing: z.string(),
    image: z.strictObject({ channels: z.int(), height: z.int(), width: z.int() }),
    classes: z.array(z.string()),
  }),
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
export type RunConfig = z.infer<typeof runConfig>;

/** Reads a run's configuration. Throws RunError where the folder is no run, or one of another version. */
export async function readConfig(path: string): Promise<RunConfig> {
  let json: unknown;
  try {
    json = JSON.parse(await readText(path));
  } catch (cause) {
    if (cause instanceof RunError) {
      throw new RunError(
        {
          where: path,
          expected: "a run folder with its config.json",
          received: "none",
          hint: "`ganymede train` makes one.",
        },
        { cause },
      );
    }
    throw new RunError({ where: path, expected: "JSON", received: String(cause) }, { cause });
  }
  const parsed = runConfig.safeParse(json);
  if (parsed.success) return parsed.data;
  const format = (json as { format?: unknown }).format;
  throw new RunError({
    where: path,
    expected: `a run of format ${RUN_FORMAT}`,
    received: format === RUN_FORMAT ? z.prettifyError(parsed.error) : `format ${String(format)}`,
    hint: "Use the version of Ganymede that made the run.",
  });
}
