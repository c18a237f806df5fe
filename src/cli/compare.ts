import { join } from "node:path";
import type { Command } from "commander";
import { type Compared, compareRuns } from "../run/compare-runs.js";
import { jsonOption, print } from "./shared.js";

export function addCompare(program: Command): void {
  program
    .command("compare")
    .summary("put runs beside one another: numbers, settings, curves, samples")
    .description(
      "Prints the numbers of several measured runs and the settings in which they differ, and writes one page with curves and samples.",
    )
    .argument("<run...>", "run folders, two or more")
    .option("-o, --out <file>", "page to write; compare.html in the first run by default")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Examples:
  ganymede compare runs/bigan-mnist-default-1 runs/ae-mnist-default-1
  ganymede compare runs/dann-* -o dann.html`,
    )
    .action(compare);
}

async function compare(
  paths: readonly string[],
  { out, json }: { readonly out?: string; readonly json?: boolean },
): Promise<void> {
  const page = out ?? join(paths[0] ?? "", "compare.html");
  const compared = await compareRuns(paths, page);
  if (json === true) return print(JSON.stringify({ page, ...compared }));
  print([...linesOf(compared), `Page: ${page}`].join("\n"));
}

/** Letters of a setting on the terminal; the page and --json have all of it. */
const LONGEST = 28;

/** Both ends of a long text: paths differ at their end. */
function shortened(text: string): string {
  const kept = Math.floor((LONGEST - 3) / 2);
  return text.length > LONGEST ? `${text.slice(0, kept)}...${text.slice(-kept)}` : text;
}

/** Runs as columns, numbers as rows; below them the settings in which the runs differ. */
function linesOf({ runs, numbers, settings, notes }: Compared): string[] {
  const shown = (value: number | undefined) => value?.toFixed(4) ?? "-";
  const rows = [
    ["", ...runs],
    ...numbers.map(({ key, values, best }) => [
      key,
      ...values.map((value, i) => `${shown(value)}${i === best ? "*" : " "}`),
    ]),
    ...(settings.length > 0 ? [["settings that differ"]] : []),
    ...settings.map(({ key, values }) => [key, ...values.map(shortened)]),
  ];
  const widths = ["", ...runs].map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const cell = (text: string, column: number) =>
    column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0);
  return [
    ...rows.map((row) => row.map(cell).join("  ").trimEnd()),
    ...(numbers.some(({ best }) => best !== undefined)
      ? ["* the best of its row, where one way is better"]
      : []),
    ...notes,
  ];
}
