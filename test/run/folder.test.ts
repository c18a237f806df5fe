import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { RunFolder } from "../../src/run/folder.js";
import { encodeSafeTensors } from "../../src/run/safetensors.js";
import { refusal } from "../data/refusal.js";
import { at, config, memory, scratch } from "./parts.js";

const root = scratch();
let made = 0;
const place = () => join(root, `run-${++made}`);
/** A run that nobody writes any more. */
async function createIn(path: string, ofConfig = config, force = false): Promise<RunFolder> {
  const { folder, unlock } = await RunFolder.create(path, ofConfig, force);
  await unlock();
  return folder;
}
const create = () => createIn(place());

describe("a new run", () => {
  test("writes its configuration, and reads it again", async () => {
    const { path } = await create();
    expect(JSON.parse(readFileSync(join(path, "config.json"), "utf8"))).toEqual(config);
    expect((await RunFolder.open(path)).config).toEqual(config);
  });

  test("takes an empty folder", async () => {
    const path = place();
    mkdirSync(path);
    expect((await createIn(path)).config).toBe(config);
  });

  test("is never written over another, unless by force, and then nothing of the old is left", async () => {
    const old = await create();
    await old.writeCheckpoint(at(5), memory(1));
    const other = { ...config, method: "other" };
    expect(await refusal(() => RunFolder.create(old.path, other, false))).toBe(
      `RunError: ${old.path}: expected a new folder, received one that is not empty.\n` +
        "  Choose another with --out, go on with --resume, or replace it with --force.",
    );
    expect((await RunFolder.open(old.path)).config).toEqual(config);
    expect((await old.readCheckpoint())?.position.step).toBe(5);

    await createIn(old.path, other, true);
    expect(readdirSync(old.path)).toEqual(["config.json"]);
    expect((await RunFolder.open(old.path)).config).toEqual(other);
  });

  test("force replaces runs and nothing else", async () => {
    const path = place();
    mkdirSync(path);
    writeFileSync(join(path, "thesis.tex"), "years of work");
    writeFileSync(join(path, "config.json"), "{}");
    expect(await refusal(() => RunFolder.create(path, config, true))).toBe(
      `RunError: ${path}: expected a run to replace, received a folder that holds something else.\n` +
        "  Choose another with --out, or empty it yourself.",
    );
    expect(readFileSync(join(path, "thesis.tex"), "utf8")).toBe("years of work");
  });

  test("force does not take a run away from who trains it", async () => {
    const folder = await create();
    const { path } = folder;
    const unlock = await folder.lock();
    expect(await refusal(() => RunFolder.create(path, config, true))).toContain("is training");
    await unlock();
    await createIn(path, config, true);
  });

  test("a place that is a file", async () => {
    const file = place();
    writeFileSync(file, "");
    expect(await refusal(() => RunFolder.create(join(file, "run"), config, false))).toBe(
      `RunError: ${join(file, "run")}: expected to write it, received a file where a folder should be.\n` +
        "  Choose another place.",
    );
    expect(await refusal(() => RunFolder.create(file, config, true))).toContain("expected to list it");
  });
});

describe("the lock", () => {
  test("refuses a second writer until the first lets go", async () => {
    const folder = await create();
    const unlock = await folder.lock();
    expect(await refusal(() => folder.lock())).toBe(
      `RunError: ${folder.at("lock")}: expected a run that nobody else is writing, received one that process ` +
        `${process.pid} on ${hostname()} is training.\n` +
        "  Wait until it ends, or stop it. If it is no training of Ganymede, delete that file.",
    );
    await unlock();
    await (
      await folder.lock()
    )();
    expect(existsSync(folder.at("lock"))).toBe(false);
  });

  test("of a process that is gone is taken over at once", async () => {
    const { pid } = spawnSync("true");
    const folder = await create();
    writeFileSync(folder.at("lock"), JSON.stringify({ pid, host: hostname() }));
    const unlock = await folder.lock();
    expect(JSON.parse(readFileSync(folder.at("lock"), "utf8"))).toEqual({
      pid: process.pid,
      host: hostname(),
    });
    await unlock();
  });

  test("of a process that is gone is taken over by one of many that try", async () => {
    const { pid } = spawnSync("true");
    const folder = await create();
    writeFileSync(folder.at("lock"), JSON.stringify({ pid, host: hostname() }));
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => folder.lock()));
    const won = tries.filter(({ status }) => status === "fulfilled");
    expect(won).toHaveLength(1);
    expect(readdirSync(folder.path).toSorted()).toEqual(["config.json", "lock"]);
  });

  test("cut short by a crash is taken over", async () => {
    const folder = await create();
    writeFileSync(folder.at("lock"), '{"pid"');
    await (
      await folder.lock()
    )();
  });

  test("of another machine is left alone: its processes cannot be seen from here", async () => {
    const { pid } = spawnSync("true");
    const folder = await create();
    writeFileSync(folder.at("lock"), JSON.stringify({ pid, host: "elsewhere" }));
    expect(await refusal(() => folder.lock())).toContain(`process ${pid} on elsewhere is training`);
  });
});

describe("the configuration", () => {
  const withConfig = (text: string) => {
    const path = place();
    mkdirSync(path);
    writeFileSync(join(path, "config.json"), text);
    return path;
  };

  test("nothing there", async () => {
    const path = place();
    expect(await refusal(() => RunFolder.open(path))).toBe(
      `RunError: ${path}: expected a run folder, received nothing of that name.\n  \`ganymede train\` makes one.`,
    );
    mkdirSync(path);
    expect(await refusal(() => RunFolder.open(path))).toBe(
      `RunError: ${path}: expected a run folder, received something without a config.json.\n` +
        "  `ganymede train` makes one.",
    );
  });

  test.each<[string, string, string]>([
    [
      "of another version",
      JSON.stringify({ ...config, format: 2 }),
      "expected the configuration of a run of format 1, received format 2.\n  Use the version of Ganymede that made the run.",
    ],
    [
      "of something else",
      "null",
      "expected the configuration of a run of format 1, received format unknown.\n  Use the version of Ganymede that made the run.",
    ],
    [
      "cut off",
      JSON.stringify(config).slice(0, 40),
      "expected the configuration of a run, received a file that is not JSON.",
    ],
    [
      "with a wrong field",
      JSON.stringify({ ...config, method: 3 }),
      "expected the configuration of a run of format 1, received one with a wrong method (Invalid input: expected string, received number).\n" +
        "  Use the version of Ganymede that made the run.",
    ],
  ])("%s", async (_, text, sentence) => {
    const path = withConfig(text);
    expect(await refusal(() => RunFolder.open(path))).toBe(
      `RunError: ${join(path, "config.json")}: ${sentence}`,
    );
  });
});

describe("checkpoints", () => {
  test("none at the beginning", async () => {
    expect(await (await create()).readCheckpoint()).toBeUndefined();
  });

  test("the latest is read, with its place in the run, from whatever stage", async () => {
    const folder = await create();
    const early = { candidate: 2, scores: [0.25, NaN], chosen: false, step: 3 };
    await folder.writeCheckpoint(early, memory(1, 2));
    expect((await folder.readCheckpoint())?.position).toEqual(early);
    const late = { candidate: 1, scores: [0.25, 0.5], chosen: true, step: 6 };
    await folder.writeCheckpoint(late, memory(3, 4));
    const checkpoint = await folder.readCheckpoint();
    expect(checkpoint?.position).toEqual(late);
    expect([...(checkpoint?.tensors.get("w") ?? [])]).toEqual([3, 4]);
    expect(readFileSync(folder.at("checkpoints", "latest"), "utf8")).toBe("step-0000006.safetensors\n");
  });

  test("old ones are removed, newest first to stay, whatever is half written beside them", async () => {
    const folder = await create();
    for (const step of [3, 9, 100, 6]) await folder.writeCheckpoint(at(step), memory(step));
    writeFileSync(folder.at("checkpoints", "step-0000100.safetensors.12345"), "half");
    await folder.pruneCheckpoints(2);
    const kept = readdirSync(folder.at("checkpoints")).filter((name) => name.endsWith(".safetensors"));
    expect(kept).toEqual(["step-0000009.safetensors", "step-0000100.safetensors"]);
  });

  test("those of the comparison of starts go when one is chosen", async () => {
    const folder = await create();
    await folder.writeCheckpoint({ ...at(3), chosen: false }, memory(1));
    writeFileSync(folder.at("checkpoints", "start-0.safetensors"), "state");
    await folder.writeCheckpoint(at(6), memory(1));
    await folder.removeStarts();
    expect(readdirSync(folder.at("checkpoints"))).toEqual(["latest", "step-0000006.safetensors"]);
  });

  test("what a killed process left half written is swept away, and nothing else", async () => {
    const folder = await create();
    await folder.writeCheckpoint(at(3), memory(1));
    const half = [
      "config.json.1",
      "metrics.jsonl.22",
      "checkpoints/latest.3",
      "checkpoints/step-0000006.safetensors.4",
    ];
    const other = ["notes.1", "checkpoints/mine.2024"];
    for (const name of [...half, ...other]) writeFileSync(folder.at(name), "");
    await folder.sweep();
    expect(half.filter((name) => existsSync(folder.at(name)))).toEqual([]);
    expect(other.filter((name) => existsSync(folder.at(name)))).toEqual(other);
    expect((await folder.readCheckpoint())?.position.step).toBe(3);
  });

  test("of another method or version", async () => {
    const folder = await create();
    await folder.writeCheckpoint(at(3), memory(1));
    const path = folder.at("checkpoints", "step-0000003.safetensors");
    const write = (metadata: Record<string, string>) =>
      writeFileSync(path, encodeSafeTensors({ tensors: memory(1).state, metadata }));
    write({ method: "bigan", format: "1", position: JSON.stringify(at(3)) });
    expect(await refusal(() => folder.readCheckpoint())).toBe(
      `RunError: ${path}: expected a checkpoint of demo, format 1, received one of bigan, format 1.`,
    );
    write({ method: "demo", format: "2", position: JSON.stringify(at(3)) });
    expect(await refusal(() => folder.readCheckpoint())).toContain("received one of demo, format 2.");
    write({});
    expect(await refusal(() => folder.readCheckpoint())).toContain(
      "received one of no method, format unknown.",
    );
    write({ method: "demo", format: "1", position: '{"step":3}' });
    expect(await refusal(() => folder.readCheckpoint())).toBe(
      `RunError: ${path}: expected a checkpoint that says how far the training was, received {"step":3}.`,
    );
  });

  test("a cut one names the one before", async () => {
    const folder = await create();
    await folder.writeCheckpoint(at(3), memory(1, 2, 3));
    await folder.writeCheckpoint(at(6), memory(1, 2, 3));
    const path = folder.at("checkpoints", "step-0000006.safetensors");
    truncateSync(path, readFileSync(path).length - 5);
    expect(await refusal(() => folder.readCheckpoint())).toBe(
      `RunError: ${path}: expected a whole safetensors file of float32, received one that is cut off: tensor w ends at ` +
        `byte 12 of 7.\n  To go on from the one before, write step-0000003.safetensors into ${folder.at("checkpoints", "latest")}.`,
    );
    writeFileSync(folder.at("checkpoints", "latest"), "step-0000003.safetensors\n");
    expect((await folder.readCheckpoint())?.position.step).toBe(3);
  });

  test("one that is gone", async () => {
    const folder = await create();
    await folder.writeCheckpoint(at(3), memory(1));
    writeFileSync(folder.at("checkpoints", "latest"), "step-0000009.safetensors\n");
    expect(await refusal(() => folder.readCheckpoint())).toBe(
      `RunError: ${folder.at("checkpoints", "step-0000009.safetensors")}: expected to read it, received nothing of that name.\n` +
        `  To go on from the one before, write step-0000003.safetensors into ${folder.at("checkpoints", "latest")}.`,
    );
  });

  test("the last good one has no value that is not finite", async () => {
    const folder = await create();
    expect(await folder.lastGoodCheckpoint()).toBeUndefined();
    await folder.writeCheckpoint(at(3), memory(1, 2));
    await folder.writeCheckpoint(at(6), memory(1, NaN));
    expect(await folder.lastGoodCheckpoint()).toBe(folder.at("checkpoints", "step-0000003.safetensors"));
  });
});

describe("metrics", () => {
  const line = (candidate: number, chosen: boolean, step: number) => ({
    candidate,
    chosen,
    step,
    loss: step / 4,
  });

  test("are rewound to a checkpoint, at any stage", async () => {
    const folder = await create();
    const starts = [line(0, false, 1), line(0, false, 2), line(1, false, 1), line(1, false, 2)];
    await folder.appendMetrics(starts);
    await folder.appendMetrics([line(0, true, 3), line(0, true, 4)]);
    await folder.rewindMetrics({ candidate: 0, scores: [1, 0], chosen: true, step: 3 });
    expect(await folder.readMetrics()).toEqual([...starts, line(0, true, 3)]);
    await folder.rewindMetrics({ candidate: 1, scores: [1], chosen: false, step: 1 });
    expect(await folder.readMetrics()).toEqual(starts.slice(0, 3));
    await folder.rewindMetrics({ candidate: 0, scores: [], chosen: false, step: 0 });
    expect(await folder.readMetrics()).toEqual([]);
  });

  test("a last line cut short by a crash is left out, and gone when the run goes on", async () => {
    const folder = await create();
    await folder.appendMetrics([line(0, true, 1), line(0, true, 2)]);
    const whole = readFileSync(folder.at("metrics.jsonl"), "utf8");
    writeFileSync(folder.at("metrics.jsonl"), `${whole}{"candidate":0,"st`);
    expect(await folder.readMetrics()).toEqual([line(0, true, 1), line(0, true, 2)]);
    await folder.rewindMetrics(at(2));
    expect(readFileSync(folder.at("metrics.jsonl"), "utf8")).toBe(whole);
  });

  test.skipIf(!existsSync("/dev/full"))("on a full disk", async () => {
    const folder = await create();
    symlinkSync("/dev/full", folder.at("metrics.jsonl"));
    expect(await refusal(() => folder.appendMetrics([line(0, true, 1)]))).toBe(
      `RunError: ${folder.at("metrics.jsonl")}: expected to write it, received a full disk.\n` +
        "  Free some space; what was saved before is whole.",
    );
  });
});
