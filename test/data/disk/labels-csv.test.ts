import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Dataset } from "../../../src/data/dataset.js";
import { loadData } from "../../../src/data/disk/load.js";
import type { DataOptionsInput } from "../../../src/data/options.js";
import { refusal } from "../refusal.js";

let root: string;
let csv: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "ganymede-csv-"));
  csv = join(root, "labels.csv");
  const picture = await sharp({ create: { width: 8, height: 8, channels: 3, background: "#204060" } })
    .png()
    .toBuffer();
  await mkdir(join(root, "pictures", "deep"), { recursive: true });
  for (const name of ["a.png", "b.png", "c.png", "d.png", "deep/e.png", "deep/f.png"])
    await writeFile(join(root, "pictures", name), picture);
});
afterAll(() => rm(root, { recursive: true }));

async function load(table: string | Uint8Array, options: DataOptionsInput = {}) {
  await writeFile(csv, table);
  return loadData(`folder:${join(root, "pictures")}`, { size: 8, labelsCsv: csv, ...options });
}

/** "a.png cat" of every picture of both parts. */
function labelled({ train, test }: { train: Dataset; test: Dataset }): string[] {
  const one = (set: Dataset) =>
    Array.from(
      { length: set.size },
      (_, i) => `${set.fileOf?.(i) ?? ""} ${set.classes?.[set.label(i)] ?? "none"}`,
    );
  return [...one(train), ...one(test)].toSorted();
}

describe("labels from a table", () => {
  test("take the place of sub-folders; a picture without a row or a label has none", async () => {
    const data = await load('file,label\na.png,cat\n./b.png,"dog, small"\ndeep\\e.png,cat\nd.png,\n');
    expect(data.train.classes).toEqual(["cat", "dog, small"]);
    expect(labelled(data)).toEqual([
      "a.png cat",
      "b.png dog, small",
      "c.png none",
      "d.png none",
      "deep/e.png cat",
      "deep/f.png none",
    ]);
  });

  test("any columns; numbers in their order; other separators, a byte order mark and Windows lines", async () => {
    const table = "\uFEFFpath;person;age\r\na.png;x;10\r\nb.png;y;9\r\nc.png;z;10\r\n";
    const data = await load(table, { fileColumn: "path", labelColumn: "age" });
    expect(data.train.classes).toEqual(["9", "10"]);
    expect(labelled(data).slice(0, 3)).toEqual(["a.png 10", "b.png 9", "c.png 10"]);
  });

  test("the fingerprint changes with them, and each class is held out alike", async () => {
    const rows = ["a", "b", "c", "d", "deep/e", "deep/f"];
    const table = (names: readonly string[]) =>
      `file,label\n${rows.map((row, i) => `${row}.png,${names[i]}`).join("\n")}`;
    const data = await load(table(["x", "x", "x", "y", "y", "y"]));
    const test = Array.from({ length: data.test.size }, (_, i) => data.test.label(i));
    expect(test.toSorted((a, b) => a - b)).toEqual([0, 1]);
    const other = await load(table(["x", "x", "x", "x", "y", "y"]));
    expect(other.train.fingerprint).not.toBe(data.train.fingerprint);
  });

  test("names the row and what is wrong with it", async () => {
    const refused = (table: string | Uint8Array, options: DataOptionsInput = {}) =>
      refusal(() => load(table, options));
    expect(await refused("", { labelsCsv: "nowhere.csv" })).toBe(
      "DataError: nowhere.csv: expected a readable file, received nothing of that name.",
    );
    expect(await refused("file,label\na.png,1\nz.png,2\n")).toBe(
      `DataError: ${csv}, row 2: expected the path of a picture in ${join(root, "pictures")}, ` +
        "received z.png, which is not there.\n  Paths are relative to the folder of the pictures, with /.",
    );
    expect(await refused("file,age,person\na.png,1,2\n")).toBe(
      `DataError: ${csv}: expected a column label, received file, age, person.\n` +
        "  Name the column with --label-column.",
    );
    expect(await refused("path,label\na.png,1\n")).toBe(
      `DataError: ${csv}: expected a column file, received path, label.\n  Name the column with --file-column.`,
    );
    expect(await refused("")).toBe(`DataError: ${csv}: expected a column file, received an empty file.`);
    for (const noText of ["\0PNG", Uint8Array.of(0xff, 0xd8, 0x41)])
      expect(await refused(noText)).toBe(
        `DataError: ${csv}: expected a table of labels, CSV in UTF-8, received a file that is no such text.`,
      );
    expect(await refused("file,label\na.png,1\nb.png,1\na.png,2\n")).toBe(
      `DataError: ${csv}, row 3: expected 1 as in a row before, one label for a.png, received 2.`,
    );
    expect(await refused("file,label\na.png,\n")).toBe(
      `DataError: ${csv}: expected labels in column label, received none.\n` +
        "  Name another column with --label-column, or another table.",
    );
    expect(await refused('file,label\na.png,1\nb.png,"2\n')).toMatch(
      /labels\.csv, row 2: expected a row with a value for every column, received a damaged one/,
    );
    expect(await refused("file,label\na.png,1\nb.png,2,3\n")).toMatch(
      /labels\.csv, row 2: expected a row with a value for every column, received a damaged one/,
    );
  });
});
