import { cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { ganymede, scratch, start, succeed, textOf, tiny, until } from "./ganymede.js";

const cwd = scratch();
const strokes = `infogan --data strokes --size 16 --steps 6 ${tiny}`;
/** A result that is made in a moment. */
const described = {
  published: [],
  results: [
    {
      id: "small",
      about: "a few steps",
      train: strokes.replace("noise=4", "noise={noise}").replace("--threads 1 ", ""),
      seeds: [3, 4],
      inputs: { noise: "how much of it" },
      metrics: ["cluster_accuracy"],
    },
    {
      id: "lasting",
      about: "more steps than anyone waits for",
      train: strokes.replace("--steps 6", "--steps 100000").replace("--threads 1 ", ""),
      seeds: [1],
      metrics: ["cluster_accuracy"],
    },
  ],
};

beforeAll(async () => {
  mkdirSync(join(cwd, "results"));
  writeFileSync(join(cwd, "results/infogan.json"), JSON.stringify(described));
  await succeed(cwd, `train ${strokes} --seed 3 --out runs/first`);
  await succeed(cwd, `train ${strokes} noise=5 --seed 3 --out runs/small-3`);
});

const evaluation = (run: string) => JSON.parse(textOf(cwd, run, "evaluation.json")) as Record<string, number>;

describe("compare", () => {
  test("a table of every number of each run, and of the settings in which they differ", async () => {
    const { out } = await succeed(cwd, "compare runs/first runs/small-3");
    const rows = out.split("\n").map((line) => line.trim().split(/ +/));
    expect(rows[0]).toEqual(["first", "small-3"]);
    const values = (key: string) => rows.find(([name]) => name === key)?.slice(1);
    for (const key of ["cluster_accuracy", "nmi", "mig"]) {
      const expected = [evaluation("runs/first")[key], evaluation("runs/small-3")[key]];
      const best = Math.max(...expected.map(Number));
      const starred = expected.map((value) => `${value?.toFixed(4)}${value === best ? "*" : ""}`);
      expect(values(key)).toEqual(starred);
    }
    expect(values("options.noise")).toEqual(["4", "5"]);
    expect(rows.flat()).not.toContain("options.width");
    expect(rows.flat()).not.toContain("started");
  });

  test("one page with the numbers, a chart for each logged value and the samples of each run", async () => {
    const { out } = await succeed(cwd, "compare runs/first runs/small-3 -o page.html --json");
    expect(out).toMatch(/^\{"page":"page.html","runs":\["first","small-3"\],"numbers":\[/);
    const page = textOf(cwd, "page.html");
    const text = page.replaceAll("<wbr />", "");
    for (const shown of ["cluster_accuracy", "options.noise", "generator_loss", "Samples at step 6."])
      expect(text).toContain(shown);
    expect(page.match(/<svg /g)?.length).toBe(5); // two losses, what D believes of both, the information
    expect(page.match(/data:image\/png/g)?.length).toBe(2);
    expect(existsSync(join(cwd, "runs/first/compare.html"))).toBe(true);
  });

  /** A copy of the first run that says something else of itself. */
  function copied(name: string, files: Readonly<Record<string, object>>): string {
    cpSync(join(cwd, "runs/first"), join(cwd, name), { recursive: true });
    for (const [file, changes] of Object.entries(files)) {
      const before = existsSync(join(cwd, name, file)) ? (JSON.parse(textOf(cwd, name, file)) as object) : {};
      writeFileSync(join(cwd, name, file), JSON.stringify({ ...before, ...changes }));
    }
    return name;
  }
  const dataOfFirst = () =>
    (JSON.parse(textOf(cwd, "runs/first", "config.json")) as { data: Record<string, unknown> }).data;

  test("options of one method alone, and of a second set alone all but its name, are left out", async () => {
    const run = (name: string, more: object) => copied(join("kinds", name), { "config.json": more });
    const data = dataOfFirst();
    const paths = [
      run("a", { method: "ae", options: { error: "squared", latent: 50 } }),
      run("b", { method: "ae", options: { error: "absolute", latent: 50 } }),
      run("c", { method: "bigan", options: { flip: true, latent: 50 }, target: { ...data, name: "mnist" } }),
    ];
    const { out } = await succeed(cwd, `compare ${paths.join(" ")}`);
    const rows = out.split("\n").map((line) => line.trim().split(/ +/));
    const settings = rows.filter(([name]) => /^(method|options|target)/.test(name ?? ""));
    expect(settings).toEqual([
      ["method", "ae", "ae", "bigan"],
      ["options.error", "squared", "absolute", "-"],
      ["target.name", "-", "-", "mnist"],
    ]);
  });

  test("long settings are shortened so that one still sees how they differ", async () => {
    const name = (i: number) => `folder:/home/someone/projects/pictures/set-${i}`;
    const paths = [0, 1].map((i) =>
      copied(join("long", `${i}`), { "config.json": { data: { ...dataOfFirst(), name: name(i) } } }),
    );
    const { out } = await succeed(cwd, `compare ${paths.join(" ")}`);
    expect(out).toMatch(/^data\.name +folder:\S+\.\.\.\S+set-0 +folder:\S+\.\.\.\S+set-1$/m);
    expect(out).not.toContain(name(0));
  });

  test.each([
    [
      "by different judges",
      (i: number) => ({
        "judged.json": { judge: "judge", judgeFingerprint: `${i}`, class_kept: 0.5 + i / 10 },
      }),
      "class_kept: said by different judges, so",
    ],
    [
      "by one judge, wherever it lies",
      (i: number) => ({ "judged.json": { judge: `${i}`, judgeFingerprint: "1", class_kept: 0.5 + i / 10 } }),
      undefined,
    ],
    [
      "with other labels",
      (i: number) => ({
        "config.json": { data: { ...dataOfFirst(), fingerprint: `${i}` } },
        "evaluation.json": { knn1_accuracy: 0.5 + i / 10, knn1_accuracy_pixels: 0.5 },
      }),
      "knn1_accuracy, knn1_accuracy_pixels: read off training pictures with other labels, so",
    ],
    [
      "with other priors",
      (i: number) => ({
        "config.json": { method: ["bigan", "vae"][i], options: { encoder: "deterministic", latent: 4 } },
        "evaluation.json": { latent_error: 0.5 + i / 10 },
      }),
      "latent_error: of different priors, so",
    ],
  ])("what cannot be held against one another is not marked: %s", async (name, files, note) => {
    const paths = [0, 1].map((i) => copied(join(name.replaceAll(" ", "-"), `${i}`), files(i)));
    const { out } = await succeed(cwd, `compare ${paths.join(" ")}`);
    const row = out.split("\n").find((line) => /^(class_kept|knn1_accuracy|latent_error) /.test(line));
    expect(row).toMatch(note === undefined ? /0\.5000 +0\.6000\*/ : /0\.5000 +0\.6000$/);
    if (note === undefined) expect(out).not.toContain("cannot be held against");
    else expect(out).toContain(note);
  });

  test.each([
    [
      "evaluate runs/first --on strokes",
      2,
      "evaluate --on: expected other data than that of the run, received strokes.",
    ],
    [
      "sample runs/first --count 10001",
      2,
      "--count: expected a whole number from 1 to 10000, received 10001.",
    ],
    ["sample runs/first -o x.jpg", 2, "--out: expected a file name ending in .png, received x.jpg."],
    ["compare runs/first", 2, "compare: expected two or more runs, received 1."],
    ["compare runs/first ./runs/first/", 2, "compare: expected each run once, received ./runs/first/ twice."],
    [
      "reproduce --list --results none",
      1,
      "none: expected a folder of results, METHOD.json each, received none.",
    ],
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
    expect(out).toMatch(/preset paper on MNIST \(seed 1, 2, 3; \d+ min\)/);
    expect((await succeed(cwd, "reproduce --list --results results")).out).toMatch(
      /^lasting .* \(seed 1; not measured yet\)$/m,
    );
  });

  const small = "reproduce small --results results --threads 1";

  test("trains, measures, records; then the run is there, and what was recorded stands beside it", async () => {
    const first = await succeed(cwd, `${small} --input noise=3 --seed 4 --record`);
    expect(first.err).toContain("noise=3");
    expect(first.out).toContain("Nothing is reported of this seed yet.");
    const value = evaluation("runs/small-4")["cluster_accuracy"]?.toFixed(4);
    const again = await succeed(cwd, `${small} --input noise=3 --seed 4`);
    expect(again.err).not.toContain("training");
    expect(again.out).toMatch(new RegExp(`^cluster_accuracy +${value} +${value}$`, "m"));
    const { results } = JSON.parse(textOf(cwd, "results/infogan.json")) as typeof described;
    expect(results[0]).toMatchObject({
      id: "small",
      measured: [
        { seed: 4, threads: 1, values: { cluster_accuracy: evaluation("runs/small-4")["cluster_accuracy"] } },
      ],
    });
  });

  test("a run of that name with other settings is not taken for it", async () => {
    const refused = await ganymede(cwd, `${small} --input noise=3`);
    expect(refused).toMatchObject({ status: 2, out: "" });
    expect(refused.err).toContain(
      "--resume runs/small-3, --set noise: expected 5, as the run was begun, received 3.",
    );
  });

  test("nor one with a setting that the result does not name, or with another preset", async () => {
    await succeed(
      cwd,
      `train ${strokes} categories=7 --seed 4 --out wider/small-4`.replace("noise=4", "noise=3"),
    );
    const wider = await ganymede(cwd, `${small} --input noise=3 --seed 4 --runs wider`);
    expect(wider).toMatchObject({ status: 2, out: "" });
    expect(wider.err).toMatch(
      /--resume wider\/small-4, --set categories: expected 7, as the run was begun, received 10\./,
    );
    await succeed(
      cwd,
      `train ${strokes} --preset paper --seed 4 --out other/small-4`.replace("noise=4", "noise=3"),
    );
    const preset = await ganymede(cwd, `${small} --input noise=3 --seed 4 --runs other`);
    expect(preset.err).toContain("--preset: expected paper, as the run was begun, received quick.");
  });

  test("stopped by a signal to it alone, it stops the training too, which saves", async () => {
    const running = start(cwd, "reproduce lasting --results results --threads 1".split(" "));
    await until(() => textOf(cwd, "runs/lasting-1/checkpoints/latest") !== "", running);
    running.child.kill("SIGTERM");
    const { status, err } = await running.ended;
    expect(status).toBe(130);
    expect(err).toContain("Stopped and saved.");
    expect(existsSync(join(cwd, "runs/lasting-1/lock"))).toBe(false);
  });

  test.each([
    ["reproduce", "reproduce: expected the id of a result, received none."],
    ["reproduce infogan-papr", "Did you mean infogan-paper?"],
    ["reproduce infogan-paper --seed 7", "infogan-paper, --seed: expected one of 1, 2, 3, received 7."],
    ["reproduce dann-usps", "reproduce dann-usps: expected --input usps=PATH: USPS as an .npz"],
    [
      "reproduce dann-usps --input usp=usps.npz",
      "reproduce dann-usps --input: expected usps, received usp.\n  Did you mean usps?",
    ],
    ["reproduce dann-usps --input usps", "--input: expected NAME=PATH, received usps."],
  ])("%s", async (line, message) => {
    const refused = await ganymede(cwd, line);
    expect(refused).toMatchObject({ status: 2, out: "" });
    expect(refused.err).toContain(message);
  });
});
