import { z } from "zod";
import { add, leakyRelu, mean, mul, square, sub, tanh, variance } from "../engine/ops/index.js";
import type { Tensor } from "../engine/tensor.js";
import { OptionError } from "../errors.js";
import {
  type Schedule,
  adam,
  copyDirections,
  linear,
  linearDecay,
  network,
  nonSaturating,
  pictureGenerator,
  pictureTrunk,
  pyramid,
  sequential,
  squaredErrorPerValue,
  update,
} from "../nn/index.js";
import { beliefs, beliefsChart } from "./beliefs.js";
import { prior } from "./latent.js";
import { type Preset, defineMethod } from "./method.js";

const options = z.strictObject({
  latent: z.int().min(1).default(62).describe("length of z"),
  prior: z
    .enum(["uniform", "normal"])
    .default("uniform")
    .describe("of z: U(-1, 1), and E ends in tanh; or N(0, 1), and E ends in a linear layer"),
  width: z.number().min(0.1).max(4).default(1).describe("width of all layers, as a multiple of InfoGAN's"),
  leak: z.number().min(0).max(0.5).default(0.1).describe("slope of the leaky rectifier below 0"),
  ganShare: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.6)
    .describe("share of the run in which the GAN is trained; E has the rest"),
  initial: z
    .enum(["discriminator", "scratch"])
    .default("discriminator")
    .describe(
      "where E's layers start, all but the last: from what D has learned, at the length of fresh weights, or anew",
    ),
  latentWeight: z
    .number()
    .min(0)
    .default(0)
    .describe(
      "weight of the squared error of E(G(z)), averaged over z, beside that of pixels, averaged over them",
    ),
  priorWeight: z
    .number()
    .min(0)
    .default(0)
    .describe(
      "weight of how far mean and variance of E(x) over a batch are from the prior's, averaged over z",
    ),
  learningRateD: z.number().positive().default(2e-4).describe("Adam's first rate for D"),
  learningRateG: z.number().positive().default(1e-3).describe("Adam's first rate for G"),
  learningRateE: z.number().positive().default(1e-3).describe("Adam's first rate for E"),
});
type Options = z.infer<typeof options>;

const presets: Record<"quick" | "best" | "paper", Preset<Options>> = {
  quick: {
    about: "minutes: half of InfoGAN's width, and its faster rates",
    options: { width: 0.5, learningRateD: 1e-3, learningRateG: 4e-3 },
    training: { steps: 5000, batch: 64, averageDecay: 0.998 },
  },
  best: {
    about: "InfoGAN's width, trained longer, and E also taught to read what G draws",
    options: { latentWeight: 0.1 },
    training: { steps: 20_000, batch: 128, averageDecay: 0.998 },
  },
  paper: {
    about: "Radford et al.'s z, slope and rates for the GAN, E anew at the same rate; not for a CPU",
    options: {
      latent: 100,
      leak: 0.2,
      initial: "scratch",
      learningRateD: 2e-4,
      learningRateG: 2e-4,
      learningRateE: 2e-4,
    },
    training: { steps: 60_000, batch: 128 },
  },
};

/**
 * An autoencoder around a finished GAN: first G and D play, then G stays as it is and E learns to find the z of a picture.
 * The GAN is Radford et al. 2016, arXiv:1511.06434; the encoder is Zhu et al. 2016, arXiv:1609.03552, section 3.1.
 */
export const ganae = defineMethod({
  name: "ganae",
  about: "a GAN, then an encoder for its generator: features, and pictures to be found again and changed",
  reference: "Zhu et al. 2016, arXiv:1609.03552",
  options,
  presets,
  charts: [
    beliefsChart,
    { title: "Squared error of reconstructions, per pixel", metrics: ["reconstruction_error"] },
  ],

  networks({ image }, o) {
    const stages = pyramid("ganae", image, 64 * o.width);
    const hidden = Math.round(1024 * o.width);
    const leaky = (x: Tensor) => leakyRelu(x, o.leak);
    const trunk = sequential(...pictureTrunk(stages, hidden, leaky));
    return {
      /** [B,latent] -> picture. */
      G: network("G", sequential(...pictureGenerator(stages, hidden, image.channels))),
      /** D but for its last layer: picture -> [B,hidden]. */
      trunkD: network("trunkD", trunk),
      /** [B,hidden] -> logit [B,1]. */
      D: network("D", sequential(linear(1))),
      /** E but for its last layer, of the same layers as D's: picture -> [B,hidden]. */
      trunkE: network("trunkE", trunk),
      /** [B,hidden] -> z, in the range of the prior. */
      E: network("E", sequential(linear(o.latent), ...(o.prior === "uniform" ? [tanh] : []))),
    };
  },

  step({ G, trunkD, D, trunkE, E }, { batch, batchSize, draws, steps }, o) {
    const { x } = batch();
    const z = prior(o.prior, o.latent).draw(draws, batchSize);
    const last = stepsOfGan(steps, o);
    const during = { times: (step: number) => (step < last ? 1 : 0) };
    const after = { times: (step: number) => (step < last ? 0 : 1) };
    const between = { times: (step: number) => (step === last ? 1 : 0) };

    // First the GAN.
    const real = D(trunkD(x));
    const fake = D(trunkD(G(z)));
    const monitor = beliefs({ real, fake });
    const gan = [
      update([trunkD, D], nonSaturating.discriminator({ real, fake }), adam(settling(o.learningRateD, o)), {
        name: "discriminator_loss",
        monitor,
        ...during,
      }),
      update([G], nonSaturating.generator({ fake }), adam(settling(o.learningRateG, o)), {
        name: "generator_loss",
        ...during,
      }),
    ];

    // Then E. G is what it will be when it is used: in inference mode, with the statistics that it has gathered.
    const decode = G.in({ training: false });
    const encode = (picture: Tensor) => E(trunkE(picture));
    const code = encode(x);
    const error = squaredErrorPerValue(x, decode(code));
    const found = o.latentWeight > 0 ? squaredErrorPerValue(z, encode(decode(z))) : undefined;
    const terms = [
      ...(found === undefined ? [] : [mul(o.latentWeight, found)]),
      ...(o.priorWeight > 0 ? [mul(o.priorWeight, distanceFromPrior(code, o))] : []),
    ];
    // A copy, where sharing D's trunk would also do: so D remains a judge of G's pictures, as editing them wants one.
    // D's weights have grown, and Adam would move them by a smaller share than fresh ones: E takes their direction alone.
    const start =
      o.initial === "scratch" ? [] : [copyDirections(trunkD, trunkE, { name: "e_from_d", ...between })];

    return [
      ...gan,
      ...start,
      update(
        [trunkE, E],
        terms.reduce((a, b) => add(a, b), error),
        adam(linearDecay(o.learningRateE, { from: o.ganShare, end: 0.02 })),
        {
          name: "encoder_loss",
          monitor: { reconstruction_error: error, ...(found && { latent_error: found }) },
          ...after,
        },
      ),
    ];
  },

  latent: (o) => [prior(o.prior, o.latent).part],
  generate: ({ G }, latent) => G(latent),
  features: ({ trunkE, E }, x) => ({ z: E(trunkE(x)) }),
  reconstruct: ({ G, trunkE, E }, x) => G(E(trunkE(x))),
});

/** How many of the run's steps are the GAN's; the others are E's, and each has one. Throws OptionError for a single step. */
function stepsOfGan(steps: number, { ganShare }: Options): number {
  if (steps > 1) return Math.min(Math.max(1, Math.round(ganShare * steps)), steps - 1);
  throw new OptionError({
    where: "ganae",
    expected: "at least 2 steps, one for the GAN and one for E",
    received: `${steps}`,
    hint: "Say --steps 2 or more.",
  });
}

/** The rate over the GAN's share of the run: constant in its first half, then falling to 2 %, so that G settles before it is fixed. */
function settling(rate: number, { ganShare }: Options): Schedule {
  const fall = linearDecay(rate, { from: 0.5, end: 0.02 });
  return (progress) => fall(Math.min(1, progress / ganShare));
}

/** Squared distances of mean and variance over the batch from those of a dimension of the prior, averaged over z. */
function distanceFromPrior(code: Tensor, { prior }: Options): Tensor {
  const wanted = prior === "uniform" ? 1 / 3 : 1;
  return mean(add(square(mean(code, [0])), square(sub(variance(code, [0]), wanted))));
}
