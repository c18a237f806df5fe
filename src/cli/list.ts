import type { Command } from "commander";
import pc from "picocolors";
import { z } from "zod";
import { type DataSetEntry, dataOptions, dataSets } from "../data/index.js";
import { mnistInstalled } from "../data/disk/index.js";
import { type Method, methods, trainingOptions } from "../methods/index.js";
import { type JsonField, rangeOf } from "../options.js";
import { findMethod } from "../run/session.js";
import { assignedDataName } from "./assignments.js";
import { jsonOption, print } from "./shared.js";

export function addList(program: Command): void {
  program
    .command("list")
    .summary("methods, data sets and their options")
    .description("Names the methods and data sets, or the presets and options of a method.")
    .argument("[method]", "show its presets and every option that --set takes")
    .addOption(jsonOption())
    .addHelpText("after", "\nExamples:\n  ganymede list\n  ganymede list infogan")
    .action((name: string | undefined, { json }: { json?: boolean }) => {
      const shown = name === undefined ? Object.values(methods) : [findMethod(name)];
      print(json === true ? JSON.stringify(asJson(shown)) : asText(shown, name !== undefined));
    });
}

function asJson(shown: readonly Method[]): object {
  const schema = (s: z.ZodObject) => z.toJSONSchema(s, { io: "input" });
  return {
    methods: shown.map(({ name, about, reference, options, presets }) => ({
      name,
      about,
      reference,
      presets,
      options: schema(options),
    })),
    training: schema(trainingOptions),
    data: dataSets.map((set) => ({ ...set, ready: isReady(set) })),
    dataOptions: schema(dataOptions),
  };
}

function asText(shown: readonly Method[], whole: boolean): string {
  const title = (text: string) => pc.bold(text);
  const list = shown.flatMap((m) => [`  ${title(m.name)}  ${m.about}`, pc.dim(`    ${m.reference}`)]);
  const sets = dataSets.map(
    (set) => `  ${title(set.name)}  ${set.description} ${pc.dim(`(${stateOf(set)})`)}`,
  );
  const details = whole
    ? shown.flatMap(methodDetails)
    : ["", "`ganymede list METHOD` shows its presets and every option that --set takes."];
  return [title("Methods"), ...list, ...details, "", title("Data sets, with --data"), ...sets].join("\n");
}

/** Whether a set can be loaded as things are; undefined where that is up to what the user has. */
function isReady({ name, ofMnist }: DataSetEntry): boolean | undefined {
  if (ofMnist === true) return mnistInstalled();
  return name.includes("PATH") ? undefined : true;
}

function stateOf(set: DataSetEntry): string {
  return set.ofMnist === true && isReady(set) === true ? "installed" : `needs ${set.needs}`;
}

function methodDetails({ name: method, presets, options }: Method): string[] {
  const names = Object.keys(presets);
  const presetLines = Object.entries(presets).map(
    ([name, { about, training }]) =>
      `  ${name}${name === names[0] ? " (default)" : ""}: ${about}${training?.steps ? `; ${training.steps} steps of ${training.batch ?? 64}` : ""}`,
  );
  const preset = names[0] ?? "";
  const { options: own = {}, training = {} } = presets[preset] ?? {};
  const rows = [
    ...optionRows(`Options of ${method}`, options, own),
    ...optionRows("Options of the training", trainingOptions, training),
    ...optionRows("Options of the data", dataOptions, {}, assignedDataName),
  ];
  return [
    "",
    pc.bold("Presets, with --preset"),
    ...presetLines,
    "",
    pc.bold("Options, all with --set key=value"),
    `  Without --preset runs what stands under ${preset}, or under default where that is empty.`,
    "",
    ...aligned([["option", "default", preset, "meaning"], ...rows]),
  ];
}

/** A row per option below a heading: name, default, what the preset makes of it if anything, and what it is. */
function optionRows(
  heading: string,
  schema: z.ZodObject,
  preset: object,
  named = (name: string) => name,
): string[][] {
  const { properties = {} } = z.toJSONSchema(schema, { io: "input" }) as {
    properties?: Record<string, JsonOption>;
  };
  const set = new Map<string, unknown>(Object.entries(preset));
  const rows = Object.entries(properties).map(([name, option]) => {
    const range = rangeOf(option);
    const value = set.get(name) ?? option.default;
    const differs = value === option.default ? "" : String(value);
    const meaning = [option.description ?? "", range && pc.dim(`[${range}]`)].filter(Boolean).join(" ");
    return [named(name), String(option.default), differs, meaning];
  });
  return [[], [heading], ...rows];
}

/** Rows with columns as wide as their widest cell; a row of a single cell is a heading. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widest = (column: number) =>
    Math.max(...rows.filter((row) => row.length > 1).map((row) => row[column]?.length ?? 0));
  const line = ([first = "", ...rest]: readonly string[]) => {
    if (rest.length === 0) return first === "" ? "" : pc.bold(first);
    const cells = [first, ...rest.slice(0, -1)].map((cell, column) => cell.padEnd(widest(column)));
    return `  ${[...cells, rest.at(-1) ?? ""].join("  ")}`;
  };
  return rows.map(line);
}

interface JsonOption extends JsonField {
  readonly description?: string;
  readonly default?: unknown;
}
