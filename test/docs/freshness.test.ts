import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { hasEncoder, methods } from "../../src/methods/index.js";
import { parseOptions } from "../../src/options.js";
import { blocksOf, filesIn, pages, prose, read, root } from "./pages.js";

test("what the docs take from the program is up to date (npm run docs)", async () => {
  const script = `${root}scripts/docs.mjs`;
  const { stdout } = await promisify(execFile)(process.execPath, [script, "--check"]).catch(
    (error: { stdout: string; stderr: string }) => ({ stdout: error.stdout + error.stderr }),
  );
  expect(stdout).toBe("");
});

describe("tables of contents name every method", () => {
  const rows = read("docs/cli.md")
    .split("\n")
    .filter((line) => line.startsWith("| `"));
  const linked = [...read("README.md").matchAll(/docs\/methods\/\w+\.md/g)]
    .map(([page]) => read(page))
    .join("\n");

  test.each(Object.values(methods))("$name", (method) => {
    expect(linked).toContain(`src/methods/${method.name}.ts`);
    if (!hasEncoder(method, parseOptions(method.options, {}, method.name))) return;
    expect(rows.some((row) => row.split("|").at(-2)?.includes(`\`${method.name}\``))).toBe(true);
  });
});

const lines = (text: string) => text.split("\n").map((line) => line.trim());

/** Whether the lines of a quote follow one another in a file; `// ...` stands for lines left out. */
function quotes(source: string, text: string): boolean {
  const file = lines(source);
  let from = 0;
  for (const part of text.trimEnd().split(/^\s*\/\/ \.\.\.$/m)) {
    const wanted = lines(part.replace(/^\n|\n$/g, ""));
    const at = file.findIndex((_, i) => i >= from && wanted.every((line, j) => file[i + j] === line));
    if (at < 0) return false;
    from = at + wanted.length;
  }
  return true;
}

describe("quoted code stands in the source it names", () => {
  const own = new Set(["docs/autodiff.md", "docs/data.md", "docs/metrics.md"]); // compared by their own tests, or sketches
  const quoting = pages.filter((path) => !own.has(path));

  test.each(quoting)("%s", (path) => {
    const blocks = blocksOf(read(path)).filter(({ language }) => language === "ts");
    const example = filesIn("examples").map(read);
    const strangers = blocks.filter(({ source, text }) =>
      source === "" ? !example.some((code) => code.startsWith(text)) : !quotes(read(source), text),
    );
    expect(strangers).toEqual([]);
  });

  test("a changed line, a changed order and a gap that is not marked are found", () => {
    const source = "a();\n  b();\nc();\nd();\n";
    expect(quotes(source, "a();\nb();\n")).toBe(true);
    expect(quotes(source, "a();\n// ...\nd();\n")).toBe(true);
    for (const wrong of ["a();\nc();\n", "b();\na();\n", "d();\n// ...\na();\n", "a(1);\n"])
      expect(quotes(source, wrong), wrong).toBe(false);
  });
});

test("every step of InfoGAN's algorithm is quoted: each update, each loss, each draw", () => {
  const quoted = blocksOf(read("docs/methods/infogan.md"))
    .filter(({ source }) => source === "src/methods/infogan.ts")
    .map(({ text }) => text)
    .join("\n");
  for (const name of [
    "batch()",
    "drawLatent(",
    "G(latent)",
    "D(trunk(",
    "stopGradient(",
    "update([trunk, D, Q]",
  ])
    expect(quoted).toContain(name);
});

test.each(Object.keys(methods))("the pages quote an update of every player that %s moves", (name) => {
  const source = `src/methods/${name}.ts`;
  const quoted = pages
    .flatMap((path) => blocksOf(read(path)))
    .filter((block) => block.source === source)
    .map(({ text }) => text);
  const players = (code: string) =>
    new Set([...code.matchAll(/update\(\[([^\]]*)\]/g)].flatMap(([, list = ""]) => list.split(", ")));
  expect(players(quoted.join("\n"))).toEqual(players(read(source)));
});

describe("no page or example names a machine, or leaves something to do", () => {
  const texts = [...pages, ...filesIn("examples"), "scripts/docs.mjs"];
  test.each(texts)("%s", (path) => {
    const found = read(path).match(
      /(?<![\w./])\/(work|tmp|home|root|Users|usr)\/[\w.-]*|\bTODO\b|\bFIXME\b|\bXXX\b|\bTBD\b|lorem ipsum/gi,
    );
    expect(found ?? []).toEqual([]);
  });
});

describe("the docs name what is there", () => {
  const json = JSON.parse(read("package.json")) as Record<
    "dependencies" | "exports" | "scripts",
    Record<string, string>
  >;

  test("README.md lists what can be imported, and nothing else", () => {
    const [, rows = ""] = /\n\| import \|.*\n\| --- \|.*\n([^]*?)\n\n/.exec(read("README.md")) ?? [];
    const listed = [...rows.matchAll(/^\| `ganymede([^`]*)` \|/gm)].map(([, path = ""]) => `.${path}`);
    const modules = Object.keys(json.exports).filter((path) => path !== "./package.json");
    expect(listed.toSorted()).toEqual(modules.toSorted());
  });

  test("architecture.md gives a reason for each dependency, and for no other", () => {
    const [, section = ""] =
      /## Dependencies\n([^]*?)\nFor development/.exec(read("docs/architecture.md")) ?? [];
    const rows = section.split("\n").filter((line) => line.startsWith("| `"));
    const named = rows.flatMap((row) =>
      [...(row.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)].map(([, n = ""]) => n),
    );
    expect(named.toSorted()).toEqual(Object.keys(json.dependencies).toSorted());
  });

  test("scripts that are named exist", () => {
    const named = pages.flatMap((path) =>
      [...read(path).matchAll(/npm run (?:--\S+ )?(\w+)/g)].map(([, n = ""]) => n),
    );
    expect([...new Set(named)].filter((name) => json.scripts[name] === undefined)).toEqual([]);
  });

  test("cli.md has a part for each command", () => {
    const commands = [...read("README.md").matchAll(/\(docs\/cli\.md#(\w+)\)/g)].map(([, name = ""]) => name);
    const headings = [...prose(read("docs/cli.md")).matchAll(/^## (\w+)$/gm)].map(([, name = ""]) => name);
    expect(commands.length).toBeGreaterThan(5);
    expect(headings).toEqual(commands);
  });

  test("every method has its page, with its parts in order", async () => {
    const { methods } = await import("../../src/methods/index.js");
    const parts = [
      "What it is for",
      "Command",
      "The algorithm, line by line",
      "Options",
      "What is logged",
      "Results",
      "Differences from the paper",
      "When to choose something else",
      "Traps",
    ];
    // Methods that are compared with one another share a page.
    const shared: Readonly<Record<string, string>> = {
      ae: "autoencoders",
      "inverse-ae": "autoencoders",
      vae: "autoencoders",
    };
    for (const name of Object.keys(methods)) {
      const page = prose(read(`docs/methods/${shared[name] ?? name}.md`));
      expect([...page.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading)).toEqual(parts);
    }
  });
});
