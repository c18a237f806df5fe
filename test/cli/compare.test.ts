import { existsSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { ganymede, scratch, succeed, textOf, tiny } from "./ganymede.js";

const cwd = scratch();
const strokes = `train infogan --data strokes --size 16 --steps 6 ${tiny}`;

beforeAll(async () => {
  // The second has the name that `reproduce infogan-strokes` looks for.
  await succeed(cwd, `${strokes} --seed 3 --out runs/first`);
  await succeed(cwd, `${strokes} noise=5 --seed 1 --out runs/infogan-strokes-1`);
});

const evaluation = (run: string) => JSON.parse(textOf(cwd, run, "evaluation.json")) as Record<string, number>;

describe("compare", () => {
  test("a table of every number of each run, and of the settings in which they differ", async () => {
    const { out } = await succeed(cwd, "compare runs/first runs/infogan-strokes-1");
    const rows = out.split("\n").map((line) => line.trim().split(/ +/));
    expect(rows[0]).toEqual(["first", "infogan-strokes-1"]);
    const values = (key: string) => rows.find(([name]) => name === key)?.slice(1);
    for (const key of ["cluster_accuracy", "nmi", "mig"]) {
      const expected = [evaluation("runs/first")[key], evaluation("runs/infogan-strokes-1")[key]];
      const best = Math.max(...expected.map(Number));
      const starred = expected.map((value) => `${value?.toFixed(4)}${value === best ? "*" : ""}`);
      expect(values(key)).toEqual(starred);
    }
    expect(values("options.noise")).toEqual(["4", "5"]);
    expect(values("training.seed")).toEqual(["3", "1"]);
    expect(rows.flat()).not.toContain("options.width");
    expect(rows.flat()).not.toContain("started");
  });

  test("one page with the numbers, a chart for each logged value and the samples of each run", async () => {
    const { out } = await succeed(cwd, "compare runs/first runs/infogan-strokes-1 -o page.html --json");
    expect(out).toMatch(/^\{"page":"page.html","runs":\["first","infogan-strokes-1"\],"numbers":\[/);
    const page = textOf(cwd, "page.html");
    const text = page.replaceAll("<wbr />", "");
    for (const shown of ["cluster_accuracy", "options.noise", "generator_loss", "Samples at step 6."])
      expect(text).toContain(shown);
    expect(page.match(/<svg /g)?.length).toBe(5); // two losses, what D believes of both, the information
    expect(page.match(/data:image\/png/g)?.length).toBe(2);
    expect(existsSync(join(cwd, "runs/first/compare.html"))).toBe(true);
  });

  test.each([
    ["compare runs/first", 2, "compare: expected two or more runs, received 1."],
    ["compare runs/first runs/none", 1, "runs/none: expected a run folder, received nothing of that name."],
  ])("%s", async (line, status, message) => {
    const refused = await ganymede(cwd, line);
    expect(refused).toMatchObject({ status, out: "" });
    expect(refused.err).toContain(message);
  });
});

describe("reproduce", () => {
  test("--list names every result with its seeds", async () => {
    const { out } = await succeed(cwd, "reproduce --list");
    expect(out).toContain("infogan-paper");
    expect(out).toContain("preset paper on MNIST (seed 1, 2, 3)");
  });

  test("a run that is there is not trained again; its numbers stand beside the reported ones", async () => {
    const { out, err } = await succeed(cwd, "reproduce infogan-strokes");
    expect(err).toContain("npx ganymede train --resume runs/infogan-strokes-1\n");
    const value = evaluation("runs/infogan-strokes-1")["cluster_accuracy"]?.toFixed(4) ?? "";
    expect(out).toMatch(new RegExp(`^cluster_accuracy +${value} +0\\.9\\d+$`, "m"));
  });

  test.each([
    ["reproduce", "reproduce: expected the id of a result, received none."],
    ["reproduce infogan-papr", "Did you mean infogan-paper?"],
    ["reproduce infogan-paper --seed 7", "infogan-paper, --seed: expected one of 1, 2, 3, received 7."],
    ["reproduce dann-usps", "reproduce dann-usps: expected --input usps=PATH: USPS as an .npz"],
  ])("%s", async (line, message) => {
    const refused = await ganymede(cwd, line);
    expect(refused).toMatchObject({ status: 2, out: "" });
    expect(refused.err).toContain(message);
  });
});
