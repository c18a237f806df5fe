import type { Command } from "commander";
import pc from "picocolors";
import { z } from "zod";
import { dataOptions, dataSets } from "../data/index.js";
import { type Method, methods, trainingOptions } from "../methods/index.js";
import { findMethod } from "../run/session.js";
import { jsonOption, print } from "./shared.js";

export function addList(program: Command): void {
  program
    .command("list")
    .summary("methods, data sets and their options")
    .argument("[method]", "show the presets and options of this one")
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
    data: dataSets,
    dataOptions: schema(dataOptions),
  };
}

function asText(shown: readonly Method[], whole: boolean): string {
  const title = (text: string) => pc.bold(text);
  const list = shown.flatMap((m) => [`  ${title(m.name)}  ${m.about}`, pc.dim(`    ${m.reference}`)]);
  const sets = dataSets.map(
    ({ name, description, needs }) => `  ${title(name)}  ${description} ${pc.dim(`(needs ${needs})`)}`,
  );
  const details = whole
    ? shown.flatMap(methodDetails)
    : ["", "`ganymede list METHOD` shows its presets and options."];
  return [title("Methods"), ...list, ...details, "", title("Data sets"), ...sets].join("\n");
}

function methodDetails({ presets, options }: Method): string[] {
  const names = Object.keys(presets);
  const presetLines = Object.entries(presets).map(
    ([name, { about, training }]) =>
      `  ${name}${name === names[0] ? " (default)" : ""}: ${about}${training?.steps ? `; ${training.steps} steps of ${training.batch ?? 64}` : ""}`,
  );
  return [
    "",
    pc.bold("Presets, with --preset"),
    ...presetLines,
    "",
    pc.bold("Options, with --set key=value"),
    ...optionLines(options),
    "",
    pc.bold("Options of the training, with --set key=value"),
    ...optionLines(trainingOptions),
  ];
}

interface JsonOption {
  readonly description?: string;
  readonly default?: unknown;
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
}

function optionLines(schema: z.ZodObject): string[] {
  const { properties = {} } = z.toJSONSchema(schema, { io: "input" }) as {
    properties?: Record<string, JsonOption>;
  };
  return Object.entries(properties).map(([name, option]) => {
    const range = option.enum?.join(" | ") ?? rangeOf(option);
    return `  ${name}=${String(option.default)}  ${option.description ?? ""} ${pc.dim(range && `[${range}]`)}`;
  });
}

function rangeOf({ minimum, maximum, exclusiveMinimum }: JsonOption): string {
  const bounded = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER;
  if (exclusiveMinimum !== undefined) return `above ${exclusiveMinimum}`;
  if (minimum === undefined) return bounded ? `at most ${maximum}` : "";
  return bounded ? `${minimum} to ${maximum}` : `at least ${minimum}`;
}
