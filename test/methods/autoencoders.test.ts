import { describe, expect, test } from "vitest";
import { hashBytes } from "../../src/data/hash.js";
import { readPictures, strokes } from "../../src/data/index.js";
import type { Feed } from "../../src/engine/update.js";
import { type Method, ae, inverseAe, methods, trainingOptions, vae } from "../../src/methods/index.js";
import { parseOptions } from "../../src/options.js";
import { createModel, createTrainer, drawLatents } from "../../src/train/index.js";
import { expectTwin, held, host, playersMoved, programOf, setWeights, trace, twinsOf } from "./twin.js";

const optionsOf = (method: Method, given: object = {}) =>
  parseOptions(method.options, { width: 0.1, latent: 3, ...given }, method.name);
const dataOf = (channels = 1, side = 8) => ({ image: { channels, height: side, width: side }, classes: 0 });
const traced = (method: Method, given: object = {}, channels = 1) =>
  trace(method, optionsOf(method, given), { data: dataOf(channels), batch: 8 });

test.each(twinsOf("autoencoder"))("three steps of %s are PyTorch's", async (name, twin) => {
  const { channels = 1, ...options } = twin.options;
  const method = methods[name.split(",")[0] ?? ""]!;
  await expectTwin(traced(method, options, channels as number), twin);
});

test.each<[string, object, string[][]]>([
  ["ae", {}, [["E", "G"]]],
  ["ae", { variant: "joint" }, [["E", "G"]]],
  ["inverse-ae", {}, [["D"], ["G"], ["E"]]],
  ["inverse-ae", { lambda: 0.25 }, [["D"], ["G"], ["E"]]],
  ["vae", {}, [["E", "G"]]],
])("updates of %s %o move their players and nothing else", async (name, given, expected) => {
  const { moved, followed } = await playersMoved(traced(methods[name]!, given));
  expect(moved).toEqual(expected);
  // D of the inverse autoencoder normalises nothing.
  expect(followed).toEqual(expected.map((players) => players.filter((player) => player !== "D")));
});

describe("E of the inverse autoencoder knows no real picture, and G nothing of E unless lambda says so", () => {
  /** What one step leaves of the inverse autoencoder after a change of what it begins with. */
  const after = async (given: object, { real = (v: number) => v, ofE = (v: number) => v } = {}) => {
    const { feeds, ...step } = traced(inverseAe, given);
    const changed = feeds.map(({ tensor, fill }): Feed => {
      if (tensor.node.attributes["name"] !== "batch/0/x") return { tensor, fill };
      const other: Feed["fill"] = (buffer, moment) => {
        fill(buffer, moment);
        (buffer.view as Float32Array).forEach((v, i, view) => (view[i] = real(v)));
      };
      return { tensor, fill: other };
    });
    const program = await programOf({ ...step, feeds: changed });
    setWeights(program);
    for (const [name, values] of program.state)
      if (name.startsWith("E.")) values.forEach((v, i) => (values[i] = ofE(v)));
    const logged = await program.step(0, 0);
    const weightsOf = (player: string) =>
      Object.fromEntries(
        [...program.state]
          .filter(([name]) => name.startsWith(`${player}.`))
          .map(([name, values]) => [name, hashBytes([new TextEncoder().encode(values.join())])]),
      );
    return { logged, weightsOf };
  };

  test.each([{ lambda: 0 }, { lambda: 0.5 }])(
    "another real picture: D learns another thing, E not (%o)",
    async (given) => {
      const [one, other] = [await after(given), await after(given, { real: (v) => 1 - v })];
      expect(other.weightsOf("D")).not.toEqual(one.weightsOf("D"));
      expect(other.weightsOf("E")).toEqual(one.weightsOf("E"));
      expect(other.logged["latent_loss"]).toBe(one.logged["latent_loss"]);
    },
  );

  test("another E: G learns the same, and another thing with a lambda above 0", async () => {
    const ofE = (v: number) => -v / 2;
    const [one, other] = [await after({}), await after({}, { ofE })];
    expect(other.weightsOf("E")).not.toEqual(one.weightsOf("E"));
    expect(other.weightsOf("G")).toEqual(one.weightsOf("G"));
    const [joint, otherJoint] = [await after({ lambda: 0.5 }), await after({ lambda: 0.5 }, { ofE })];
    expect(otherJoint.weightsOf("G")).not.toEqual(joint.weightsOf("G"));
  });

  test("G's loss has lambda times the error of z on top", async () => {
    const [apart, joint] = [await after({}), await after({ lambda: 0.5 })];
    expect(joint.weightsOf("G")["G.6.weight"]).not.toBe(apart.weightsOf("G")["G.6.weight"]);
    const { generator_loss: alone, latent_loss: latent } = apart.logged;
    expect(latent).toBeGreaterThan(0.5); // the entropy of z as shares of its range, which no reading can beat
    expect(joint.logged["generator_loss"]).toBeGreaterThan(alone!);
    expect(joint.logged["generator_loss"]).toBeCloseTo(alone! + 0.5 * latent!, 5);
  });
});

describe("a model", () => {
  test.each<[string, string, object]>([
    ["ae", "uniform", {}],
    ["ae", "uniform", { variant: "joint", net: "convolutional" }],
    ["inverse-ae", "uniform", { net: "convolutional" }],
    ["vae", "normal", {}],
  ])("of %s draws from a %s prior, reads and reconstructs (%o)", async (name, kind, given) => {
    const method = methods[name]!;
    const options = optionsOf(method, { latent: 5, width: 0.05, ...given });
    const program = await programOf(trace(method, options, { data: dataOf(3), batch: 4 }));
    setWeights(program);
    const model = held(
      createModel({ method, options, data: dataOf(3), host, weights: program.memory(false) }),
    );
    expect(model.latent).toMatchObject([{ name: "z", size: 5, kind }]);
    const images = await model.generate(drawLatents(model.latent, 3, 1, "test"));
    expect(images.length).toBe(3 * 3 * 64);
    const { hidden, z, ...rest } = await model.features(images);
    expect(rest).toEqual({});
    expect([hidden!.width, z!.width]).toEqual([51, 5]);
    const [again, drawn] = [await model.reconstruct(images), await model.generate(z!.data)];
    again.forEach((v, i) => expect(v).toBeCloseTo(drawn[i]!, 5));
  });
});

describe("on strokes", () => {
  const drawn = strokes({ size: 16 });
  const [n, pixels] = [500, 256];
  const { images } = readPictures(drawn.test, n);

  /** Sum of squares between pictures and others `shift` rows on, mean over the pictures. */
  const between = (a: Float32Array, b: Float32Array, shift = 0) =>
    a.reduce((sum, v, i) => sum + (v - b[(i + shift * pixels) % b.length]!) ** 2, 0) / n;

  async function trained(method: Method, given: object) {
    const options = optionsOf(method, { width: 0.125, latent: 8, learningRate: 2e-3, ...given });
    const training = parseOptions(trainingOptions, { steps: 250, batch: 64 }, "training");
    const trainer = held(await createTrainer({ method, options, training, data: drawn.train, host }));
    trainer.reset();
    let logged: Readonly<Record<string, number>> = {};
    for (let step = 0; step < training.steps; step++) logged = await trainer.step(step);
    return { model: held(await trainer.model()), logged };
  }

  // A picture and the mean of all are 11.8 apart, summed over pixels. 250 steps gave 3.8 (ae), 4.4 (joint), 6.4 and 5.5 (vae).
  test.each<[string, object]>([
    ["ae", {}],
    ["ae", { variant: "joint", lambda: 10 }],
    ["vae", {}],
    ["vae", { likelihood: "gaussian" }],
  ])(
    "%s %o gives back the picture, far nearer than the mean picture and than another's",
    async (name, given) => {
      const { model } = await trained(methods[name]!, given);
      const again = await model.reconstruct(images);
      const middle = Float32Array.from({ length: pixels }, (_, p) => {
        let sum = 0;
        for (let i = 0; i < n; i++) sum += images[i * pixels + p]!;
        return sum / n;
      });
      const baseline = between(images, middle);
      const own = between(again, images);
      expect(own).toBeLessThan(0.7 * baseline);
      expect(own).toBeLessThan(0.7 * between(again, images, 1));
    },
  );

  test("the joint autoencoder reads its own drawings; the plain one was never asked to", async () => {
    const error = async (given: object) => {
      const { model } = await trained(ae, given);
      const z = drawLatents(model.latent, n, 1, "test");
      const read = (await model.features(await model.generate(z)))["z"]!.data;
      return read.reduce((sum, v, i) => sum + (v - z[i]!) ** 2, 0) / read.length;
    };
    expect(await error({ variant: "joint", lambda: 10 })).toBeLessThan(0.6 * (await error({})));
  });

  test("a vae of high beta keeps E near the prior, one of beta 0 does not", async () => {
    const divergence = async (beta: number) => (await trained(vae, { beta })).logged["kl"]!;
    expect(await divergence(50)).toBeLessThan(0.1);
    expect(await divergence(0)).toBeGreaterThan(5);
  });

  test("the latent regressor reads z from what G draws", async () => {
    const { logged } = await trained(inverseAe, { latent: 4 });
    // log 2 = 0.693 without reading, 0.5 at best
    expect(logged["latent_loss"]).toBeLessThan(0.6);
  });
});
