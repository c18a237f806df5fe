import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parquetReadObjects } from "hyparquet";
import { InferenceSession, Tensor } from "onnxruntime-node";
import sharp from "sharp";
import { beforeAll, describe, expect, test } from "vitest";
import { loadPictures } from "../../src/data/disk/index.js";
import { formatNumber } from "../../src/report/format.js";
import { drawPictures, ganymede, scratch, succeed, textOf, tiny } from "./ganymede.js";

const cwd = scratch();
const PICTURES = 24;
let strokes: { out: string; err: string };
let run: { out: string; err: string };

beforeAll(async () => {
  await drawPictures(join(cwd, "pictures"), PICTURES);
  const folder = `train infogan --data folder:pictures --steps 12 --out run ${tiny}`;
  [strokes, run] = await Promise.all([
    succeed(cwd, `train infogan --data strokes --size 16 --steps 10 --seed 3 --out strokes --json ${tiny}`),
    succeed(cwd, folder),
  ]);
});

const parse = (text: string) => JSON.parse(text) as Record<string, unknown>;
const json = (...path: string[]) => parse(textOf(cwd, ...path));
const names = (...path: string[]) => readdirSync(join(cwd, ...path)).toSorted();
const size = async (file: string) => {
  const { width, height, format } = await sharp(join(cwd, file)).metadata();
  return `${format} ${width}x${height}`;
};

describe("train", () => {
  test("leaves a whole run folder", () => {
    expect(names("strokes")).toEqual([
      "checkpoints",
      "config.json",
      "evaluation.json",
      "metrics.jsonl",
      "models",
      "report.html",
      "samples",
    ]);
    expect(names("strokes", "models")).toEqual(
      ["baseline.safetensors", "encoder.onnx", "generator.onnx", "weights.safetensors"], // prettier-ignore
    );
    expect(names("strokes", "samples")).toEqual(["step-0000005.png", "step-0000010.png"]);
    expect(names("strokes", "checkpoints")).toEqual([
      "latest",
      "step-0000009.safetensors",
      "step-0000010.safetensors",
    ]);
  });

  test("config.json has every option resolved: asked for, of the preset, and by default", () => {
    const config = json("strokes", "config.json");
    expect(config).toMatchObject({
      format: 1,
      method: "infogan",
      preset: "quick",
      options: { width: 0.1, noise: 4, codes: "balanced", variance: "fixed", categories: 10 },
      training: { steps: 10, batch: 8, seed: 3, averageDecay: 0.998, restarts: 1, sampleEvery: 5 },
      data: { name: "strokes", image: { channels: 1, height: 16, width: 16 } },
      host: { device: "cpu", threads: 1 },
      command: `npx ganymede train infogan --data strokes --size 16 --steps 10 --seed 3 --out strokes --json ${tiny}`,
    });
  });

  test("--json: one line on stdout, the same numbers as evaluation.json; progress on stderr, without control codes", () => {
    expect(strokes.out).toMatch(/^\{.*\}\n$/);
    const { run, report, seconds, warnings, ...numbers } = parse(strokes.out);
    expect([run, report, warnings]).toEqual(["strokes", "strokes/report.html", []]);
    expect(seconds).toBeGreaterThan(0);
    expect(numbers).toEqual(json("strokes", "evaluation.json"));
    const lines = strokes.err.trimEnd().split("\n");
    expect(lines[0]).toMatch(
      /^training 1\/10 {2}discriminator \d\.\d+ {2}generator \d\.\d+ {2}information \d\.\d+$/,
    );
    expect(lines).toContainEqual(expect.stringMatching(/^training 10\/10 .* [\d.]+ pictures\/s, 0s left$/));
    expect(lines.slice(-1)).toEqual(["writing models and report"]);
    expect(strokes.err).not.toMatch(/[^\n\x20-\x7e]/);
  });

  test("report.html contains the numbers, the command and the pictures, and nothing unfinished", () => {
    const html = textOf(cwd, "strokes", "report.html");
    const { pictures, skipped, confusion, correlations, ...numbers } = json("strokes", "evaluation.json");
    expect([pictures, skipped]).toEqual([10_000, 0]);
    expect(html.match(/10,?000 test pictures/g)?.toSorted()).toEqual([
      "10,000 test pictures", // the facts
      "10,000 test pictures", // the summary
    ]);
    expect(confusion).toBeDefined();
    expect(correlations).toBeDefined();
    expect(Object.keys(numbers)).toEqual(
      expect.arrayContaining(["cluster_accuracy", "nmi", "mig", "code_correlation_slant", "factorvae_score"]),
    );
    for (const [key, value] of Object.entries(numbers)) {
      expect(html).toContain(key);
      expect(html).toContain(formatNumber(Number(value)));
    }
    expect(html).toContain("npx ganymede train infogan --data strokes --size 16");
    expect(html.match(/<img[^>]*src="data:image\/png;base64,/g)?.length).toBeGreaterThanOrEqual(5);
    expect(html).not.toMatch(/undefined|\bNaN\b|\[object|TODO|\{\{/);
  });

  test("prints what was learned and where the report is", async () => {
    const { out } = await succeed(cwd, `train infogan --data folder:pictures --steps 1 --out short ${tiny}`);
    expect(out).toMatch(
      /^Trained in \d+s\.\nWithout labels, the code names the class of [\d.]+ % of the 2 test pictures of folder:pictures\.\n(c1: \d = \w+ \(\d+ % of \d\).*\n)?(c1 .*\n)*c1 was given to no test picture: [\d, ]+\nReport: short\/report\.html\n$/,
    );
  });

  test("few test pictures: counted, with a warning, on the terminal and in the report", () => {
    const warning =
      "Measured on 2 test pictures: too few for the numbers to mean much, as a single one moves";
    expect(run.err).toContain(
      `warning ${warning} a share by 50 %.\n  Training with --set testShare=0.5 holds out half`,
    );
    expect(textOf(cwd, "run", "report.html")).toContain(warning);
    expect(strokes.err).not.toContain("warning");
  });

  test("models that cannot be written cost no report: a warning says what happened", async () => {
    cpSync(join(cwd, "run"), join(cwd, "unexported"), { recursive: true });
    rmSync(join(cwd, "unexported", "report.html"));
    rmSync(join(cwd, "unexported", "models", "generator.onnx"));
    mkdirSync(join(cwd, "unexported", "models", "generator.onnx", "in the way"), { recursive: true });
    const { out, err } = await succeed(cwd, "train --resume unexported --json");
    const warning =
      "The ONNX models were not exported. unexported/models/generator.onnx: expected to write it, received a folder where a file should be.";
    expect(err).toContain(`warning ${warning}\n`);
    expect(err).toContain("Try again: npx ganymede export unexported\n");
    expect(parse(out)["warnings"]).toContainEqual(expect.stringContaining(warning));
    expect(textOf(cwd, "unexported", "report.html")).toContain(warning);
  });

  test("options of the data go after --set as all others do, alone or beside an equal flag", async () => {
    const command = `train infogan --data folder:pictures --size 20 --steps 1 --out halves ${tiny}`;
    await succeed(cwd, `${command} testShare=0.5 data.seed=4 size=20 channels=null`);
    expect(json("halves", "evaluation.json")["pictures"]).toBe(PICTURES / 2);
    expect(json("halves", "config.json")).toMatchObject({
      training: { seed: 1 },
      data: { options: { testShare: 0.5, seed: 4, size: 20 } },
    });
    const { out } = await succeed(cwd, "train --resume halves --set data.seed=4 testShare=0.5 --size 20");
    expect(out).toContain("halves is complete");
    expect((await ganymede(cwd, "train --resume halves --set data.seed=5")).err).toContain(
      "error --resume halves, --set data.seed: expected 4, as the run was begun, received 5.\n",
    );
  });

  test("one training picture, and two in all: a run like any other", async () => {
    for (const [name, count] of [
      ["two", 2],
      ["four", 4],
    ] as const) {
      // prettier-ignore
      await drawPictures(join(cwd, name), count);
      const { err } = await succeed(
        cwd,
        `train infogan --data folder:${name} --steps 10 --threads 1 --set width=0.25 baselineSteps=0 --out of-${name}`,
      );
      const caution = `${count - 2 || 1} training picture${count === 2 ? " is" : "s are"} fewer than a batch of 64`;
      expect(err.split(caution)).toHaveLength(2); // said once
      expect(textOf(cwd, `of-${name}`, "report.html")).toContain(caution);
      expect(names(`of-${name}`, "models")).toContain("encoder.onnx");
    }
  });

  test("--skip-bad: what was left out is counted everywhere", async () => {
    cpSync(join(cwd, "pictures"), join(cwd, "some-bad"), { recursive: true });
    writeFileSync(join(cwd, "some-bad", "left", "text.png"), "no picture at all");
    const { out, err } = await succeed(
      cwd,
      `train infogan --data folder:some-bad --skip-bad --steps 1 --out with-bad --json ${tiny}`,
    );
    expect(err).toContain("some-bad/left/text.png: a file of another format\n");
    expect(err).toContain("warning 1 file could not be read: left out.\n");
    expect(parse(out)["skipped"]).toBe(1);
    expect(json("with-bad", "evaluation.json")["skipped"]).toBe(1);
    expect(textOf(cwd, "with-bad", "report.html")).toContain(
      "1 file of the data could not be read: left out.",
    );
  });

  test("--no-features leaves out the scores of features, which evaluate then adds", async () => {
    const short = "--threads 1 --batch 8 --steps 1 --set width=0.1";
    await succeed(cwd, `train ae --data folder:pictures ${short} --out without --no-features`);
    const before = json("without", "evaluation.json");
    expect(Object.keys(before)).toContain("reconstruction_error");
    expect(Object.keys(before).filter((key) => key.startsWith("knn1_accuracy"))).toEqual([]);
    await succeed(cwd, "evaluate without --threads 1");
    const after = json("without", "evaluation.json");
    expect(after).toMatchObject(before);
    expect(textOf(cwd, "without", "report.html")).toContain("knn1_accuracy");
    // A number that is kept keeps what must be known of it.
    const file = join(cwd, "without", "evaluation.json");
    writeFileSync(file, JSON.stringify({ ...after, unconverged: ["linear_probe_accuracy"] }));
    await succeed(cwd, "evaluate without --threads 1 --no-features");
    expect(textOf(cwd, "without", "report.html")).toContain("linear_probe_accuracy: the fit was given up");
    writeFileSync(file, "{");
    const { status, err } = await ganymede(cwd, "compare without run");
    expect([status, err]).toEqual([
      1,
      expect.stringMatching(
        /evaluation\.json: expected a JSON file of numbers, received a file that is not JSON\.\n$/,
      ),
    ]);
  });

  test("--force replaces a run", async () => {
    cpSync(join(cwd, "run"), join(cwd, "old"), { recursive: true });
    writeFileSync(join(cwd, "old", "notes.txt"), "of the old run");
    await succeed(cwd, `train infogan --data folder:pictures --steps 1 --out old --force ${tiny}`);
    expect(names("old")).not.toContain("notes.txt");
    expect(json("old", "config.json")).toMatchObject({ training: { steps: 1 } });
  });

  test("without --out, a new folder in runs/ each time", async () => {
    const command = `train infogan --data folder:pictures --steps 1 --seed 7 --json ${tiny}`;
    expect(parse((await succeed(cwd, command)).out)["run"]).toBe("runs/infogan-folder-pictures-default-7");
    expect(parse((await succeed(cwd, command)).out)["run"]).toBe("runs/infogan-folder-pictures-default-7-2");
  });
});

describe("sample and traverse", () => {
  test("sample draws as many as asked, the same for the same seed", async () => {
    const { out } = await succeed(cwd, "sample run --count 7 --columns 4 -o a.png");
    expect(out).toBe("a.png\n");
    expect(await size("a.png")).toBe(await sheet(4, 2));
    await succeed(cwd, "sample run --count 7 --columns 4 -o b.png --json");
    await succeed(cwd, "sample run --count 7 --columns 4 -o c.png --seed 2");
    const bytes = (file: string) => readFileSync(join(cwd, file)).toString("base64");
    expect(bytes("b.png")).toBe(bytes("a.png"));
    expect(bytes("c.png")).not.toBe(bytes("a.png"));
  });

  test("sample --json says where", async () => {
    const { out } = await succeed(cwd, "sample run --json");
    expect(parse(out)).toEqual({ file: "run/sample.png", count: 64, seed: 1 });
    expect(await size("run/sample.png")).toBe(await sheet(8, 8));
  });

  test("traverse makes a picture of every code", async () => {
    const { out } = await succeed(cwd, "traverse run --rows 3 --columns 5 -o t");
    expect(out).toBe("t-c1.png\nt-c2.png\nt-c3.png\n");
    expect(await size("t-c1.png")).toBe(await sheet(10, 3));
    expect(await size("t-c2.png")).toBe(await sheet(5, 3));
  });

  test("interpolate walks between pictures of the data, files and draws", async () => {
    const { out, err } = await succeed(cwd, "interpolate run test:0 seed:4 --columns 4 -o w.png");
    expect(out).toBe("w.png\n");
    expect(err).toContain("The encoder says nothing of z");
    expect(await size("w.png")).toBe(await sheet(5, 1));
    await succeed(cwd, "interpolate run test:0 train:1 --columns 4 -o w.png");
    expect(await size("w.png")).toBe(await sheet(6, 1));
    const { out: said } = await succeed(cwd, "interpolate run seed:1 seed:2 --kind spherical --json");
    expect(parse(said)).toMatchObject({ file: "run/interpolate.png", a: "seed:1", kind: "spherical" });
  });

  test("interpolate ends at its ends, whichever way and along whatever line", async () => {
    const way = (line: string) =>
      succeed(cwd, `interpolate run ${line} --columns 4 -o w.png`).then(() => tiles("w.png"));
    const sphere = await way("seed:1 seed:2 --kind spherical");
    const back = await way("seed:2 seed:1 --kind spherical");
    const line = await way("seed:1 seed:2 --kind linear");
    expect(new Set(sphere).size).toBe(4);
    expect([sphere[0], sphere[3]]).toEqual([back[3], back[0]]);
    expect([sphere[0], sphere[3]]).toEqual([line[0], line[3]]);
    expect(sphere[1]).not.toBe(line[1]);
  });

  test("traverse of one dimension of the noise: twice the reach in as many more steps holds the same pictures", async () => {
    const { out } = await succeed(cwd, "traverse run --part z --index 2 --rows 2 --columns 3 --json");
    expect(parse(out)).toEqual({ files: ["run/traverse-z.png"] });
    const near = await tiles("run/traverse-z.png");
    expect(new Set(near).size).toBe(3);
    const way = "traverse run --part z --rows 2 --columns 5 --reach 2 -o far --index";
    await succeed(cwd, `${way} 2`);
    expect((await tiles("far-z.png")).slice(1, 4)).toEqual(near);
    await succeed(cwd, `${way} 3`);
    expect((await tiles("far-z.png"))[1]).not.toBe(near[0]);
  });
});

/** The pictures of 28x28 in the first row of a sheet, each as text. */
async function tiles(file: string): Promise<string[]> {
  const sheet = sharp(join(cwd, file));
  const { width } = await sheet.metadata();
  const place = (i: number) => ({ left: i * 58, top: 0, width: 56, height: 56 });
  const one = (i: number) => sheet.clone().extract(place(i)).raw().toBuffer();
  const all = await Promise.all(Array.from({ length: (width + 2) / 58 }, (_, i) => one(i)));
  return all.map((bytes) => bytes.toString("base64"));
}

/** Size of a sheet of 28x28 pictures: what `sample` with the same columns and rows makes. */
async function sheet(columns: number, rows: number): Promise<string> {
  const { grid } = await import("../../src/report/index.js");
  const shape = { channels: 1, height: 28, width: 28 } as const;
  const png = grid({ images: new Float32Array(columns * rows * 784), shape, columns });
  const { width, height } = await sharp(png).metadata();
  return `png ${width}x${height}`;
}

/** Columns of an .npy file of float32, read by its documentation. */
function readNpy(file: string): { rows: number; columns: Float32Array[] } {
  const bytes = readFileSync(join(cwd, file));
  expect(bytes.subarray(0, 8)).toEqual(Buffer.from("\x93NUMPY\x01\x00", "latin1"));
  const start = 10 + bytes.readUInt16LE(8);
  const header = bytes.subarray(10, start).toString("latin1");
  const [, rows, width] = (/'shape': \((\d+), (\d+)\)/.exec(header) ?? []).map(Number);
  const values = new Float32Array(new Uint8Array(bytes.subarray(start)).buffer);
  const columns = Array.from({ length: width ?? 0 }, (_, i) =>
    values.filter((__, at) => at % (width ?? 1) === i),
  );
  return { rows: rows ?? 0, columns };
}

const FEATURES = [...Array.from({ length: 10 }, (_, i) => `c1_${i}`), "c2", "c3"];

describe("extract", () => {
  test("the four formats hold the same: file, label, likeliest code, features", async () => {
    const column = ["file", "label", "label_name", "c1", ...FEATURES];
    for (const format of ["parquet", "csv", "jsonl"]) {
      const { out } = await succeed(cwd, `extract run pictures -o f.${format} --json`);
      expect(parse(out)).toEqual({ file: `f.${format}`, pictures: PICTURES, skipped: 0, columns: column });
    }
    const { out } = await succeed(cwd, "extract run pictures -o f.npy --json");
    const matrix = {
      file: "f.npy",
      names: "f.columns.json",
      pictures: PICTURES,
      skipped: 0,
      columns: FEATURES,
    };
    expect(parse(out)).toEqual(matrix);
    expect(JSON.parse(textOf(cwd, "f.columns.json"))).toEqual(FEATURES);
    const rows = textOf(cwd, "f.jsonl").trimEnd().split("\n").map(parse);
    expect(rows).toHaveLength(PICTURES);
    expect(Object.keys(rows[0] ?? {})).toEqual(column);
    expect(new Set(rows.map((row) => String(row["file"]).split("/")[0]))).toEqual(new Set(["left", "right"]));
    for (const row of rows) {
      const probabilities = FEATURES.slice(0, 10).map((name) => Number(row[name]));
      expect(probabilities.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
      expect(probabilities[Number(row["c1"])]).toBe(Math.max(...probabilities));
      expect(row["label_name"]).toBe(String(row["file"]).split("/")[0]);
      expect(row["label"]).toBe(row["label_name"] === "left" ? 0 : 1);
    }

    const csv = textOf(cwd, "f.csv").trimEnd().split("\n");
    expect(csv[0]).toBe(column.join(","));
    expect(csv.slice(1)).toEqual(rows.map((row) => column.map((name) => row[name]).join(",")));

    const { columns } = readNpy("f.npy");
    expect(columns).toHaveLength(FEATURES.length);
    FEATURES.forEach((name, i) =>
      expect(columns[i]).toEqual(Float32Array.from(rows, (row) => Number(row[name]))),
    );

    const file = new Uint8Array(readFileSync(join(cwd, "f.parquet"))).buffer;
    const parquet = await parquetReadObjects({ file });
    const rounded = parquet.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([k, v]) => [k, typeof v === "number" ? Math.fround(v) : v]),
      ),
    );
    const wanted = rows.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([k, v]) => [k, typeof v === "number" ? Math.fround(v) : v]),
      ),
    );
    expect(rounded).toEqual(wanted);
  });

  test("`train` and `test` are the parts of the run's own data", async () => {
    const { out } = await succeed(cwd, "extract run test -o test.csv");
    expect(out).toBe("test.csv: 2 pictures, 16 columns\n");
    const { out: rest } = await succeed(cwd, "extract run train -o train.csv");
    expect(rest).toBe("train.csv: 22 pictures, 16 columns\n");
    const lines = (file: string) => textOf(cwd, file).trimEnd().split("\n").slice(1);
    const together = await succeed(cwd, "extract run pictures -o all.csv").then(() => lines("all.csv"));
    expect([...lines("test.csv"), ...lines("train.csv")].toSorted()).toEqual(together.toSorted());
  });

  test("of an endless set the first 10,000, which is said, or as many as asked", async () => {
    const { out, err } = await succeed(cwd, "extract strokes train -o strokes.npy --json");
    expect(parse(out)).toMatchObject({ pictures: 10_000 });
    expect(err).toContain(
      "warning This set is endless: the first 10,000 pictures. --count takes more, or fewer.\n",
    );
    expect(readNpy("strokes.npy").rows).toBe(10_000);
    const few = await succeed(cwd, "extract strokes train -o strokes.npy --count 30");
    expect(few.out).toBe("strokes.npy: 30 pictures, 12 columns; their names: strokes.columns.json\n");
    expect(few.err).not.toContain("endless");
    expect(readNpy("strokes.npy").rows).toBe(30);
  });

  test("--count beyond what is there", async () => {
    const { out, err } = await succeed(cwd, "extract run test --count 50 -o few.csv");
    expect(out).toBe("few.csv: 2 pictures, 16 columns\n");
    expect(err).toContain("warning There are only 2 pictures.\n");
  });

  test("pictures of mixed sizes, colours and formats; a single one too", async () => {
    const folder = join(cwd, "mixed");
    mkdirSync(folder);
    const background = { r: 10, g: 200, b: 90 };
    const picture = (width: number, height: number, channels: 3 | 4 = 3) =>
      sharp({ create: { width, height, channels, background } });
    await picture(7, 300).png().toFile(join(folder, "a.png"));
    await picture(64, 64, 4).webp().toFile(join(folder, "b.webp"));
    await picture(300, 20).jpeg().toFile(join(folder, "c.JPG"));
    const { out } = await succeed(cwd, "extract run mixed -o mixed.csv");
    expect(out).toBe("mixed.csv: 3 pictures, 14 columns\n"); // no labels
    mkdirSync(join(cwd, "single"));
    await picture(30, 30)
      .png()
      .toFile(join(cwd, "single", "a.png"));
    expect((await succeed(cwd, "extract run single -o single.csv")).out).toContain("1 picture,");
  });

  test("a set by its name, made as the run's pictures are; a folder of that name has its path", async () => {
    const { out } = await succeed(cwd, "extract run mnist --count 5 -o digits.csv");
    expect(out).toBe("digits.csv: 5 pictures, 15 columns\n");
    cpSync(join(cwd, "single"), join(cwd, "mnist"), { recursive: true });
    expect((await succeed(cwd, "extract run ./mnist -o own.csv")).out).toContain("1 picture,");
    expect((await succeed(cwd, "extract run folder:single -o own.csv")).out).toContain("1 picture,");
  });

  test("a broken picture is named and nothing is written; --skip-bad goes on and counts", async () => {
    const folder = join(cwd, "broken");
    cpSync(join(cwd, "pictures"), folder, { recursive: true });
    const whole = readFileSync(join(folder, "left", "0.png"));
    writeFileSync(join(folder, "left", "cut.png"), whole.subarray(0, whole.length - 40));
    writeFileSync(join(folder, "right", "text.png"), "no picture at all");
    expect(await ganymede(cwd, "extract run broken -o broken.csv")).toMatchObject({
      status: 1,
      out: "",
      err: expect.stringContaining(
        "error broken/left/cut.png: expected a PNG, JPEG or WebP picture, received one that is damaged or cut off.\n" +
          "  Repair or remove it, or leave out such files with --skip-bad.\n",
      ) as string,
    });
    expect(textOf(cwd, "broken.csv")).toBe("");
    const { out, err } = await succeed(cwd, "extract run broken -o broken.csv --skip-bad");
    expect(out).toBe(`broken.csv: ${PICTURES} pictures, 16 columns, 2 left out\n`);
    expect(err).toContain("left out broken/left/cut.png: one that is damaged or cut off\n");
    expect(err).toContain("left out broken/right/text.png: a file of another format\n");
  });
});

describe("evaluate", () => {
  test("--json is evaluation.json, the same as after the training", async () => {
    const before = json("run", "evaluation.json");
    const { out, err } = await succeed(cwd, "evaluate run --json --threads 1");
    expect(out).toMatch(/^\{.*\}\n$/);
    expect(err).toMatch(
      /^(reading pictures .*\n)*reading test pictures\nreading test pictures 2\/2.*\nmeasuring on test data 0\/6\n(measuring .*\n)*measuring on test data 6\/6.*\nwarning Measured on 2 test pictures: too few.*\n.*\n$/,
    );
    expect(parse(out)).toEqual(before);
    expect(json("run", "evaluation.json")).toEqual(before);
    expect(before).toMatchObject({ pictures: 2, confusion: { classes: ["left", "right"] } });
  });

  test("leaves the report as the training wrote it, where nothing new was measured", async () => {
    const report = () => textOf(cwd, "run", "report.html");
    const before = report();
    writeFileSync(join(cwd, "run", "report.html"), "an old one");
    await succeed(cwd, "evaluate run --no-features --threads 1");
    expect(report()).toBe(before);
  });

  test("says in the report which models are missing", async () => {
    cpSync(join(cwd, "run"), join(cwd, "incomplete"), { recursive: true });
    rmSync(join(cwd, "incomplete", "models", "encoder.onnx"));
    await succeed(cwd, "evaluate incomplete --no-features --threads 1");
    expect(textOf(cwd, "incomplete", "report.html")).toContain("Not exported: models/encoder.onnx.");
  });

  test("--judge: what a classifier says of the run's pictures goes into judged.json and the report", async () => {
    const train = (method: string) =>
      succeed(
        cwd,
        `train ${method} --data folder:pictures --threads 1 --batch 8 --steps 2 --set width=0.1 --out by-${method}`,
      );
    await train("classifier");
    expect((await ganymede(cwd, "traverse by-classifier")).err).toBe(
      "error classifier: expected a method that trains a generator, received one that never does.\n",
    );
    await train("ae");
    const report = () => textOf(cwd, "by-ae", "report.html");
    expect(report()).not.toContain("class_kept");
    const { out } = await succeed(
      cwd,
      "evaluate by-ae --judge by-classifier --no-features --json --threads 1",
    );
    const { judge, judgeFingerprint, ...numbers } = json("by-ae", "judged.json");
    expect(judgeFingerprint).toMatch(/^[0-9a-f]{16}$/);
    expect([judge, Object.keys(numbers)]).toEqual(["by-classifier", ["class_kept"]]);
    expect(parse(out)).toMatchObject(numbers);
    expect(report()).toContain("class_kept");
    // As many pairs of pictures as there are test pictures.
    const [, png = ""] = /there and back.*?base64,([^"]+)"/s.exec(report()) ?? [];
    writeFileSync(join(cwd, "back.png"), Buffer.from(png, "base64"));
    expect(await size("back.png")).toBe(await sheet(2, 2));
    // A judge of other classes would find every picture wrong.
    await succeed(
      cwd,
      "train classifier --data strokes --size 28 --threads 1 --batch 8 --steps 1 --no-features --set width=0.1 --out digits",
    );
    const { status, err } = await ganymede(cwd, "evaluate by-ae --judge digits --no-features --threads 1");
    expect([status, err]).toEqual([
      1,
      expect.stringContaining(
        "error digits: expected the classes of the run (left, right), received 0, 1, 2",
      ),
    ]);
    // What is measured anew without a judge does not lose what the judge said.
    await succeed(cwd, "evaluate by-ae --no-features --threads 1");
    expect(report()).toContain("class_kept");
  });

  test("without --json, a line for every number", async () => {
    const { out } = await succeed(cwd, "evaluate run");
    expect(out).toMatch(/^On 2 test pictures:\ncluster_accuracy \d\.\d{4}\nnmi {14}\d\.\d{4}\n/);
  });
});

test("evaluate of a run without an encoder says so", async () => {
  await succeed(cwd, `train infogan --data strokes --size 16 --steps 1 --out plain ${tiny} variant=gan`);
  const { out, err } = await succeed(cwd, "evaluate plain");
  expect([out, err]).toEqual(["Nothing to measure: infogan with these options trains no encoder.\n", ""]);
});

describe("export", () => {
  test("without -o into the run, where train has written them already", async () => {
    const { out } = await succeed(cwd, "export run");
    expect(out).toMatch(
      /^run\/models\/generator\.onnx: latent -> pictures \(within .* of the run\)\nrun\/models\/encoder\.onnx: x -> c1, c2, c3 .*\n$/,
    );
  });

  const run = async (file: string, feeds: Record<string, Tensor>) => {
    const session = await InferenceSession.create(join(cwd, file));
    return { found: await session.run(feeds), session };
  };

  test("the encoder in a plain session agrees with what `extract` wrote, in batches of any size", async () => {
    const { out } = await succeed(cwd, "export run -o models --json");
    const exported = JSON.parse(out) as { file: string; outputs: string[]; difference: number }[];
    expect(exported.map(({ file, outputs }) => [file, outputs])).toEqual([
      ["models/generator.onnx", ["pictures"]],
      ["models/encoder.onnx", ["c1", "c2", "c3"]],
    ]);
    for (const { difference } of exported) expect(difference).toBeLessThanOrEqual(1e-5);

    await succeed(cwd, "extract run pictures -o export.npy");
    const { columns } = readNpy("export.npy");
    const { pictures } = await loadPictures({ path: join(cwd, "pictures"), size: 28, channels: 1 });
    for (const batch of [1, 5, PICTURES]) {
      const x = new Float32Array(batch * 784);
      pictures.read(
        Array.from({ length: batch }, (_, i) => i),
        x,
      );
      const { found } = await run("models/encoder.onnx", { x: new Tensor("float32", x, [batch, 1, 28, 28]) });
      expect(found["c1"]?.dims).toEqual([batch, 10]);
      const value = (name: string, row: number) => {
        const [part = "", i] = name.split("_");
        return Number(found[part]?.data[i === undefined ? row : 10 * row + Number(i)]);
      };
      for (const [i, name] of FEATURES.entries()) {
        for (let row = 0; row < batch; row++)
          expect(Math.abs(value(name, row) - (columns[i]?.[row] ?? NaN))).toBeLessThanOrEqual(1e-5);
      }
    }
  });

  test("the generator makes pictures in [0, 1] of a latent vector", async () => {
    const latent = new Tensor("float32", new Float32Array(3 * 16).fill(0.5), [3, 16]);
    const { found, session } = await run("run/models/generator.onnx", { latent });
    expect(session.inputNames).toEqual(["latent"]);
    const { dims, data } = found["pictures"]!;
    expect(dims).toEqual([3, 1, 28, 28]);
    const values = [...(data as Float32Array)];
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThanOrEqual(1);
    expect(new Set(values).size).toBeGreaterThan(50);
  });

  test("what a user of the file must know is in it", () => {
    const text = readFileSync(join(cwd, "run/models/encoder.onnx"), "latin1");
    for (const part of [
      "float32 in [0,1], batch x channels x height x width",
      "turned upright, transparency on white, resized to cover 28x28, centre crop, grey",
      '["left","right"]',
      '[{"name":"c1","kind":"categorical","size":10}',
      "infogan",
    ])
      expect(text).toContain(part);
  });
});
