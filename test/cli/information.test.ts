import { describe, expect, test } from "vitest";
import { dataSets } from "../../src/data/options.js";
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
      ...dataSets.map(({ name }) => `data ${name}`),
    ]);
    expect(found.find(({ name }) => name === "device cpu")).toEqual({
      name: "device cpu",
      works: true,
      detail: "ONNX Runtime through its C API, no copies",
    });
    const details = Object.fromEntries(
      found.filter(({ works }) => works).map(({ name, detail }) => [name, detail]),
    );
    expect(details).toMatchObject({
      "data mnist": "installed: 60,000 and 10,000 pictures",
      "data mnist-m": "installed: 60,000 and 10,000 pictures",
      "data avatars": "needs nothing",
      "data npz:PATH": "needs a file written by numpy.savez",
    });
    for (const { works, detail } of found) {
      expect(detail.length).toBeLessThan(90);
      expect(detail).not.toMatch(/::|0x|[A-Z]\w+Error|onnxruntime_src|\n/);
      if (!works) expect(detail).toMatch(/^not available: [a-z]/);
    }
  });

  test("as a table for people", async () => {
    const { out, err } = await succeed(cwd, "doctor");
    expect(err).toBe("");
    const lines = out.trimEnd().split("\n");
    const columns = lines.map((line) => /^(?:ok|--) {2}\S+(?: \S+)? {2,}(?=\S)/.exec(line)?.[0].length);
    expect(new Set(columns)).toEqual(new Set([expect.any(Number)]));
  });
});

describe("list", () => {
  test("methods and data sets", async () => {
    const { out } = await succeed(cwd, "list");
    for (const name of [...Object.keys(methods), ...dataSets.map((set) => set.name)])
      expect(out).toMatch(new RegExp(`^ {2}${name} {2}\\S`, "m"));
    expect(out).toMatch(/^ {2}mnist .* \(installed\)$/m);
    expect(out).toMatch(/^ {2}strokes .* \(needs nothing\)$/m);
    expect(out).toMatch(/^ {2}folder:PATH .* \(needs a folder of pictures\)$/m);
    expect(out).not.toContain("undefined");
  });

  test("every preset and option of a method, with default and range", async () => {
    const { out } = await succeed(cwd, "list infogan");
    const { presets } = methods["infogan"]!;
    for (const [i, preset] of Object.keys(presets).entries())
      expect(out).toContain(`\n  ${preset}${i === 0 ? " (default)" : ""}: `);
    const rows: readonly [name: string, byDefault: string, quick: string, range: string][] = [
      ["width", "1", "0.5", "0.1 to 4"],
      ["variant", "infogan", "", "infogan, gan or without-d"],
      ["learningRateD", "0.0002", "0.001", "above 0"],
      ["steps", "3000", "2400", "at least 1"],
      ["batch", "64", "", "at least 2"],
      ["testShare", "0.1", "", "above 0 and below 1"],
      ["channels", "null", "", "1, 3 or null"],
      ["skipBad", "false", "", "true or false"],
      ["photos", "null", "", "text or null"],
      ["data.seed", "1", "", "at least 0"],
    ];
    const [head = ""] = /^ {2}option .*$/m.exec(out) ?? [];
    const [at, preset, meaning] = ["default", "quick", "meaning"].map((word) => head.indexOf(word));
    for (const [name, byDefault, quick, range] of rows) {
      const line = out.split("\n").find((one) => one.startsWith(`  ${name} `)) ?? "";
      expect([line.slice(at, preset).trim(), line.slice(preset, meaning).trim()]).toEqual([byDefault, quick]);
      expect(line.endsWith(` [${range}]`)).toBe(true);
    }
    expect(out.match(/^ {2}seed /gm)).toHaveLength(1);
  });

  test("both ends of a range, though the lower one is not in it", async () => {
    const { out } = await succeed(cwd, "list triplegan");
    expect(out).toMatch(/^ {2}decayTo .* \[above 0 and at most 1\]$/m);
  });

  test("--json: one line, schemas of all options", async () => {
    const { out } = await succeed(cwd, "list --json");
    expect(out).toMatch(/^\{.*\}\n$/);
    expect(JSON.parse(out)).toMatchObject({
      methods: expect.arrayContaining([
        expect.objectContaining({
          name: "infogan",
          options: expect.objectContaining({
            properties: expect.objectContaining({
              width: expect.objectContaining({ minimum: 0.1, maximum: 4, default: 1 }) as object,
            }) as object,
          }) as object,
        }) as object,
      ]) as object,
      training: { properties: { steps: { type: "integer" } } },
      data: dataSets.map(({ name }) => ({ name, ...(!name.includes("PATH") && { ready: true }) })),
    });
  });
});

test("--help everywhere, with a sentence on what it does, an example, and exit status 0", async () => {
  const { out: help } = await succeed(cwd, "--help");
  const [, list = ""] = /\nCommands:\n([^]*?)\n\n/.exec(help) ?? [];
  const commands = [...list.matchAll(/^ {2}(\w+)/gm)]
    .map(([, name = ""]) => name)
    .filter((name) => name !== "help");
  expect(commands).toEqual(expect.arrayContaining(["train", "reproduce", "doctor"]));
  const pages = await Promise.all(
    ["", ...commands].map((command) => ganymede(cwd, `${command} --help`.trim())),
  );
  for (const { status, out, err } of pages) {
    expect([status, err]).toEqual([0, ""]);
    expect(out).toMatch(/^Usage: .+\n\n(?!Arguments:|Options:)[A-Z]/);
    expect(out).toMatch(/\nExamples?:\n {2}ganymede /);
  }
});

test("--version", async () => {
  expect((await succeed(cwd, "--version")).out).toMatch(/^\d+\.\d+\.\d+\n$/);
});
