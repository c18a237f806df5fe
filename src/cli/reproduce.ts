import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Command, Option } from "commander";
import { OptionError, RunError } from "../errors.js";
import { oneOf, unknownName } from "../options.js";
import { exists } from "../run/files.js";
import { RunFolder } from "../run/folder.js";
import { numbersOf } from "../run/numbers.js";
import {
  type Measurement,
  RESULTS,
  type Result,
  allResults,
  filledIn,
  findResult,
  namesOf,
  recordMeasurement,
} from "../run/results.js";
import { jsonOption, print, threadsOption, whole } from "./shared.js";

interface ReproduceFlags {
  readonly list?: boolean;
  readonly seed?: number;
  readonly input: Readonly<Record<string, string>>;
  readonly results: string;
  readonly runs: string;
  readonly threads?: number;
  readonly record?: boolean;
  readonly json?: boolean;
}

export function addReproduce(program: Command): void {
  program
    .command("reproduce")
    .summary("make a number of the docs again")
    .description(
      "Trains and measures again what the page of a method reports, and prints the number beside the reported one. A run that is there already is not trained again, one that was stopped goes on.",
    )
    .argument("[id]", "which result (see --list)")
    .option("--list", "name every result")
    .option("--seed <n>", "one of its seeds; its first by default", whole("--seed"))
    .addOption(
      new Option("--input <name=path>", "a file or folder that the result needs; once for each")
        .argParser(namedPath)
        .default({}, "none"),
    )
    .option("--runs <dir>", "where the runs are made", "runs")
    .addOption(
      new Option("--results <dir>", "where the results are described").default(RESULTS, "those of the pages"),
    )
    .addOption(threadsOption())
    .option("--record", "write what came out to where the results are described")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Examples:
  ganymede reproduce --list
  ganymede reproduce bigan-mnist --seed 2
  ganymede reproduce dann-usps --input usps=usps.npz`,
    )
    .action(reproduce);
}

/** NAME=PATH, beside those said before. */
function namedPath(text: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const [, name, path] = /^([\w-]+)=(.+)$/s.exec(text) ?? [];
  if (name !== undefined && path !== undefined) return { ...before, [name]: path };
  throw new OptionError({ where: "--input", expected: "NAME=PATH", received: text || "nothing" });
}

async function reproduce(id: string | undefined, flags: ReproduceFlags): Promise<void> {
  if (flags.list === true) return list(flags);
  if (id === undefined) {
    throw new OptionError({
      where: "reproduce",
      expected: "the id of a result",
      received: "none",
      hint: "All of them: ganymede reproduce --list",
    });
  }
  const result = await findResult(flags.results, id);
  const seed = seedOf(result, flags.seed);
  const made = await remake(result, seed, flags);
  if (flags.record === true) await recordMeasurement(flags.results, id, made);
  const reported = result.measured.find((one) => one.seed === seed);
  if (flags.json === true) return print(JSON.stringify({ id, ...made, reported }));
  print(comparison(result, made, reported).join("\n"));
}

async function list({ results, json }: ReproduceFlags): Promise<void> {
  const all = await allResults(results);
  if (json === true) return print(JSON.stringify(all));
  const width = Math.max(...all.map(({ id }) => id.length));
  print(
    all
      .map(({ id, about, seeds, inputs, measured }) => {
        const needed = Object.keys(inputs).map((name) => `; --input ${name}=PATH`);
        return `${id.padEnd(width)}  ${about} (seed ${seeds.join(", ")}; ${timeOf(measured)}${needed.join("")})`;
      })
      .join("\n"),
  );
}

/** What the training took where it was measured, the longest of the seeds. */
function timeOf(measured: Result["measured"]): string {
  if (measured.length === 0) return "not measured yet";
  const minutes = Math.max(...measured.map(({ seconds }) => seconds)) / 60;
  return `${Math.max(1, Math.round(minutes))} min`;
}

function seedOf({ id, seeds }: Result, asked: number | undefined): number {
  const [first = 1] = seeds;
  if (asked === undefined || seeds.includes(asked)) return asked ?? first;
  throw new OptionError({
    where: `${id}, --seed`,
    expected: oneOf(seeds.map(String)),
    received: `${asked}`,
  });
}

/** Trains and measures a result, and what it needs before. */
async function remake(result: Result, seed: number, flags: ReproduceFlags): Promise<Measurement> {
  const names = { ...inputsOf(result, flags), ...(await runsNeeded(result, flags)), seed: String(seed) };
  const run = await trained(result, seed, names, flags);
  const folder = await RunFolder.open(run);
  const own = (await numbersOf(folder)) ?? {};
  const more =
    result.evaluate === undefined ? {} : await evaluated(run, filledIn(result.evaluate, names), flags);
  const { host, ganymede: version } = folder.config;
  return {
    seed,
    ganymede: version,
    threads: host.threads,
    seconds: Math.round(await folder.trainedSeconds()),
    processor: host.processor,
    values: reportedValues(result, { ...own, ...more }),
  };
}

function inputsOf({ id, inputs }: Result, { input }: ReproduceFlags): Record<string, string> {
  const missing = Object.entries(inputs).filter(([name]) => input[name] === undefined);
  if (missing.length === 0) return { ...input };
  const unknown = Object.keys(input).find((name) => !(name in inputs));
  if (unknown !== undefined) throw unknownName(`reproduce ${id} --input`, unknown, Object.keys(inputs));
  throw new OptionError({
    where: `reproduce ${id}`,
    expected: missing.map(([name, what]) => `--input ${name}=PATH: ${what}`).join("; "),
    received: "none",
    hint: "It needs data that does not come with Ganymede: fetch it, and say where it lies.",
  });
}

/** Runs of other results that this one names, such as the classifier that judges it: made first, with their first seed. */
async function runsNeeded(result: Result, flags: ReproduceFlags): Promise<Record<string, string>> {
  const runs: Record<string, string> = {};
  for (const name of namesOf(result.train, result.evaluate)) {
    if (name === "seed" || name in result.inputs) continue;
    const other = await findResult(flags.results, name);
    const seed = seedOf(other, undefined);
    const names = { ...inputsOf(other, flags), seed: String(seed) };
    runs[name] = await trained(other, seed, names, flags);
  }
  return runs;
}

/** The run folder of a result, trained to its end. */
async function trained(
  { id, train }: Result,
  seed: number,
  names: Readonly<Record<string, string>>,
  { runs, threads }: ReproduceFlags,
): Promise<string> {
  const path = join(runs, `${id}-${seed}`);
  const on = threads === undefined ? [] : ["--threads", String(threads)];
  // A run of that name is taken up with the result's own words, so that one with other settings is refused.
  const place = (await exists(join(path, "config.json"))) ? ["--as-begun", "--resume"] : ["--out"];
  await ganymede(["train", ...filledIn(train, names), "--seed", String(seed), ...on, ...place, path]);
  return path;
}

async function evaluated(
  run: string,
  words: readonly string[],
  { threads }: ReproduceFlags,
): Promise<Record<string, unknown>> {
  const on = threads === undefined ? [] : ["--threads", String(threads)];
  return JSON.parse(await ganymede(["evaluate", run, ...words, ...on, "--json"])) as Record<string, unknown>;
}

function reportedValues(
  { id, metrics }: Result,
  found: Readonly<Record<string, unknown>>,
): Record<string, number> {
  return Object.fromEntries(
    metrics.map((metric) => {
      const value = found[metric];
      if (typeof value === "number") return [metric, value];
      throw new RunError({ where: id, expected: `a measured ${metric}`, received: "none" });
    }),
  );
}

const MAIN = fileURLToPath(new URL("main.js", import.meta.url));

/** Runs another command to its end and returns what it printed; what it says while it works is shown. */
function ganymede(words: readonly string[]): Promise<string> {
  process.stderr.write(`npx ganymede ${words.join(" ")}\n`);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...words], { stdio: ["ignore", "pipe", "inherit"] });
    const waitForChild = () => undefined; // a terminal sends Ctrl-C to it too: it saves, and ends
    const passOn = () => void child.kill("SIGTERM");
    process.on("SIGINT", waitForChild);
    process.on("SIGTERM", passOn);
    let out = "";
    child.stdout.on("data", (part: Buffer) => (out += String(part)));
    child.on("error", reject);
    child.on("close", (status) => {
      process.off("SIGINT", waitForChild);
      process.off("SIGTERM", passOn);
      if (status === 0) return resolve(out);
      process.exit(status ?? 1); // it has said why
    });
  });
}

function comparison(
  { id, metrics }: Result,
  { seed, threads, seconds, values }: Measurement,
  reported: Measurement | undefined,
): string[] {
  const shown = (value: number | undefined) => (value?.toFixed(4) ?? "-").padStart(10);
  const row = (name: string, ...cells: string[]) => [name.padEnd(30), ...cells].join(" ");
  const cell = (text: string) => text.padStart(10);
  const rows = metrics.map((metric) => row(metric, shown(values[metric]), shown(reported?.values[metric])));
  const time = row("seconds", cell(String(seconds)), cell(String(reported?.seconds ?? "-")));
  const where =
    reported === undefined
      ? "Nothing is reported of this seed yet."
      : `Reported on ${reported.processor}, ${reported.threads} threads; now ${threads}. Another processor or number of threads gives other last digits, and with them another run.`;
  return [row(`${id}, seed ${seed}`, cell("now"), cell("reported")), ...rows, time, where];
}
