import { describe, expect, test } from "vitest";
import { confusion } from "../../src/evaluate/index.js";
import { readDataOptions, strokes } from "../../src/data/index.js";
import { bigan, dann, trainingOptions, triplegan } from "../../src/methods/index.js";
import { parseOptions } from "../../src/options.js";
import type { DataConfig } from "../../src/run/config.js";
import {
  cautions,
  cautionsOfTraining,
  describe as inWords,
  domainsTitle,
  numbersInWords,
  summary,
} from "../../src/run/in-words.js";
import { informationOf } from "../../src/run/scores/codes.js";

const strokesOf = (size: number) => ({ ...strokes().train, size });
const dataOf = (name: string): DataConfig => ({
  name,
  options: readDataOptions({}),
  fingerprint: "",
  preprocessing: "",
  image: { channels: 1, height: 28, width: 28 },
  classes: ["a", "b"],
});
const config = {
  data: dataOf("mnist"),
  target: dataOf("folder:/some/where/scans"),
  options: { variant: "dann" },
};
const evaluation = {
  numbers: { test_error: 0.0123, target_accuracy: 0.91249, target_information: 0.8 },
  pictures: 10_000,
  labelled: 10_000,
  skipped: 0,
  target: { pictures: 2007, labelled: 2007, taught: false },
};

describe("what a classifier of two domains came to", () => {
  test("in sentences, with what it was not taught", () => {
    expect(summary(evaluation, config)).toEqual([
      "Of the 10,000 test pictures of mnist it names 98.8 % rightly.",
      "Of the 2,007 target pictures of folder:scans, whose labels it never saw, it names 91.2 % rightly.",
    ]);
  });

  test("no such claim where it was taught the target", () => {
    const taught = { ...evaluation, target: { ...evaluation.target, taught: true } };
    expect(summary(taught, config)[1]).toBe(
      "Of the 2,007 target pictures of folder:scans it names 91.2 % rightly.",
    );
  });

  test("classes that were taught stand for themselves: none is said to be matched", () => {
    const table = confusion(Int32Array.from([0, 1]), [0, 1], 2, 2);
    const named = { code: "class", table, matching: [0, 1], classes: ["a", "b"] };
    expect(inWords({ ...evaluation, confusion: named }, config)).toEqual(summary(evaluation, config));
  });

  test("a fit that did not converge is said", () => {
    const found = { ...evaluation, unconverged: ["domain_probe_accuracy"] };
    expect(cautions(found, config)).toEqual([
      "domain_probe_accuracy: the fit was given up before it converged, so the number is no property of the features yet.",
    ]);
    expect(cautions(evaluation, config)).toEqual([]);
  });

  test("each number has a meaning, and the paper's stands beside its own pair of sets alone", () => {
    const paper = dann.options.parse(dann.presets["paper"]?.options);
    const pair = { data: dataOf("mnist"), target: dataOf("mnist-m"), options: paper };
    expect(domainsTitle(pair)).toBe("mnist to mnist-m");
    const referencesOf = (domains: typeof config) =>
      numbersInWords(evaluation, domains, dann).map(({ reference }) => reference);
    expect(referencesOf(pair)).toEqual([undefined, "paper: 0.7666", undefined]);
    const floor = { ...pair, options: { ...paper, variant: "source-only" } };
    expect(referencesOf(floor)).toEqual([undefined, "paper: 0.5225", undefined]);
    expect(referencesOf(config)).toEqual([undefined, undefined, undefined]);
    const best = { ...pair, options: dann.options.parse(dann.presets["best"]?.options) };
    expect(referencesOf(best)).toEqual([undefined, undefined, undefined]);
    const narrow = { ...pair, options: { ...paper, width: 0.5 } };
    expect(referencesOf(narrow)).toEqual([undefined, undefined, undefined]);
    for (const { key, meaning, direction } of numbersInWords(evaluation, config, dann)) {
      expect(meaning, key).not.toBe(key);
      expect(direction, key).toMatch(/better/);
    }
  });
});

test("where presets differ in length alone, the paper's number says how long it trained", () => {
  const options = bigan.options.parse({});
  const measured = { ...evaluation, numbers: { knn1_accuracy: 0.96 } };
  const [number] = numbersInWords(measured, { data: dataOf("mnist"), options }, bigan);
  expect(number?.reference).toBe("paper: 0.9739 (400 epochs)");
});

test("the paper's number stands beside a run with as many labels as the paper's alone", () => {
  const referencesOf = (labels: number | null) => {
    const data = { ...dataOf("mnist"), options: readDataOptions({ labels }) };
    const options = triplegan.options.parse(triplegan.presets["quick"]?.options);
    return numbersInWords(evaluation, { data, options }, triplegan).map(({ reference }) => reference);
  };
  expect(referencesOf(100)[0]).toMatch(/^paper: 0\.0091/);
  expect(referencesOf(1000)[0]).toBeUndefined();
  expect(referencesOf(null)[0]).toBeUndefined();
});

test("a code follows a factor where no other code does nearly as well", () => {
  const sentencesFor = (...values: number[]) => {
    const codes = values.map((_, i) => `z_${i}`);
    const correlations = { codes, factors: ["slant"], values: values.map((value) => [value]) };
    return summary({ ...evaluation, numbers: {}, correlations }, config);
  };
  expect(sentencesFor(0.1, 0.9, 0.3)).toEqual(["z_1 follows slant (|r| 0.90)."]);
  expect(sentencesFor(0.7)).toEqual(["z_0 follows slant (|r| 0.70)."]);
  // Of many codes of an untrained encoder some follow by chance.
  expect(sentencesFor(0.6, 0.66, 0.58)).toEqual([]);
  expect(sentencesFor(0.4, 0.1)).toEqual([]);
});

test("informationOf: 1 for sure and even answers, 0 for one answer to everything and for guesses", () => {
  const of = (rows: number[][]) =>
    informationOf({ data: Float32Array.from(rows.flat()), width: rows[0]!.length });
  // prettier-ignore
  expect(of([[1, 0], [0, 1], [0, 1], [1, 0]])).toBeCloseTo(1, 6);
  // prettier-ignore
  expect(of([[1, 0], [1, 0], [1, 0]])).toBeCloseTo(0, 6);
  // prettier-ignore
  expect(of([[0.5, 0.5], [0.5, 0.5]])).toBeCloseTo(0, 6);
  const half = -(0.9 * Math.log2(0.9) + 0.1 * Math.log2(0.1));
  // prettier-ignore
  expect(of([[0.9, 0.1], [0.1, 0.9]])).toBeCloseTo(1 - half, 6);
});

describe("too few pictures", () => {
  const parts = (train: number) => ({ train: strokesOf(train), test: strokesOf(10) });
  const training = {
    training: parseOptions(trainingOptions, { batch: 64 }, "training"),
    data: dataOf("strokes"),
  };

  test("to train on: fewer than a batch, or than half of one where two domains share it", () => {
    expect(cautionsOfTraining({ data: parts(64) }, training)).toEqual([]);
    expect(cautionsOfTraining({ data: parts(63) }, training)[0]).toMatch(
      /^63 training pictures are fewer than a batch of 64: /,
    );
    expect(cautionsOfTraining({ data: parts(32), target: parts(32) }, training)).toEqual([]);
    expect(cautionsOfTraining({ data: parts(40), target: parts(1) }, training)).toEqual([
      expect.stringMatching(/^1 training picture of the target is fewer than half a batch of 64: /),
    ]);
  });

  test("or the same ones as source and target", () => {
    const domains = { data: parts(64), target: parts(64) };
    const other = { ...dataOf("strokes"), fingerprint: "another" };
    expect(cautionsOfTraining(domains, { ...training, target: other })).toEqual([]);
    // Of a source of which some labels are kept, the test pictures are the same.
    const data = { ...dataOf("strokes"), testFingerprint: "tests" };
    const fewLabels = { ...training, data, target: { ...other, testFingerprint: "tests" } };
    for (const same of [{ ...training, target: dataOf("strokes") }, fewLabels]) {
      expect(cautionsOfTraining(domains, same)).toEqual([
        "Source and target are the same pictures, so the numbers of the target tell nothing new.",
      ]);
    }
  });

  test("to measure on, of either domain", () => {
    expect(cautions(evaluation, config)).toEqual([]);
    const few = { ...evaluation, target: { pictures: 2, labelled: 2, taught: false } };
    const said =
      "Measured on 2 test pictures of the target: too few for the numbers to mean much, as a single one moves a share by 50 %.";
    const more = "\n  Training with --set testShare=0.5 holds out half of the pictures.";
    expect(cautions(few, config)).toEqual([said + more]);
    const half = { ...config.target, options: readDataOptions({ testShare: 0.5 }) };
    expect(cautions(few, { ...config, target: half })).toEqual([said]);
    // Other data stands in place of the target's: what is said of more pictures is of those.
    const fewer = { ...few, pictures: 20, labelled: 20 };
    const own = { ...config, data: dataOf("folder:/some/digits") };
    const hints = (on: { whole: boolean }) =>
      cautions(fewer, own, on).map((caution) => caution.split("\n  ")[1]);
    const held = more.trim();
    expect(hints({ whole: false })).toEqual([held, "--whole measures on all of its pictures."]);
    expect(hints({ whole: true })).toEqual([held, undefined]);
    expect(cautions({ ...evaluation, pictures: 50, labelled: 50 }, config)).toEqual([
      expect.stringMatching(/^Measured on 50 test pictures: [^\n]+$/),
    ]);
  });

  test("only labels count where there are classes", () => {
    const some = { ...evaluation, pictures: 10, labelled: 4 };
    expect(summary(some, config)[0]).toBe(
      "Of the 4 labelled test pictures of mnist it names 98.8 % rightly.",
    );
    expect(cautions(some, config)[0]).toMatch(/^Measured on 4 labelled test pictures: .* by 25 %\.$/);
    expect(cautions({ ...evaluation, pictures: 6, labelled: 0 }, config)).toEqual([
      "Labels of the 6 test pictures: none, so what needs them was not measured.",
    ]);
    const nameless = { data: { ...dataOf("folder:/pictures"), classes: [] } };
    expect(cautions({ pictures: 6, labelled: 0 }, nameless)[0]).toMatch(/^Measured on 6 test pictures: /);
  });
});
