import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { hostRandom } from "../../src/engine/random.js";
import {
  type Running,
  drawPictures,
  ganymede,
  metricsOf,
  scratch,
  start,
  succeed,
  textOf,
  tiny,
  until,
  wait,
} from "./ganymede.js";

const cwd = scratch();

/** Two starts are compared after 6 steps; with this seed the first, which comes back from disk, goes on to step 18. */
const command = (out: string) =>
  "train infogan --data folder:pictures --threads 1 --batch 8 --steps 18 --seed 5 --set width=0.1 noise=4 baselineSteps=2 " +
  `restarts=2 restartSteps=6 averageDecay=0.9 sampleEvery=5 checkpointEvery=2 --out ${out}`;
const begin = (out: string) => start(cwd, command(out).split(" "));
const goOn = (out: string) => start(cwd, ["train", "--resume", out]);

/** What must be the same, however often a run was interrupted. */
function results(out: string) {
  const bytes = (...path: string[]) => readFileSync(join(cwd, out, ...path)).toString("base64");
  return {
    state: bytes("checkpoints", "step-0000018.safetensors"),
    weights: bytes("models", "weights.safetensors"),
    metrics: metricsOf(cwd, out),
    files: readdirSync(join(cwd, out), { recursive: true }).map(String).toSorted(),
  };
}

let undisturbed: ReturnType<typeof results>;
beforeAll(async () => {
  await drawPictures(join(cwd, "pictures"), 16);
  await succeed(cwd, command("undisturbed"));
  undisturbed = results("undisturbed");
});

const checkpoints = (out: string) => {
  try {
    return readdirSync(join(cwd, out, "checkpoints"));
  } catch {
    return [];
  }
};

/** Runs to be interrupted, from the earliest moment to the latest, at least as far as the text says. */
const moments: Readonly<Record<string, (out: string) => boolean>> = {
  "as soon as the run is there": (out) => textOf(cwd, out, "config.json") !== "",
  "in the first start": (out) => textOf(cwd, out, "checkpoints/latest") > "start-00-step-0000002",
  "in the second start": (out) => textOf(cwd, out, "checkpoints/latest") > "start-01-step-0000002",
  "while a checkpoint is written": (out) => checkpoints(out).some((name) => /safetensors\.\d+$/.test(name)),
  "in the chosen start": (out) => textOf(cwd, out, "checkpoints/latest") > "step-0000008",
  "after a sample": (out) => readdirSync(join(cwd, out)).includes("samples"),
};

describe("kill -9, again and again", () => {
  test.each([1, 2])("seed %i: the same bytes as without", async (seed) => {
    const out = `killed-${seed}`;
    const random = hostRandom(seed, "moments of death");
    let running: Running = begin(out);
    let kills = 0;
    for (const reached of Object.values(moments)) {
      await until(() => reached(out), running);
      await wait(40 * random.uniform());
      running.child.kill("SIGKILL");
      const { signal } = await running.ended;
      if (signal === "SIGKILL") kills++;
      running = goOn(out);
    }
    expect((await running.ended).status).toBe(0);
    expect(kills).toBeGreaterThanOrEqual(3);
    expect(results(out)).toEqual(undisturbed);
  });
});

test("metrics.jsonl has every step of every start once", () => {
  const lines = undisturbed.metrics as { step: number; candidate: number; chosen: boolean }[];
  expect(lines.at(-1)?.candidate, "choose a seed with which the first start is better").toBe(0);
  const steps = (chosen: boolean, candidate?: number) =>
    lines.filter((l) => l.chosen === chosen && (candidate ?? l.candidate) === l.candidate).map((l) => l.step);
  const count = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
  expect(steps(false, 0)).toEqual(count(1, 6));
  expect(steps(false, 1)).toEqual(count(1, 6));
  expect(steps(true)).toEqual(count(7, 18));
  expect(lines).toHaveLength(24);
});

describe("Ctrl-C", () => {
  test("saves, says how to go on, exits 130; the run then ends as if undisturbed", async () => {
    const out = "stopped";
    const running = begin(out);
    await until(() => moments["in the second start"]!(out), running);
    running.child.kill("SIGINT");
    running.child.kill("SIGINT"); // npm passes on what the terminal has sent already
    const { status, err, out: printed } = await running.ended;
    expect(status).toBe(130);
    expect(printed).toBe("");
    expect(err.split("\n").slice(-4)).toEqual([
      "",
      "Stopping after this step (Ctrl-C again to stop at once) ...",
      `Stopped and saved. Go on with: npx ganymede train --resume ${out}`,
      "",
    ]);
    expect(readdirSync(join(cwd, out))).not.toContain("lock");
    await succeed(cwd, `train --resume ${out}`);
    expect(results(out)).toEqual(undisturbed);
  });

  test("before the first step says that nothing is saved, and leaves nothing", async () => {
    const running = start(cwd, command("never").split(" "));
    running.child.stderr?.once("data", () => running.child.kill("SIGINT")); // "reading pictures 1/16"
    const { status, err } = await running.ended;
    expect([status, err.split("\n").at(-2)]).toEqual([
      130,
      "Stopped before the first step: there is nothing to save.",
    ]);
    expect(existsSync(join(cwd, "never"))).toBe(false);
  });

  test("before the first sample leaves weights to draw from, and the run goes on from any folder", async () => {
    const out = "stopped-early";
    const running = start(
      cwd,
      `train infogan --data folder:pictures --steps 40 --out ${out} ${tiny.replace("sampleEvery=5", "sampleEvery=40")}`.split(
        " ",
      ),
    );
    await until(() => textOf(cwd, out, "checkpoints/latest") >= "step-0000003", running);
    running.child.kill("SIGINT");
    expect((await running.ended).status).toBe(130);
    expect(metricsOf(cwd, out).length).toBeLessThan(40);
    await succeed(cwd, `sample ${out} -o drawn.png`);
    mkdirSync(join(cwd, "elsewhere"));
    await succeed(join(cwd, "elsewhere"), `train --resume ../${out}`);
    expect(metricsOf(cwd, out)).toHaveLength(40);
  });
});

test("a run of another version goes on, and says what has changed", async () => {
  const path = join(cwd, "stopped-early", "config.json");
  rmSync(join(cwd, "stopped-early", "report.html"));
  writeFileSync(path, readFileSync(path, "utf8").replace(/"node": "[^"]*"/, '"node": "v1.2.3"'));
  const { err } = await succeed(cwd, "train --resume stopped-early");
  expect(err).toContain(
    `Node was v1.2.3, is ${process.version}: the run may end on slightly other numbers.\n`,
  );
});

describe("a run that is complete", () => {
  test("says so, succeeds, and changes nothing", async () => {
    const before = results("undisturbed");
    const report = textOf(cwd, "undisturbed", "report.html");
    const { out, err } = await succeed(cwd, "train --resume undisturbed");
    expect(out).toBe("undisturbed is complete: all 18 steps are trained.\nReport: undisturbed/report.html\n");
    expect(err).toBe("");
    expect(results("undisturbed")).toEqual(before);
    expect(textOf(cwd, "undisturbed", "report.html")).toBe(report);
  });

  test("has its models made again from the last checkpoint where they were deleted", async () => {
    cpSync(join(cwd, "undisturbed"), join(cwd, "deleted"), { recursive: true });
    rmSync(join(cwd, "deleted", "models"), { recursive: true });
    const sampling = await ganymede(cwd, "sample deleted");
    expect(sampling.err).toContain("Go on with: npx ganymede train --resume deleted");
    await succeed(cwd, "train --resume deleted");
    expect(results("deleted")).toEqual(results("undisturbed"));
    expect(readdirSync(join(cwd, "deleted", "models"))).toEqual(
      readdirSync(join(cwd, "undisturbed", "models")),
    );
  });

  test("is measured and reported where only that is missing", async () => {
    const path = join(cwd, "killed-1", "report.html");
    const report = textOf(path);
    rmSync(path);
    const { out } = await succeed(cwd, "train --resume killed-1");
    expect(out).toContain("Report: killed-1/report.html");
    expect(textOf(path).length).toBeGreaterThan(0.9 * report.length);
    expect(results("killed-1")).toEqual(undisturbed);
  });
});
