import { z } from "zod";
import { add, div, mul, sigmoid, sub } from "../engine/ops/index.js";
import { type Tensor, sizeOf } from "../engine/tensor.js";
import type { Rule } from "../engine/update.js";
import {
  type Applied,
  type Encoded,
  adam,
  bernoulliNegativeLogLikelihood,
  exponentialDecay,
} from "../nn/index.js";

// What BiGAN shares with the methods it is compared with: one encoder and one generator, trained in one way, so that results differ
// by what is minimised alone.

/** Options of every method with an encoder E and a generator G of BiGAN's form. */
export const twoWayOptions = {
  net: z
    .enum(["dense", "convolutional"])
    .default("dense")
    .describe(
      "dense: the paper's for MNIST, any size; convolutional: DCGAN's, for sides that halve down to about 7",
    ),
  latent: z.int().min(1).max(1000).default(50).describe("length of the latent vector z"),
  width: z
    .number()
    .min(0.01)
    .max(4)
    .default(1)
    .describe("width of all hidden layers, as a multiple of 1024 and of 64 channels"),
  learningRate: z.number().positive().default(2e-4).describe("Adam's rate, the same for every network"),
  decayFrom: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe("share of the run after which the rate falls, by the same factor at every step"),
  decayTo: z
    .number()
    .min(0.0001)
    .max(1)
    .default(0.01)
    .describe("share of the rate that is left at the end of the fall"),
  weightDecay: z
    .number()
    .min(0)
    .default(5e-5)
    .describe(
      "L2 penalty: this times the parameter is added to its gradient; the code's 2.5e-5 goes with half our loss",
    ),
};

/** Lengths of their presets: 51, 154 and 400 epochs of 60,000 pictures, the last as the paper's. */
export const twoWayTraining = {
  quick: { steps: 24_000, batch: 128, sampleEvery: 2000, checkpointEvery: 2000 },
  long: { steps: 72_000, batch: 128, sampleEvery: 6000, checkpointEvery: 5000 },
  paper: { steps: 187_500, batch: 128, sampleEvery: 12_500, checkpointEvery: 5000 },
};

const epochs = { quick: "51 epochs of MNIST", long: "154 epochs", paper: "the paper's 400 epochs" };

/** Presets of those with a discriminator, which take twice the time of the others. */
export const adversarialPresets = {
  quick: { about: `under half an hour on two cores: ${epochs.quick}`, training: twoWayTraining.quick },
  long: { about: `under two hours on two cores: ${epochs.long}`, training: twoWayTraining.long },
  paper: { about: epochs.paper, training: twoWayTraining.paper },
};

/** Presets of those without. */
export const autoencoderPresets = {
  quick: { about: `some ten minutes on two cores: ${epochs.quick}`, training: twoWayTraining.quick },
  long: { about: `under an hour on two cores: ${epochs.long}`, training: twoWayTraining.long },
};

type Trained = Readonly<Record<"learningRate" | "decayFrom" | "decayTo" | "weightDecay", number>>;

/** Adam at a rate that is constant, then falls exponentially. */
export function twoWayRule({ learningRate, decayFrom, decayTo, weightDecay }: Trained): Rule {
  return adam(exponentialDecay(learningRate, { from: decayFrom, end: decayTo }), { weightDecay });
}

/** A picture from the logits that G gives. */
export const picture = (logits: Tensor): Tensor => sigmoid(logits);

/** z as an encoder says it, within (-1, 1) as U(-1, 1) is: without a bound D would know E's from its length alone. */
export const bounded = (out: Tensor): Tensor => sub(mul(2, sigmoid(out)), 1);

/**
 * How badly an encoder reads z from U(-1, 1): the cross-entropy of z and its reading, both as shares of their range, mean over the
 * values. As BiGAN's authors train their latent regressor.
 */
export function latentCrossEntropy(out: Tensor, z: Tensor): Tensor {
  const share = mul(0.5, add(z, 1));
  return div(bernoulliNegativeLogLikelihood(out, share), sizeOf(z, 1));
}

// Types, not interfaces: only they pass for a record of networks, which a method has before its own are known.
type WithE = { readonly E: Applied<readonly [Tensor], Encoded> };
type WithG = { readonly G: Applied };

/** What a method reads of its trained E and G, where `centre` is z as `out` of E says it: the point, or the mean of a Gaussian. */
export function twoWayReading<O>(centre: (out: Tensor, options: O) => Tensor) {
  return {
    generate: ({ G }: WithG, latent: Tensor) => picture(G(latent)),
    features({ E }: WithE, x: Tensor, o: O) {
      const { hidden, out } = E(x);
      return { hidden, z: centre(out, o) };
    },
    reconstruct: ({ E, G }: WithE & WithG, x: Tensor, o: O) => picture(G(centre(E(x).out, o))),
  };
}
