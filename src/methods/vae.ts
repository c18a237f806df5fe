import { z } from "zod";
import { add, mul } from "../engine/ops/index.js";
import type { Tensor } from "../engine/tensor.js";
import {
  bernoulliNegativeLogLikelihood,
  displaced,
  divergenceFromNormal,
  encoder,
  posterior,
  generator,
  sampled,
  gaussianError,
  update,
} from "../nn/index.js";
import { prior } from "./latent.js";
import { defineMethod } from "./method.js";
import { autoencoderPresets, picture, twoWayOptions, twoWayReading, twoWayRule } from "./two-way.js";

const options = z.strictObject({
  likelihood: z
    .enum(["bernoulli", "gaussian"])
    .default("bernoulli")
    .describe("of a pixel: Bernoulli, as for black and white; or Gaussian, which is squared error"),
  deviation: z
    .number()
    .min(0.01)
    .max(10)
    .default(0.3)
    .describe("with likelihood gaussian, deviation of a pixel around G's, in units of black to white"),
  beta: z
    .number()
    .min(0)
    .default(1)
    .describe("weight of the divergence from the prior; 1 is the VAE, more is beta-VAE"),
  ...twoWayOptions,
});
type Options = z.infer<typeof options>;

/**
 * The variational autoencoder: E says where z may lie, G draws the picture of a z from there, and what E says is kept near the
 * prior, so that pictures of z ~ N(0, 1) are pictures too. Kingma & Welling 2014, arXiv:1312.6114, section 3.
 */
export const vae = defineMethod({
  name: "vae",
  about: "an autoencoder whose vectors follow a known distribution, so that they can be drawn",
  reference: "Kingma & Welling 2014, arXiv:1312.6114",
  options,
  presets: autoencoderPresets,
  charts: [{ title: "What the bound is made of", metrics: ["reconstruction_loss", "kl"] }],

  networks({ image }, o) {
    const shape = { where: "vae", image, net: o.net, width: o.width };
    return {
      /** Picture -> last hidden layer, and mean and log-variance of z. */
      E: encoder(2 * o.latent, shape),
      /** z -> logits of a picture. */
      G: generator(shape),
    };
  },

  step({ E, G }, { batch, draws }, o) {
    const { x } = batch();
    const q = posterior(E(x).out);
    const reconstruction = negativeLogLikelihood(G(sampled(q, draws, "epsilon")), x, o);
    const kl = divergenceFromNormal(q.mean, q.logVariance);
    const loss = add(reconstruction, mul(o.beta, kl));
    const monitor = { reconstruction_loss: reconstruction, kl };
    return [update([E, G], loss, twoWayRule(o), { name: "vae_loss", monitor })];
  },

  // G is read as it was trained, on draws from what E says.
  calibrate: ({ E, G }, { x, latent }) => [G(displaced(posterior(E(x).out), latent))],

  latent: (o) => [prior("normal", o.latent).part],
  ...twoWayReading((out) => posterior(out).mean),
});

/** -E log p(x|z), summed over pixels; a Gaussian's without its constant. */
function negativeLogLikelihood(logits: Tensor, x: Tensor, { likelihood, deviation }: Options): Tensor {
  return likelihood === "bernoulli"
    ? bernoulliNegativeLogLikelihood(logits, x)
    : gaussianError(picture(logits), x, deviation);
}
