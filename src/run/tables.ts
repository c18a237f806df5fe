import { parquetWriteBuffer } from "hyparquet-writer";
import Papa from "papaparse";
import { DataError, OptionError } from "../errors.js";
import { CLASS, type LatentPart } from "../methods/index.js";
import type { Features } from "../train/model.js";
import { dimensions, likeliest } from "./scores/codes.js";

/** A named column: float32 for measured values, int32 for classes, or text. */
export interface Column {
  readonly name: string;
  readonly data: Float32Array | Int32Array | readonly string[];
}

/** Columns of equal length with names of their own. */
export interface Table {
  readonly columns: readonly Column[];
  readonly rows: number;
}

const encoders = { npy: encodeNpy, parquet: encodeParquet, csv: encodeCsv, jsonl: encodeJsonLines };

/** A way to write a table, named as the ending of its files. */
export type TableFormat = keyof typeof encoders;

/** The format that a file's ending asks for, in capitals or not. Throws OptionError for any other ending. */
export function tableFormat(path: string): TableFormat {
  const formats = Object.keys(encoders) as TableFormat[];
  const ending = /\.([^./\\]+)$/.exec(path)?.[1];
  const found = formats.find((format) => format === ending?.toLowerCase());
  if (found !== undefined) return found;
  throw new OptionError({
    where: path,
    expected: `a file name ending in one of ${formats.map((format) => `.${format}`).join(", ")}`,
    received: ending === undefined ? "no ending" : `.${ending}`,
  });
}

/**
 * A table as the bytes of a file.
 *
 * - `npy`: the float32 columns alone, side by side in their order, as one matrix [rows, columns] in C order (NumPy format 1.0).
 *   Integers and text are left out, so that what is loaded is features and nothing else.
 * - `parquet`: every column with its type (FLOAT, INT32, UTF-8), no nulls, Snappy.
 * - `csv`: a line of names, then the rows; UTF-8, commas, lines end in "\n", quotes where RFC 4180 wants them.
 * - `jsonl`: an object per line, keys in the order of the columns.
 *
 * Values that are no finite numbers stay what they are in `npy` and `parquet`, are NaN, Infinity and -Infinity in `csv`, and
 * null in `jsonl`, as JSON has no word for them. The two text formats write the shortest decimal that reads back as the same
 * float32 (subnormal numbers: six digits), and -0 as 0. Throws DataError for columns of unequal length or of one name.
 */
export function encodeTable(table: Table, format: TableFormat): Uint8Array {
  check(table);
  return encoders[format](table);
}

/** Names of the columns that a format keeps, in their order: what an .npy file cannot say itself. */
export function columnNames({ columns }: Table, format: TableFormat): string[] {
  const kept = format === "npy" ? columns.filter(({ data }) => data instanceof Float32Array) : columns;
  return kept.map(({ name }) => name);
}

/** What is known of the pictures beside their features, and the layout of the latent vector the features estimate. */
export interface FeatureContext {
  /** Parts of the latent vector, as `Model.latent` has them. */
  readonly latent: readonly LatentPart[];
  /** File of each picture. */
  readonly file?: readonly string[] | undefined;
  /** Class of each picture, by name or by number (-1 for none). */
  readonly label?: Int32Array | readonly string[] | undefined;
  /** Names of the classes, where `label` has their numbers. */
  readonly classes?: readonly string[] | undefined;
  /** Names of the classes that the model tells apart, where it names any: those it was trained on. */
  readonly named?: readonly string[] | undefined;
}

/**
 * Features of n pictures as a table: `file`, `label` and `label_name` (empty for none) where they are known, then each feature under its own
 * name (`c2`) or, if it is wider than 1, one column per dimension (`z_0`, `z_1`, ...). Probabilities, of an estimated categorical part or
 * of a class that is named, are preceded by the most likely value as an integer: `c1`, then `c1_0`, `c1_1`, ...; of equals the
 * first, -1 if none is a number. That of a class is followed by its name, `class_name`.
 */
export function featureTable(
  features: Features,
  { latent, file, label, classes, named }: FeatureContext,
): Table {
  const parts = latent.filter(({ kind }) => kind === "categorical").map(({ name }) => name);
  const categorical = new Set([CLASS, ...parts]);
  const columns: Column[] = [];
  if (file !== undefined) columns.push({ name: "file", data: file });
  if (label !== undefined) columns.push({ name: "label", data: label });
  if (label instanceof Int32Array && classes !== undefined)
    columns.push({ name: "label_name", data: Array.from(label, (number) => classes[number] ?? "") });
  for (const [name, feature] of Object.entries(features)) {
    const probabilities = categorical.has(name);
    if (probabilities) columns.push(...likeliestColumns(name, feature, name === CLASS ? named : undefined));
    for (const { name: dimension, values } of dimensions(name, feature, probabilities || feature.width > 1))
      columns.push({ name: dimension, data: values });
  }
  return { columns, rows: columns.at(-1)?.data.length ?? 0 }; // features decide, which come last
}

/** The most likely value of every row, and its name where it has one. */
function likeliestColumns(
  name: string,
  of: { readonly data: Float32Array; readonly width: number },
  names?: readonly string[],
): Column[] {
  const data = likeliest(of);
  const named = names && { name: `${name}_name`, data: Array.from(data, (number) => names[number] ?? "") };
  return [{ name, data }, ...(named ? [named] : [])];
}

function check({ columns, rows }: Table): void {
  const names = new Set<string>();
  for (const { name, data } of columns) {
    if (names.has(name)) {
      throw new DataError({
        where: "table",
        expected: "columns with names of their own",
        received: `two named ${name}`,
      });
    }
    names.add(name);
    if (data.length !== rows) {
      throw new DataError({
        where: `column ${name}`,
        expected: `${rows} values`,
        received: String(data.length),
      });
    }
  }
}

/** Bytes before the data: numpy.save pads to a multiple of 64, which npyjs' `dump` does not; every 2-D header fits 128. */
const NPY_HEADER = 128;

/** numpy.org/doc/stable/reference/generated/numpy.lib.format.html, version 1.0; the same bytes as numpy.save. */
function encodeNpy({ columns, rows }: Table): Uint8Array {
  const matrix = columns.map(({ data }) => data).filter((data) => data instanceof Float32Array);
  const bytes = new Uint8Array(NPY_HEADER + rows * matrix.length * Float32Array.BYTES_PER_ELEMENT);
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${matrix.length}), }`;
  bytes.set([0x93, ...encode("NUMPY"), 1, 0, NPY_HEADER - 10, 0]);
  bytes.set(encode(`${header.padEnd(NPY_HEADER - 11)}\n`), 10);
  const values = new Float32Array(bytes.buffer, NPY_HEADER);
  for (const [i, data] of matrix.entries())
    data.forEach((value, row) => (values[row * matrix.length + i] = value));
  return bytes;
}

function encodeParquet({ columns }: Table): Uint8Array {
  const columnData = columns.map(({ name, data }) => ({ name, nullable: false, ...typed(data) }));
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}

function typed(data: Column["data"]) {
  if (data instanceof Float32Array) return { type: "FLOAT" as const, data };
  if (data instanceof Int32Array) return { type: "INT32" as const, data };
  return { type: "STRING" as const, data: [...data] };
}

function encodeCsv({ columns, rows }: Table): Uint8Array {
  const names = columns.map(({ name }) => name);
  const lines = Array.from({ length: rows }, (_, row) => columns.map((column) => cell(column, row)));
  // an empty text is quoted, or it would read as a missing value, and alone in its row as no row
  const quotes = (value: unknown) => value === "";
  return encode(`${Papa.unparse<unknown>([names, ...lines], { newline: "\n", quotes })}\n`);
}

function encodeJsonLines({ columns, rows }: Table): Uint8Array {
  const keys = columns.map(({ name }) => JSON.stringify(name));
  const line = (row: number) =>
    columns.map((column, i) => `${keys[i]}:${JSON.stringify(cell(column, row))}`).join(",");
  // written by hand: an object would put names that look like numbers first
  return encode(Array.from({ length: rows }, (_, row) => `{${line(row)}}\n`).join(""));
}

function cell({ data }: Column, row: number): string | number {
  const value = data[row] ?? "";
  return data instanceof Float32Array ? shortest(Number(value)) : value;
}

/** The number that prints as the shortest decimal which reads back as the same float32: 0.1, not 0.10000000149011612. */
function shortest(value: number): number {
  let short = Number(value.toPrecision(9)); // always enough for float32
  for (const digits of [8, 7, 6]) {
    const shorter = Number(value.toPrecision(digits));
    if (Math.fround(shorter) !== value) return short;
    short = shorter;
  }
  return short;
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
