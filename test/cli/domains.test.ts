import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { drawPictures, ganymede, scratch, succeed } from "./ganymede.js";

// What else is refused: test/run/domains.test.ts.
test("a method of two domains without --target: exit status 2, with what to type, and nothing is made", async () => {
  const cwd = scratch();
  const { status, out, err } = await ganymede(cwd, "train dann --data strokes --size 16");
  expect([status, out, err.trimEnd()]).toEqual([
    2,
    "",
    "error dann: expected a second set of pictures, received none.\n  Name it with --target, such as --target mnist-m.",
  ]);
  expect(existsSync(join(cwd, "runs"))).toBe(false);
});

test("of a run whose target has no labels, pictures of other classes than the source's are no measure", async () => {
  const cwd = scratch();
  await drawPictures(join(cwd, "sides"), 8);
  await drawPictures(join(cwd, "other"), 8);
  renameSync(join(cwd, "other/right"), join(cwd, "other/wrong"));
  mkdirSync(join(cwd, "flat"));
  for (const i of [0, 2, 4]) renameSync(join(cwd, `other/left/${i}.png`), join(cwd, `flat/${i}.png`));
  const quick = "--threads 1 --batch 4 --steps 2 --no-features --size 16 --set width=0.1 --out run";
  await succeed(cwd, `train dann --data folder:sides --target folder:flat ${quick}`);
  const refused = await ganymede(cwd, "evaluate run --on folder:other --whole --no-features --threads 1");
  expect([refused.status, refused.out]).toEqual([1, ""]);
  expect(refused.err).toContain("expected the classes of the run (left, right), received left, wrong.");
  renameSync(join(cwd, "other/wrong"), join(cwd, "other/right"));
  const { out } = await succeed(
    cwd,
    "evaluate run --on folder:other --whole --no-features --threads 1 --json",
  );
  const measured = JSON.parse(out) as { target: { pictures: number } };
  expect(measured).toHaveProperty("target_accuracy");
  // A broken picture stops it, or is left out and counted.
  writeFileSync(join(cwd, "other/right/text.png"), "no picture at all");
  const broken = "evaluate run --on folder:other --whole --no-features --threads 1 --json";
  expect((await ganymede(cwd, broken)).err).toContain("leave out such files with --skip-bad");
  const left = await succeed(cwd, `${broken} --skip-bad`);
  expect(JSON.parse(left.out)).toMatchObject({ skipped: 1, target: measured.target });
  expect(left.err).toContain("left out other/right/text.png: a file of another format\n");
});

test("`extract` names the classes of the target's own pictures, whatever they came from", async () => {
  const cwd = scratch();
  await drawPictures(join(cwd, "sides"), 8);
  await drawPictures(join(cwd, "scans"), 20);
  const quick = "--threads 1 --batch 4 --steps 2 --no-features --size 16 --set width=0.1 --out run";
  await succeed(cwd, `train dann --data folder:sides --target folder:scans ${quick}`);
  const filesOf = async (input: string) => {
    await succeed(cwd, `extract run ${input} -o classes.csv`);
    const [head = "", ...rows] = readFileSync(join(cwd, "classes.csv"), "utf8").trimEnd().split("\n");
    expect(head).toContain("class_name");
    return rows.map((row) => row.split(",")[0]);
  };
  const [train, held, all] = [
    await filesOf("target-train"),
    await filesOf("target-test"),
    await filesOf("scans"),
  ];
  expect(held.length).toBeGreaterThan(0);
  expect(new Set([...train, ...held])).toEqual(new Set(all));
  expect(train.length + held.length).toBe(all.length);
  expect(await filesOf("train")).not.toEqual(train);
});

test("a run whose labels came from a table can be measured on other pictures, whose sub-folders are classes", async () => {
  const cwd = scratch();
  await drawPictures(join(cwd, "sides"), 8);
  await drawPictures(join(cwd, "more"), 6);
  const rows = Array.from({ length: 8 }, (_, i) => {
    const side = i % 2 === 0 ? "left" : "right";
    return `${side}/${i}.png,${side}`;
  });
  writeFileSync(join(cwd, "labels.csv"), ["file,label", ...rows, ""].join("\n"));
  const quick = "--threads 1 --batch 4 --steps 2 --no-features --size 16 --set width=0.1 --out run";
  await succeed(cwd, `train classifier --data folder:sides --labels-csv labels.csv ${quick}`);
  const { out } = await succeed(
    cwd,
    "evaluate run --on folder:more --whole --no-features --threads 1 --json",
  );
  expect(JSON.parse(out)).toMatchObject({ pictures: 6 });
});
