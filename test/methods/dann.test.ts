import { describe, expect, test } from "vitest";
import { type Dataset, strokes } from "../../src/data/index.js";
import { hostRandom } from "../../src/engine/random.js";
import { dann, type Method, trainingOptions } from "../../src/methods/index.js";
import { parseOptions } from "../../src/options.js";
import { evaluateModel } from "../../src/run/evaluation.js";
import { type Model, createTrainer } from "../../src/train/index.js";
import {
  expectTwin,
  held,
  host,
  playersMoved,
  programOf,
  setWeights,
  trace as traceStep,
  twinsOf,
} from "./twin.js";

type Options = Parameters<typeof dann.step>[2];
const method: Method = dann;
const optionsOf = (given: object = {}): Options =>
  parseOptions(dann.options, { width: 0.1, ...given }, "dann");

const SIDE = 16;

/** One step of the method on 4 + 4 pictures of 4 classes. */
function trace(options: Options, channels = 1) {
  const a = options.augmentation;
  const limits: Record<string, number> = {
    rotation: (10 * a * Math.PI) / 180,
    shear: 0.2 * a,
    "scale x": 0.1 * a,
    "scale y": 0.1 * a,
    "shift x": a / 7,
    "shift y": a / 7,
  };
  const limit = (name: string) => limits[name.split("/").at(-1) ?? ""] ?? 1;
  const data = { image: { channels, height: SIDE, width: SIDE }, classes: 4 };
  return traceStep(method, options, { data, batch: 8, limit });
}

test.each(twinsOf("dann"))("three steps, %s, are PyTorch's", async (_name, twin) => {
  const { channels } = twin as typeof twin & { readonly channels: number };
  await expectTwin(trace(optionsOf(twin.options), channels), twin);
});

describe("an update moves its players and nothing else", () => {
  test.each<[string, object, string[][]]>([
    ["joint", {}, [["F", "P", "W"]]],
    ["conditional", { conditional: true }, [["F", "P", "W"]]],
    ["alternate", { training: "alternate" }, [["W"], ["F", "P"]]],
    ["alternate, conditional", { training: "alternate", conditional: true }, [["W"], ["F", "P"]]],
    ["alternate, swapped", { training: "alternate", confusion: "swap" }, [["W"], ["F", "P"]]],
    ["source only", { variant: "source-only" }, [["F", "P"]]],
    ["target only", { variant: "target-only" }, [["F", "P"]]],
  ])("%s", async (_name, given, expected) => {
    const { moved, followed } = await playersMoved(trace(optionsOf({ net: "best", ...given })));
    expect(moved).toEqual(expected);
    // Only F has statistics.
    expect(followed).toEqual(expected.map((players) => players.filter((player) => player === "F")));
  });
});

describe("the weight of the reversed gradient", () => {
  test.each<[string, object, number, number]>([
    ["rises from 0", {}, 0, 0],
    ["to 2 / (1 + exp(-5)) - 1 at half of the steps", {}, 0.5, 0.9866142981514303],
    ["to a little less than 1", {}, 1, 0.9999092042625951],
    ["to a little less than its value", { lambdaValue: 0.5 }, 1, 0.49995460213129755],
    ["or is constant", { lambda: "constant", lambdaValue: 0.3 }, 0, 0.3],
  ])("%s", async (_name, given, progress, expected) => {
    const program = await programOf(trace(optionsOf(given)));
    const { lambda } = await program.step(0, progress);
    expect(lambda).toBeCloseTo(expected, 6);
  });

  test.each([false, true])(
    "reaches F alone: W and P learn the same whatever it is (conditional %s)",
    async (conditional) => {
      const after = async (lambdaValue: number) => {
        const program = await programOf(trace(optionsOf({ lambda: "constant", lambdaValue, conditional })));
        setWeights(program);
        await program.step(0, 0);
        const of = (player: string) =>
          [...program.state]
            .filter(([name]) => name.startsWith(`${player}.`))
            .map(([, v]) => v.join())
            .join();
        return { F: of("F"), P: of("P"), W: of("W") };
      };
      const [weak, strong] = [await after(0), await after(3)];
      expect(strong.P).toBe(weak.P);
      expect(strong.W).toBe(weak.W);
      expect(strong.F).not.toBe(weak.F);
    },
  );
});

test("what is logged, with W that tells nothing yet: both domain terms are log 2, and half of the calls are right", async () => {
  const program = await programOf(trace(optionsOf({ targetEntropy: 0.1 })));
  for (const [name, values] of program.state) if (/^[PW]\./.test(name)) values.fill(0);
  const logged = await program.step(0, 1);
  expect(Object.keys(logged).toSorted()).toEqual(
    ["class_loss", "domain_accuracy", "domain_loss", "lambda", "target_entropy", "total_loss"].toSorted(),
  );
  expect(logged["domain_loss"]).toBeCloseTo(2 * Math.log(2), 5);
  expect(logged["domain_accuracy"]).toBeCloseTo(0.5, 6);
  expect(logged["class_loss"]).toBeCloseTo(Math.log(4), 5);
  expect(logged["target_entropy"]).toBeCloseTo(Math.log(4), 5);
  expect(logged["total_loss"]).toBeCloseTo(2 * Math.log(2) + 1.1 * Math.log(4), 5);
});

test("pictures too small for the convolutions are refused", () => {
  const shape = { image: { channels: 1, height: 15, width: 20 }, classes: 4 };
  expect(() => dann.networks(shape, optionsOf())).toThrow(
    "dann: expected pictures of at least 16x16 with net=paper, received 15x20.\n  Choose a size with --size, such as 28 or 32.",
  );
  expect(() => dann.networks(shape, optionsOf({ net: "best" }))).not.toThrow();
});

/** The same pictures on grey paper, in less contrast, with noise. */
function faint(data: Dataset): Dataset {
  const pixels = data.image.height * data.image.width;
  return {
    ...data,
    name: "faint",
    read: (indices, out) => {
      data.read(indices, out);
      for (let i = 0; i < indices.length; i++) {
        const random = hostRandom(5, `faint ${indices[i]}`);
        for (let at = i * pixels; at < (i + 1) * pixels; at++)
          out[at] = 0.3 + 0.4 * out[at]! + 0.2 * random.uniform();
      }
    },
  };
}

const drawn = strokes({ seed: 3, size: SIDE });
const source = { train: { ...drawn.train, size: 2000 }, test: { ...drawn.test, size: 1000 } };
const target = { train: faint(source.train), test: faint(source.test) };

async function trained(
  given: object,
  steps: number,
  domains: { readonly target?: Dataset } = { target: target.train },
): Promise<Model> {
  const options = optionsOf({ net: "best", width: 0.25, rule: "adam", learningRate: 4e-3, ...given });
  const training = parseOptions(trainingOptions, { steps, batch: 64, averageDecay: 0.9 }, "training");
  const trainer = held(
    await createTrainer({ method, options, training, data: source.train, host, ...domains }),
  );
  trainer.reset();
  for (let step = 0; step < steps; step++) await trainer.step(step);
  return held(await trainer.model());
}

test("names faint strokes by the labels of plain ones: better than without the target, and than without the adversary", async () => {
  const scoresOf = async (given: object) => {
    const model = await trained(given, 150);
    const domains = { data: source, target };
    const { numbers, target: read } = await evaluateModel(model, domains, { seed: 1, features: false });
    expect(read).toEqual({ pictures: 1000, labelled: 1000, taught: false });
    expect(numbers["test_error"], "on the source").toBeLessThan(0.05);
    return {
      accuracy: numbers["target_accuracy"]!,
      information: numbers["target_information"]!,
    };
  };
  const [adapted, alone] = [await scoresOf({}), await scoresOf({ variant: "source-only" })];
  const control = await scoresOf({ lambda: "constant", lambdaValue: 0 });
  const inTurns = await scoresOf({ training: "alternate" });
  for (const { accuracy } of [adapted, inTurns]) {
    expect(accuracy).toBeGreaterThan(0.75);
    expect(accuracy - alone.accuracy).toBeGreaterThan(0.2);
    expect(accuracy - control.accuracy).toBeGreaterThan(0.2);
  }
  // Seen without labels of the target too: the named classes tell more of its pictures.
  expect(adapted.information).toBeGreaterThan(control.information);
});

test("source-only reads nothing of the target: neither pictures nor their statistics", async () => {
  const picture = new Float32Array(SIDE * SIDE).map((_, i) => (i % 7) / 7);
  const hidden = async (given: object, domains?: object) => {
    const { hidden: found } = await (await trained(given, 1, domains)).features(picture);
    return found!.data.join();
  };
  const alone = await hidden({ variant: "source-only" }, {});
  expect(await hidden({ variant: "source-only" })).toBe(alone);
  expect(await hidden({ variant: "target-only" })).not.toBe(alone);
});

test("a target of four pictures counts in the batch statistics as much as the source", async () => {
  const options = optionsOf({ net: "best" });
  const training = parseOptions(trainingOptions, { steps: 1, batch: 8 }, "training");
  const four = (size: number): Dataset => ({
    ...target.train,
    size,
    read: (indices, out) => target.train.read(Array.from(indices, (i) => i % 4), out), // prettier-ignore
  });
  const meanOf = async (domains: { readonly target?: Dataset }) => {
    const trainer = held(
      await createTrainer({ method, options, training, data: source.train, host, ...domains }),
    );
    trainer.reset();
    return [...held(await trainer.model()).spec.weights].find(([name]) => name.endsWith("mean"))![1];
  };
  const few = await meanOf({ target: four(4) });
  expect(few).toEqual(await meanOf({ target: four(source.train.size) }));
  expect(few).not.toEqual(await meanOf({ target: source.train }));
});
