import { z } from "zod";
import type { Draws } from "../engine/draws.js";
import { add, clip, concat, leakyRelu, mul, oneHot, softmax, stopGradient } from "../engine/ops/index.js";
import type { Tensor } from "../engine/tensor.js";
import {
  adam,
  augmented,
  categoricalNegativeLogLikelihood,
  columns,
  dense,
  gaussianNegativeLogLikelihood,
  linear,
  linearDecay,
  network,
  nonSaturating,
  pictureGenerator,
  pictureTrunk,
  pyramid,
  sequential,
  update,
} from "../nn/index.js";
import { beliefs, beliefsChart } from "./beliefs.js";
import type { LatentPart } from "./latent.js";
import { defineMethod, type Preset } from "./method.js";
import { augmentationOption } from "./shared-options.js";

const options = z.strictObject({
  variant: z
    .enum(["infogan", "gan", "without-d"])
    .default("infogan")
    .describe("infogan; gan: no information term; without-d: no discriminator, the information term alone"),
  noise: z.int().min(0).default(62).describe("length of the incompressible noise z, drawn from U(-1, 1)"),
  categories: z.int().min(2).default(10).describe("values of the categorical code c1"),
  continuous: z
    .int()
    .min(0)
    .max(20)
    .default(2)
    .describe("number of continuous codes c2, c3, ... from U(-1, 1)"),
  width: z
    .number()
    .min(0.1)
    .max(4)
    .default(1)
    .describe("width of all layers but Q's own, as a multiple of the paper's"),
  lambdaCategorical: z.number().min(0).default(1).describe("weight of the information term of c1"),
  lambdaContinuous: z
    .number()
    .min(0)
    .default(1)
    .describe("weight of that of the continuous codes, summed over them"),
  variance: z
    .enum(["fixed", "learned"])
    .default("fixed")
    .describe("deviation of Q's Gaussians: fixed at 1, or learned within e^-3 and e^3"),
  qWith: z.enum(["d", "g"]).default("d").describe("whose update trains the head of Q, and at whose rate"),
  codes: z
    .enum(["independent", "balanced"])
    .default("independent")
    .describe("c1 drawn independently, or every value equally often in each batch"),
  augmentation: augmentationOption("the random map D and Q see through"),
  leak: z.number().min(0).max(0.5).default(0.1).describe("slope of the leaky rectifier below 0"),
  learningRateD: z.number().positive().default(2e-4).describe("Adam's rate for trunk, D and Q"),
  learningRateG: z.number().positive().default(1e-3).describe("Adam's rate for G"),
  decayFrom: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe("share of the run after which the rates fall linearly"),
  decayTo: z
    .number()
    .min(0)
    .max(1)
    .default(0.02)
    .describe("share of the rates that is left at the end of the fall"),
});
type Options = z.infer<typeof options>;

/** What we measured to help beyond the paper; docs/methods/infogan.md, "Differences from the paper". */
const beyondThePaper: Partial<Options> = {
  width: 0.5,
  codes: "balanced",
  augmentation: 1,
  lambdaCategorical: 0.3,
  lambdaContinuous: 0.1,
  learningRateD: 1e-3,
  learningRateG: 4e-3,
  decayFrom: 0.45,
};
const presets: Record<"quick" | "paper" | "best", Preset<Options>> = {
  quick: {
    about: "minutes: half the paper's width, augmented view, balanced codes, averaged weights",
    options: beyondThePaper,
    training: { steps: 2400, batch: 64, averageDecay: 0.998 },
  },
  paper: {
    about: "the paper's networks and rates, and its 5,000 iterations",
    options: { codes: "balanced", lambdaContinuous: 0.1, leak: 0.01 },
    training: { steps: 5000, batch: 128, averageDecay: 0.998 },
  },
  best: {
    about: "quick's settings, trained longer, from the best of three starts",
    options: beyondThePaper,
    training: { steps: 6000, batch: 64, averageDecay: 0.998, restarts: 3, restartSteps: 2000 },
  },
};

/**
 * InfoGAN: a code the generator must keep readable. Q, on the trunk of D, tells from G(c, z) the code c it was made with.
 * Chen et al. 2016, arXiv:1606.03657, sections 4-5 and appendix C.1; settings of the authors' code.
 */
export const infogan = defineMethod({
  name: "infogan",
  about: "classes and factors of variation without labels, from a code that the pictures keep readable",
  reference: "Chen et al. 2016, arXiv:1606.03657",
  options,
  presets,
  baseline: { name: "plain GAN", options: { variant: "gan" } },
  published: [{ data: "mnist", presets: ["quick", "paper"], values: { cluster_accuracy: "0.95 (one run)" } }],
  charts: [beliefsChart],

  networks({ image }, o) {
    const stages = pyramid("infogan", image, 64 * o.width);
    const hidden = Math.round(1024 * o.width);
    const leaky = (x: Tensor) => leakyRelu(x, o.leak);
    const perValue = o.variance === "learned" ? 2 : 1;
    return {
      /** [B,latent] -> picture. */
      G: network("G", sequential(...pictureGenerator(stages, hidden, image.channels))),
      /** What D and Q share: picture -> [B,hidden]. */
      trunk: network("trunk", sequential(...pictureTrunk(stages, hidden, leaky))),
      /** [B,hidden] -> logit [B,1]. */
      D: network("D", sequential(linear(1))),
      /** [B,hidden] -> logits of c1, means of the continuous codes (and their log deviations). */
      Q: network("Q", sequential(...dense(128, leaky), linear(o.categories + perValue * o.continuous))),
    };
  },

  step({ G, trunk, D, Q }, { batch, batchSize, draws }, o) {
    const { x } = batch();
    const { c, continuous, latent } = drawLatent(draws, batchSize, o);
    const seen = (picture: Tensor, name: string) => augmented(picture, draws, name, o.augmentation);
    const fake = seen(G(latent), "fake");
    const real = D(trunk(seen(x, "real")));
    const judge = (picture: Tensor) => {
      const h = trunk(picture);
      return { logit: D(h), information: informationLoss(Q(h), { c, continuous }, o) };
    };

    const known = judge(stopGradient(fake));
    const fooled = judge(fake);
    const discriminator = nonSaturating.discriminator({ real, fake: known.logit });
    const generator = nonSaturating.generator({ fake: fooled.logit });
    const monitor = beliefs({ real, fake: known.logit });
    const information = { information_loss: fooled.information };
    const adamD = adam(linearDecay(o.learningRateD, { from: o.decayFrom, end: o.decayTo }));
    const adamG = adam(linearDecay(o.learningRateG, { from: o.decayFrom, end: o.decayTo }));

    switch (o.variant) {
      case "gan":
        return [
          update([trunk, D], discriminator, adamD, { name: "discriminator_loss", monitor }),
          update([G], generator, adamG, { name: "generator_loss" }),
        ];
      case "without-d":
        return [
          update([trunk, Q], known.information, adamD, { name: "encoder_loss" }),
          update([G], fooled.information, adamG, { name: "generator_loss", monitor: information }),
        ];
      case "infogan":
        // The trunk is D's: with `qWith: "g"` only Q's head learns in G's update.
        return o.qWith === "d"
          ? [
              update([trunk, D, Q], add(discriminator, known.information), adamD, {
                name: "discriminator_loss",
                monitor,
              }),
              update([G], add(generator, fooled.information), adamG, {
                name: "generator_loss",
                monitor: information,
              }),
            ]
          : [
              update([trunk, D], discriminator, adamD, { name: "discriminator_loss", monitor }),
              update([G, Q], add(generator, fooled.information), adamG, {
                name: "generator_loss",
                monitor: information,
              }),
            ];
    }
  },

  latent: (o) => [
    { name: "c1", kind: "categorical", size: o.categories },
    ...continuousNames(o).map((name): LatentPart => ({ name, kind: "uniform", size: 1, low: -1, high: 1 })),
    { name: "z", kind: "uniform", size: o.noise, low: -1, high: 1, noise: true },
  ],

  generate: ({ G }, latent) => G(latent),

  encodes: ({ variant }) => variant !== "gan",
  features({ trunk, Q }, x, o) {
    const { logits, centre } = readCode(Q(trunk(x)), o);
    const each = continuousNames(o).map((name, i) => [name, columns(centre, i, 1)]);
    return { c1: softmax(logits), ...(Object.fromEntries(each) as Record<string, Tensor>) };
  },
});

const continuousNames = (o: Options) => Array.from({ length: o.continuous }, (_, i) => `c${i + 2}`);

/** c ~ Cat(K) one-hot [B,K], continuous codes and z ~ U(-1, 1), and all of them side by side. */
function drawLatent(draws: Draws, batch: number, o: Options) {
  const c = oneHot(
    draws.categorical("c1", [batch], o.categories, { balanced: o.codes === "balanced" }),
    o.categories,
  );
  const continuous = draws.uniform("continuous", [batch, o.continuous], -1, 1);
  const z = draws.uniform("z", [batch, o.noise], -1, 1);
  return { c, continuous, latent: concat([c, continuous, z]) };
}

/** The output of Q by its parts. */
function readCode(q: Tensor, { categories, continuous, variance }: Options) {
  return {
    logits: columns(q, 0, categories),
    centre: columns(q, categories, continuous),
    logDeviation:
      variance === "learned" ? clip(columns(q, categories + continuous, continuous), -3, 3) : (0 as const),
  };
}

/** lambda times -E log Q(c|x), eq. 5: cross-entropy for c1, Gaussian for the continuous codes. */
function informationLoss(q: Tensor, code: { c: Tensor; continuous: Tensor }, o: Options): Tensor {
  const { logits, centre, logDeviation } = readCode(q, o);
  const categorical = mul(o.lambdaCategorical, categoricalNegativeLogLikelihood(logits, code.c));
  if (o.continuous === 0) return categorical;
  return add(
    categorical,
    mul(o.lambdaContinuous, gaussianNegativeLogLikelihood(centre, logDeviation, code.continuous)),
  );
}
