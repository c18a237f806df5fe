import { describe, expect, test } from "vitest";
import { type Method, ae, inverseAe, methods, vae } from "../../src/methods/index.js";
import { parseOptions } from "../../src/options.js";
import { expectTwin, playersMoved, trace, twinsOf } from "./twin.js";

const optionsOf = (method: Method, given: object = {}) =>
  parseOptions(method.options, { width: 0.1, latent: 3, ...given }, method.name);
const traced = (method: Method, given: object = {}, channels = 1) =>
  trace(method, optionsOf(method, given), {
    data: { image: { channels, height: 8, width: 8 }, classes: 0 },
    batch: 8,
  });

test.each(twinsOf("autoencoder"))("three steps of %s are PyTorch's", async (name, twin) => {
  const { channels = 1, ...options } = twin.options;
  const method = methods[name.split(",")[0] ?? ""]!;
  await expectTwin(traced(method, options, channels as number), twin);
});
