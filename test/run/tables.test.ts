import fc from "fast-check";
import { parquetMetadata, parquetRead } from "hyparquet";
import { parse as parseNpy } from "npyjs";
import Papa from "papaparse";
import { describe, expect, test } from "vitest";
import {
  columnNames,
  type Column,
  type Table,
  encodeTable,
  featureTable,
  tableFormat,
} from "../../src/run/tables.js";
import { refusal } from "../data/refusal.js";

/** Text with what breaks naive writers: quotes, separators, line ends, any Unicode, words that look like numbers. */
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 6 }),
  fc.string({ unit: fc.constantFrom('"', ",", "\n", "\r", "'", "\\", ";", "\t", " ", "é"), maxLength: 6 }),
  fc.constantFrom("", "0", "-1.50", "NaN", "null", "true", "=1+1", "constructor", "\ufeff", "\u2028"),
);
const float = fc.float().map((value) => (value === 0 ? 0 : value)); // -0: a test of its own
const kinds = ["float", "int", "text"] as const;

/** Tables of 0 to 6 rows and 1 to 5 columns. */
const tables: fc.Arbitrary<Table> = fc
  .record({
    rows: fc.nat({ max: 6 }),
    names: fc.uniqueArray(text, { minLength: 1, maxLength: 5 }),
  })
  .chain(({ rows, names }) => {
    const many = <T>(value: fc.Arbitrary<T>) => fc.array(value, { minLength: rows, maxLength: rows });
    const data = {
      float: many(float).map((values) => Float32Array.from(values)),
      int: many(fc.integer()).map((values) => Int32Array.from(values)),
      text: many(text),
    };
    const column = (name: string) =>
      fc
        .constantFrom(...kinds)
        .chain((kind): fc.Arbitrary<Column["data"]> => data[kind])
        .map((data): Column => ({ name, data }));
    return fc.record({ rows: fc.constant(rows), columns: fc.tuple(...names.map(column)) });
  });

/** A table as rows of plain values. */
function rowsOf({ columns, rows }: Table): (string | number)[][] {
  return Array.from({ length: rows }, (_, row) => columns.map(({ data }) => data[row] ?? "missing"));
}

/** Its own buffer, as readers want it. */
function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}

async function readParquet(bytes: Uint8Array): Promise<unknown[][]> {
  let found: unknown[][] = [];
  await parquetRead({ file: bufferOf(bytes), onComplete: (rows) => (found = rows) });
  return found;
}

const small: Table = {
  columns: [
    { name: "file", data: ["a.png", 'b "2", x.png', ""] },
    { name: "c1", data: Int32Array.of(3, 0, -1) },
    { name: "c2", data: Float32Array.of(0.1, -1.5, NaN) },
    { name: "z_0", data: Float32Array.of(1 / 3, Infinity, 1e-30) },
  ],
  rows: 3,
};

describe("npy", () => {
  test("is the float32 columns as one matrix in C order", () => {
    fc.assert(
      fc.property(tables, (table) => {
        const floats = table.columns.filter(({ data }) => data instanceof Float32Array);
        const { data, shape, dtype, fortranOrder } = parseNpy(bufferOf(encodeTable(table, "npy")));
        expect({ shape, dtype, fortranOrder }).toEqual({
          shape: [table.rows, floats.length],
          dtype: "f4",
          fortranOrder: false,
        });
        expect(data).toEqual(
          Float32Array.from(
            rowsOf({ ...table, columns: floats })
              .flat()
              .map(Number),
          ),
        );
      }),
    );
  });

  test("has the bytes that numpy.save writes", () => {
    // io.BytesIO of numpy.save(f, numpy.array([[0.1, -1.5]], "<f4")) with NumPy 2.4.6
    const table = {
      columns: [
        { name: "a", data: Float32Array.of(0.1) },
        { name: "b", data: Float32Array.of(-1.5) },
      ],
      rows: 1,
    };
    const bytes = Buffer.from(encodeTable(table, "npy"));
    expect(bytes.toString("latin1", 0, 10)).toBe("\x93NUMPY\x01\x00\x76\x00");
    const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }";
    expect(bytes.toString("latin1", 10, 128)).toBe(`${header}${" ".repeat(58)}\n`);
    expect(bytes.toString("hex", 128)).toBe("cdcccc3d0000c0bf");
  });

  test("keeps -0, infinities and NaN", () => {
    const values = Float32Array.of(-0, Infinity, -Infinity, NaN);
    const bytes = encodeTable({ columns: [{ name: "a", data: values }], rows: 4 }, "npy");
    expect(parseNpy(bufferOf(bytes)).data).toEqual(values);
  });
});

describe("parquet", () => {
  test("reads back every value", async () => {
    await fc.assert(
      fc.asyncProperty(tables, async (table) => {
        // the reader drops a byte order mark, which the file has
        fc.pre(!JSON.stringify([table.columns.map(({ name }) => name), rowsOf(table)]).includes("\ufeff"));
        expect(await readParquet(encodeTable(table, "parquet"))).toEqual(rowsOf(table));
      }),
    );
  });

  test("has typed columns without nulls", () => {
    const { schema, num_rows } = parquetMetadata(bufferOf(encodeTable(small, "parquet")));
    expect(num_rows).toBe(3n);
    expect(
      schema
        .slice(1)
        .map(({ name, type, converted_type, repetition_type }) => [
          name,
          type,
          converted_type ?? "",
          repetition_type,
        ]),
    ).toEqual([
      ["file", "BYTE_ARRAY", "UTF8", "REQUIRED"],
      ["c1", "INT32", "", "REQUIRED"],
      ["c2", "FLOAT", "", "REQUIRED"],
      ["z_0", "FLOAT", "", "REQUIRED"],
    ]);
  });

  test("reads back many rows, of few and of many different values", async () => {
    const rows = 2500;
    const columns = [
      { name: "few", data: Float32Array.from({ length: rows }, (_, i) => [0.5, NaN, -1][i % 3] ?? 0) },
      { name: "many", data: Float32Array.from({ length: rows }, (_, i) => Math.sin(i)) },
      { name: "label", data: Array.from({ length: rows }, (_, i) => `class ${i % 7}`) },
    ];
    expect(await readParquet(encodeTable({ columns, rows }, "parquet"))).toEqual(rowsOf({ columns, rows }));
  });
});

describe("csv", () => {
  test("reads back names, text and, as float32, numbers", () => {
    fc.assert(
      fc.property(tables, (table) => {
        const csv = textOf(encodeTable(table, "csv"));
        expect(csv.endsWith("\n")).toBe(true);
        const { data, errors } = Papa.parse<string[]>(csv.slice(0, -1), { delimiter: ",", newline: "\n" });
        expect(errors).toEqual([]);
        const [names, ...rows] = data;
        expect(names).toEqual(table.columns.map(({ name }) => name));
        const typed = rows.map((row) =>
          row.map((field, i) => {
            const column = table.columns[i]?.data;
            if (column instanceof Float32Array) return Math.fround(Number(field));
            return column instanceof Int32Array ? Number(field) : field;
          }),
        );
        expect(typed).toEqual(rowsOf(table));
      }),
    );
  });

  test("quotes only where it must and writes float32 as short as it reads back", () => {
    expect(textOf(encodeTable(small, "csv"))).toMatchInlineSnapshot(`
      "file,c1,c2,z_0
      a.png,3,0.1,0.33333334
      "b ""2"", x.png",0,-1.5,Infinity
      "",-1,NaN,1e-30
      "
    `);
  });
});

describe("jsonl", () => {
  test("reads back every row, null for what is no finite number", () => {
    fc.assert(
      fc.property(tables, (table) => {
        const lines = textOf(encodeTable(table, "jsonl")).split("\n");
        expect(lines.pop()).toBe("");
        const rows = lines.map((line) => {
          const object = JSON.parse(line) as Record<string, unknown>;
          expect(Object.keys(object)).toHaveLength(table.columns.length);
          return table.columns.map(({ name, data }) => {
            const value = object[name];
            return data instanceof Float32Array && typeof value === "number" ? Math.fround(value) : value;
          });
        });
        const expected = rowsOf(table).map((row) =>
          row.map((value) => (typeof value === "number" && !Number.isFinite(value) ? null : value)),
        );
        expect(rows).toEqual(expected);
      }),
    );
  });

  test("keeps the order of the columns, of names like numbers too", () => {
    const columns = ["b", "1", "0", "__proto__"].map((name) => ({ name, data: Int32Array.of(5) }));
    expect(textOf(encodeTable({ columns, rows: 1 }, "jsonl"))).toBe('{"b":5,"1":5,"0":5,"__proto__":5}\n');
    expect(textOf(encodeTable(small, "jsonl"))).toMatchInlineSnapshot(`
      "{"file":"a.png","c1":3,"c2":0.1,"z_0":0.33333334}
      {"file":"b \\"2\\", x.png","c1":0,"c2":-1.5,"z_0":null}
      {"file":"","c1":-1,"c2":null,"z_0":1e-30}
      "
    `);
  });
});

test("a float32 is written as the shortest decimal that reads back", () => {
  const written = (value: number) =>
    textOf(encodeTable({ columns: [{ name: "a", data: Float32Array.of(value) }], rows: 1 }, "csv")).slice(
      2,
      -1,
    );
  expect([0.1, 16777216, 1 / 3, 3.4028234663852886e38, 1.401298464324817e-45, -0].map(written)).toEqual([
    "0.1",
    "16777216",
    "0.33333334",
    "3.4028235e+38",
    "1.4013e-45",
    "0",
  ]);
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const text = written(value);
      expect(Math.fround(Number(text)) + 0).toBe(value + 0);
      if (Math.abs(value) < 2 ** -126) return;
      const digits =
        /^-?([\d.]+)/.exec(text)?.[1]?.replace(".", "").replace(/^0+/, "").replace(/0+$/, "") ?? "";
      const shorter = Number(value.toPrecision(Math.max(1, digits.length - 1)));
      if (digits.length > 1) expect(Math.fround(shorter)).not.toBe(value);
    }),
  );
});

test("empty tables have their columns and no rows", async () => {
  const empty: Table = {
    columns: [
      { name: "file", data: [] },
      { name: "c1", data: new Int32Array() },
      { name: "c2", data: new Float32Array() },
    ],
    rows: 0,
  };
  expect(parseNpy(bufferOf(encodeTable(empty, "npy"))).shape).toEqual([0, 1]);
  expect(textOf(encodeTable(empty, "csv"))).toBe("file,c1,c2\n");
  expect(textOf(encodeTable(empty, "jsonl"))).toBe("");
  const parquet = encodeTable(empty, "parquet");
  expect(await readParquet(parquet)).toEqual([]);
  expect(parquetMetadata(bufferOf(parquet)).schema.map(({ name }) => name)).toEqual([
    "root",
    "file",
    "c1",
    "c2",
  ]);
});

test("refuses columns of unequal length or of one name", async () => {
  const column = { name: "c1", data: Float32Array.of(1, 2) };
  expect(await refusal(() => encodeTable({ columns: [column], rows: 3 }, "csv"))).toMatchInlineSnapshot(
    `"DataError: column c1: expected 3 values, received 2."`,
  );
  expect(
    await refusal(() => encodeTable({ columns: [column, column], rows: 2 }, "npy")),
  ).toMatchInlineSnapshot(
    `"DataError: table: expected columns with names of their own, received two named c1."`,
  );
});

describe("tableFormat", () => {
  test("is what the ending says", () => {
    expect(["a.npy", "out/b.PARQUET", "c.d.csv", "C:\\x.y\\e.jsonl"].map(tableFormat)).toEqual([
      "npy",
      "parquet",
      "csv",
      "jsonl",
    ]);
  });

  test("refuses others and names those that work", async () => {
    expect(await refusal(() => tableFormat("features.json"))).toMatchInlineSnapshot(
      `"OptionError: features.json: expected a file name ending in one of .npy, .parquet, .csv, .jsonl, received .json."`,
    );
    expect(await refusal(() => tableFormat("run.csv/features"))).toMatchInlineSnapshot(
      `"OptionError: run.csv/features: expected a file name ending in one of .npy, .parquet, .csv, .jsonl, received no ending."`,
    );
    expect(await refusal(() => tableFormat("features."))).toMatchInlineSnapshot(
      `"OptionError: features.: expected a file name ending in one of .npy, .parquet, .csv, .jsonl, received no ending."`,
    );
    expect(await refusal(() => tableFormat("a.constructor"))).toMatchInlineSnapshot(
      `"OptionError: a.constructor: expected a file name ending in one of .npy, .parquet, .csv, .jsonl, received .constructor."`,
    );
  });
});

describe("featureTable", () => {
  const latent = [
    { name: "c1", kind: "categorical", size: 3 },
    { name: "c2", kind: "uniform", size: 1, low: -1, high: 1 },
    { name: "z", kind: "normal", size: 2 },
  ] as const;
  const features = {
    c1: { data: Float32Array.of(0.25, 0.5, 0.25, 0.5, 0.5, 0, NaN, NaN, NaN, NaN, 0, 1), width: 3 },
    c2: { data: Float32Array.of(1, 2, 3, 4), width: 1 },
    z: { data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), width: 2 },
  };

  test("one column per dimension, and the most likely class", () => {
    expect(featureTable(features, { latent })).toEqual({
      columns: [
        { name: "c1", data: Int32Array.of(1, 0, -1, 2) },
        { name: "c1_0", data: Float32Array.of(0.25, 0.5, NaN, NaN) },
        { name: "c1_1", data: Float32Array.of(0.5, 0.5, NaN, 0) },
        { name: "c1_2", data: Float32Array.of(0.25, 0, NaN, 1) },
        { name: "c2", data: Float32Array.of(1, 2, 3, 4) },
        { name: "z_0", data: Float32Array.of(1, 3, 5, 7) },
        { name: "z_1", data: Float32Array.of(2, 4, 6, 8) },
      ],
      rows: 4,
    });
  });

  test("file and label come first", () => {
    const file = ["a", "b", "c", "d"];
    const label = Int32Array.of(7, -1, 3, 4);
    const { columns } = featureTable(features, { latent, file, label });
    expect(columns.slice(0, 2)).toEqual([
      { name: "file", data: file },
      { name: "label", data: label },
    ]);
    expect(columns).toHaveLength(9);
  });

  test("numbers of classes are followed by their names, empty for none", () => {
    const label = Int32Array.of(1, -1, 0, 1);
    const { columns } = featureTable(features, { latent, label, classes: ["cats", "dogs"] });
    expect(columns.slice(0, 2)).toEqual([
      { name: "label", data: label },
      { name: "label_name", data: ["dogs", "", "cats", "dogs"] },
    ]);
  });

  test("a class that is named has a column as a code has, beside that of the true class", () => {
    const named = { data: Float32Array.of(0.1, 0.9, 0.8, 0.2), width: 2 };
    const context = { latent: [], label: Int32Array.of(1, 1), classes: ["a", "b"], named: ["cat", "dog"] };
    const { columns } = featureTable({ class: named }, context);
    const names = ["label", "label_name", "class", "class_name", "class_0", "class_1"];
    expect(columns.map(({ name }) => name)).toEqual(names);
    expect(columns.slice(2, 4).map(({ data }) => data)).toEqual([Int32Array.of(1, 0), ["dog", "cat"]]);
  });

  test("the columns that a format keeps", () => {
    const table = featureTable(
      { c1: features.c1 },
      { latent, label: Int32Array.of(0, 0, 0, 0), classes: ["a"] },
    );
    const own = Array.from({ length: features.c1.width }, (_, i) => `c1_${i}`);
    expect(columnNames(table, "csv")).toEqual(["label", "label_name", "c1", ...own]);
    expect(columnNames(table, "npy")).toEqual(own);
  });

  test("a matrix of features is what npy holds, without file, label and class", () => {
    const label = ["x", "y", "x", "y"];
    const bytes = encodeTable(featureTable({ c1: features.c1 }, { latent, label }), "npy");
    const { data, shape } = parseNpy(bufferOf(bytes));
    expect({ data, shape }).toEqual({ data: features.c1.data, shape: [4, 3] });
  });

  test("no pictures, no rows", () => {
    const none = { c1: { data: new Float32Array(), width: 3 } };
    const { columns, rows } = featureTable(none, { latent });
    expect([columns.map(({ name }) => name), rows]).toEqual([["c1", "c1_0", "c1_1", "c1_2"], 0]);
  });

  test("a file for each picture, or it is refused", async () => {
    const table = featureTable(features, { latent, file: ["a"] });
    expect(await refusal(() => encodeTable(table, "csv"))).toMatchInlineSnapshot(
      `"DataError: column file: expected 4 values, received 1."`,
    );
  });
});
