import { execFile } from "node:child_process";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

// The examples as their first lines tell the reader to run them: compiled against the built package, then by Node.
const root = fileURLToPath(new URL("../../", import.meta.url));
const execute = promisify(execFile);
let folder = "";

async function run(name: string, ...args: readonly string[]): Promise<string[]> {
  const script = join(root, "dist/examples", `${name}.js`);
  const { stdout } = await execute(process.execPath, [script, ...args], { cwd: folder });
  return stdout.trimEnd().split("\n");
}
const number = (line: string | undefined, before: RegExp) => Number(before.exec(line ?? "")?.[1]);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ganymede-examples-"));
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  await execute(process.execPath, [tsc, "-p", join(root, "examples")]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("01-gradients learns sin from its slopes", async () => {
  const lines = await run("01-gradients");
  const losses = lines.filter((line) => line.startsWith("step")).map((line) => number(line, /loss (\S+)$/));
  expect(losses).toHaveLength(6);
  expect(losses[0]).toBeGreaterThan(0.3);
  expect(losses.at(-1)).toBeLessThan(1e-3);
  const values = lines.filter((line) => line.startsWith("f("));
  expect(values).toHaveLength(7);
  for (const line of values) {
    const [, learned, truth] = /= (\S+), .* = (\S+)$/.exec(line) ?? [];
    expect(Math.abs(Number(learned) - Number(truth)), line).toBeLessThan(0.05);
  }
});

describe("a folder, from pictures to features used elsewhere", () => {
  let place = "";

  test("02-infogan-on-a-folder draws, trains, measures and reports", async () => {
    const lines = await run("02-infogan-on-a-folder", "100");
    expect(lines[0]).toMatch(/^step 50: D \d\.\d{3}, G \d\.\d{3}$/);
    const report = /^Report: (.*)$/.exec(lines.at(-1) ?? "")?.[1] ?? "";
    place = /^(infogan-on-a-folder-\w+)\/run\/report\.html$/.exec(report)?.[1] ?? "";
    expect(await readdir(folder)).toEqual([place]); // and nothing else, such as pictures/ or runs/
    const metrics = (await readFile(join(folder, place, "run/metrics.jsonl"), "utf8")).trimEnd().split("\n");
    expect(metrics).toHaveLength(100);
    const read = async (path: string) =>
      JSON.parse(await readFile(join(folder, path), "utf8")) as Record<string, number>;
    const { cluster_accuracy: accuracy } = await read(`${place}/run/evaluation.json`);
    expect(accuracy).toBeGreaterThan(0.15); // chance is 0.1
    expect(await readFile(join(folder, report), "utf8")).toContain("infogan on folder:");
  });

  test("03-features-elsewhere finds like pictures by the exported encoder", async () => {
    const lines = await run("03-features-elsewhere", `${place}/run/models/encoder.onnx`, `${place}/pictures`);
    expect(lines.slice(0, -1)).toHaveLength(5);
    for (const line of lines.slice(0, -1)) expect(line).toMatch(/^\d\/\d+\.png is most like \d\/\d+\.png$/);
    expect(number(lines.at(-1), /^(\d+) of 400/)).toBeGreaterThan(100); // chance is 40
  });
});
