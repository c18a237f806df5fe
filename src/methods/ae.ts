import { z } from "zod";
import { add, concat, mul } from "../engine/ops/index.js";
import type { Tensor } from "../engine/tensor.js";
import {
  absoluteError,
  asOneBatch,
  bernoulliNegativeLogLikelihood,
  encoder,
  generator,
  squaredError,
  update,
} from "../nn/index.js";
import { prior } from "./latent.js";
import { defineMethod, type Preset } from "./method.js";
import {
  autoencoderPresets,
  bounded,
  latentCrossEntropy,
  picture,
  twoWayOptions,
  twoWayReading,
  twoWayRule,
  twoWayTraining,
} from "./two-way.js";

const options = z.strictObject({
  variant: z
    .enum(["ae", "joint"])
    .default("ae")
    .describe("ae: x -> z -> x alone; joint: z -> x -> z as well, with z from U(-1, 1)"),
  error: z
    .enum(["squared", "absolute", "bernoulli"])
    .default("squared")
    .describe(
      "of the pixels: their squared or absolute difference, or the likelihood of Bernoulli variables; summed",
    ),
  lambda: z
    .number()
    .min(0)
    .default(1)
    .describe("with variant joint, weight of the cross-entropy of z, a mean over its values"),
  ...twoWayOptions,
});
type Options = z.infer<typeof options>;

const presets: Record<"quick" | "long" | "paper", Preset<Options>> = {
  ...autoencoderPresets,
  paper: { about: "400 epochs, as BiGAN's", training: twoWayTraining.paper },
};

/**
 * An autoencoder: E and G of BiGAN's form learn to give a picture back. Hinton & Salakhutdinov 2006, "Reducing the dimensionality
 * of data with neural networks". What BiGAN is compared with in Donahue et al. 2017, arXiv:1605.09782, table 1.
 */
export const ae = defineMethod({
  name: "ae",
  about: "an autoencoder: pictures through a short vector and back",
  reference: "Hinton & Salakhutdinov 2006, Science 313",
  options,
  presets,
  published: [
    { data: "mnist", values: { knn1_accuracy: "0.9758 (400 epochs)" } },
    { data: "mnist", options: { error: "absolute" }, values: { knn1_accuracy: "0.9763 (400 epochs)" } },
  ],

  networks({ image }, o) {
    const shape = { where: "ae", image, net: o.net, width: o.width };
    return {
      /** Picture -> last hidden layer, and z before its bound. */
      E: encoder(o.latent, shape),
      /** z -> logits of a picture. */
      G: generator(shape),
    };
  },

  step({ E, G }, { batch, batchSize, draws }, o) {
    const { x } = batch();
    const code = bounded(E(x).out);
    if (o.variant === "ae") {
      const reconstruction = pixelError(G(code), x, o.error);
      return [update([E, G], reconstruction, twoWayRule(o), { name: "reconstruction_loss" })];
    }
    const z = prior("uniform", o.latent).draw(draws, batchSize);
    // As one batch: afterwards G decodes either with statistics of both.
    const [back, drawn] = asOneBatch(G, [code, z]);
    const reconstruction = pixelError(back, x, o.error);
    const regression = latentCrossEntropy(E(picture(drawn)).out, z);
    const loss = add(reconstruction, mul(o.lambda, regression));
    const monitor = { reconstruction_loss: reconstruction, latent_loss: regression };
    return [update([E, G], loss, twoWayRule(o), { name: "joint_loss", monitor })];
  },

  // G is read as it was trained: on what E says, and on draws only where it was.
  calibrate({ E, G }, { x, latent }, o) {
    const z = bounded(E(x).out);
    return [G(o.variant === "joint" ? concat([z, latent], 0) : z)];
  },

  latent: (o) => [prior("uniform", o.latent).part],
  ...twoWayReading(bounded),
});

/** Between the logits of a picture and x. */
function pixelError(logits: Tensor, x: Tensor, error: Options["error"]): Tensor {
  switch (error) {
    case "squared":
      return squaredError(picture(logits), x);
    case "absolute":
      return absoluteError(picture(logits), x);
    case "bernoulli":
      return bernoulliNegativeLogLikelihood(logits, x);
  }
}
