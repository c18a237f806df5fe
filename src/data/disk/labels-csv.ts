import Papa from "papaparse";
import { DataError } from "../../errors.js";
import type { DataOptions } from "../options.js";
import { readBytes } from "./files.js";
import { byCode } from "./listing.js";
import type { Listing } from "./listing.js";

/** A table of labels, and its columns. */
export interface LabelsCsv extends Pick<DataOptions, "fileColumn" | "labelColumn"> {
  readonly csv: string;
}

/**
 * The same files with the labels of a table in place of their folders': `fileColumn` has the path of a picture below `folder`, with "/",
 * `labelColumn` its class. A picture without a row, or with an empty label, has no class. Classes are in the order of their numbers, if
 * all are whole numbers, else of their characters' codes. Throws DataError, naming the table and the row, for a table that is missing,
 * damaged or without the columns, a picture that is not in the folder or has two labels, and where no picture has a label.
 */
export async function labelFromCsv(listing: Listing, folder: string, table: LabelsCsv): Promise<Listing> {
  const known = new Set(listing.files.map(({ file }) => file));
  const labels = new Map<string, string>();
  for (const [i, { file, label }] of (await readRows(table)).entries()) {
    const where = `${table.csv}, row ${i + 1}`;
    if (!known.has(file)) throw notThere(where, folder, file);
    if ((labels.get(file) ?? label) !== label) throw twoLabels(where, file, labels.get(file) ?? "", label);
    if (label !== "") labels.set(file, label);
  }
  if (labels.size === 0) throw noLabel(table);
  const classes = [...new Set(labels.values())].toSorted(byNumberOrCode([...labels.values()]));
  const numbers = new Map(classes.map((name, number) => [name, number]));
  const files = listing.files.map(({ file }) => ({ file, label: numbers.get(labels.get(file) ?? "") ?? -1 }));
  return { ...listing, files, classes };
}

interface Row {
  readonly file: string;
  readonly label: string;
}

async function readRows({ csv, fileColumn, labelColumn }: LabelsCsv): Promise<Row[]> {
  const text = textOf(csv, await readBytes(csv));
  const { data, errors, meta } = Papa.parse<Record<string, string>>(text, {
    header: true,
    skipEmptyLines: true,
  });
  // A table of one column has no delimiter to be found; whether the columns are there is asked below.
  const error = errors.find(({ type }) => type !== "Delimiter");
  for (const [column, flag] of [
    [fileColumn, "--file-column"],
    [labelColumn, "--label-column"],
  ] as const)
    checkColumn(csv, meta.fields ?? [], column, flag);
  if (error !== undefined) {
    throw new DataError({
      // papaparse counts the header in errors of quotes, and not in others.
      where: `${csv}, row ${(error.row ?? 0) + (error.type === "Quotes" ? 0 : 1)}`,
      expected: "a row with a value for every column",
      received: `a damaged one (${error.message})`,
    });
  }
  return data.map((row) => ({
    file: (row[fileColumn] ?? "").trim().replaceAll("\\", "/").replace(/^\.\//, ""),
    label: (row[labelColumn] ?? "").trim(),
  }));
}

/** What stands for bytes that are no UTF-8. */
const NO_CHARACTER = "\uFFFD";

/** Throws DataError for bytes that are no text: they would reach the terminal. */
function textOf(csv: string, bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes);
  if (!text.includes("\0") && !text.includes(NO_CHARACTER)) return text;
  throw new DataError({
    where: csv,
    expected: "a table of labels, CSV in UTF-8",
    received: "a file that is no such text",
  });
}

function checkColumn(csv: string, fields: readonly string[], column: string, flag: string): void {
  if (fields.includes(column)) return;
  throw new DataError({
    where: csv,
    expected: `a column ${column}`,
    received: fields.length === 0 ? "an empty file" : fields.join(", "),
    ...(fields.length > 0 && { hint: `Name the column with ${flag}.` }),
  });
}

function notThere(where: string, folder: string, file: string): DataError {
  return new DataError({
    where,
    expected: `the path of a picture in ${folder}`,
    received: file === "" ? "none" : `${file}, which is not there`,
    hint: "Paths are relative to the folder of the pictures, with /.",
  });
}

function twoLabels(where: string, file: string, first: string, second: string): DataError {
  return new DataError({
    where,
    expected: `${first} as in a row before, one label for ${file}`,
    received: second === "" ? "none" : second,
  });
}

function noLabel({ csv, labelColumn }: LabelsCsv): DataError {
  return new DataError({
    where: csv,
    expected: `labels in column ${labelColumn}`,
    received: "none",
    hint: "Name another column with --label-column, or another table.",
  });
}

/** Numbers by their value: 10 after 9. */
function byNumberOrCode(names: readonly string[]): (a: string, b: string) => number {
  return names.every((name) => /^-?\d+$/.test(name)) ? (a, b) => Number(a) - Number(b) : byCode;
}
