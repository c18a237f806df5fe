import { describe, expect, test } from "vitest";
import { methods } from "../../src/methods/index.js";
import { devices } from "../../src/engine/runtime/node.js";
import { ganymede, scratch, succeed } from "./ganymede.js";

const cwd = scratch();

describe("doctor", () => {
  interface Finding {
    readonly name: string;
    readonly works: boolean;
    readonly detail: string;
  }

  test("lists engine, threads, every device and the data, each in a short sentence, and nothing on stderr", async () => {
    const { out, err } = await succeed(cwd, "doctor --json");
    expect(err).toBe("");
    expect(out).toMatch(/^\[.*\]\n$/);
    const found = JSON.parse(out) as Finding[];
    expect(found.map(({ name }) => name)).toEqual([
      "ganymede",
      "node",
      "processor",
      ...devices().map((name) => `device ${name}`),
      "data mnist",
    ]);
    expect(found.find(({ name }) => name === "device cpu")).toEqual({
      name: "device cpu",
      works: true,
      detail: "ONNX Runtime through its C API, no copies",
    });
    expect(found.at(-1)).toEqual({ name: "data mnist", works: true, detail: "60000 and 10000 pictures" });
    for (const { works, detail } of found) {
      expect(detail.length).toBeLessThan(90);
      expect(detail).not.toMatch(/::|0x|[A-Z]\w+Error|onnxruntime_src|\n/);
      if (!works) expect(detail).toMatch(/^not available: [a-z]/);
    }
  });

  test("as a table for people", async () => {
    const { out, err } = await succeed(cwd, "doctor");
    expect(err).toBe("");
    for (const line of out.trimEnd().split("\n")) expect(line).toMatch(/^(ok|--) {2}\S.{15} \S/);
  });
});

describe("list", () => {
  test("methods and data sets", async () => {
    const { out } = await succeed(cwd, "list");
    for (const name of [...Object.keys(methods), "mnist", "strokes", "folder:PATH"])
      expect(out).toMatch(new RegExp(`^ {2}${name} {2}\\S`, "m"));
    expect(out).not.toContain("undefined");
  });

  test("every preset and option of a method, with default and range", async () => {
    const { out } = await succeed(cwd, "list infogan");
    const { presets } = methods["infogan"]!;
    for (const [i, preset] of Object.keys(presets).entries())
      expect(out).toContain(`\n  ${preset}${i === 0 ? " (default)" : ""}: `);
    expect(out).toMatch(/^ {2}width=1 {2}.+ \[0\.1 to 4\]$/m);
    expect(out).toMatch(/^ {2}variant=infogan {2}.+ \[infogan \| gan \| without-d\]$/m);
    expect(out).toMatch(/^ {2}learningRateD=0\.0002 {2}.+ \[above 0\]$/m);
    expect(out).toMatch(/^ {2}batch=64 {2}.+ \[at least 2\]$/m);
  });

  test("--json: one line, schemas of all options", async () => {
    const { out } = await succeed(cwd, "list --json");
    expect(out).toMatch(/^\{.*\}\n$/);
    expect(JSON.parse(out)).toMatchObject({
      methods: [
        { name: "infogan", options: { properties: { width: { minimum: 0.1, maximum: 4, default: 1 } } } },
      ],
      training: { properties: { steps: { type: "integer" } } },
      data: [{ name: "mnist" }, { name: "strokes" }, { name: "folder:PATH" }],
    });
  });
});

test("--help everywhere, with an example, and exit status 0", async () => {
  const commands = ["train", "sample", "traverse", "extract", "evaluate", "export", "list", "doctor"];
  const pages = await Promise.all(
    ["", ...commands].map((command) => ganymede(cwd, `${command} --help`.trim())),
  );
  for (const { status, out, err } of pages) {
    expect([status, err]).toEqual([0, ""]);
    expect(out).toMatch(/\nExamples?:\n {2}ganymede /);
  }
});

test("--version", async () => {
  expect((await succeed(cwd, "--version")).out).toMatch(/^\d+\.\d+\.\d+\n$/);
});
