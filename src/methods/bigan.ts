import { z } from "zod";
import { mul } from "../engine/ops/index.js";
import type { Draws } from "../engine/draws.js";
import type { Tensor } from "../engine/tensor.js";
import { discriminator, encoder, posterior, generator, nonSaturating, sampled, update } from "../nn/index.js";
import { beliefs, beliefsChart } from "./beliefs.js";
import { prior } from "./latent.js";
import { defineMethod } from "./method.js";
import { adversarialPresets, bounded, picture, twoWayOptions, twoWayReading, twoWayRule } from "./two-way.js";

const options = z.strictObject({
  encoder: z
    .enum(["deterministic", "stochastic"])
    .default("deterministic")
    .describe(
      "deterministic: E(x) is a point, z from U(-1, 1); stochastic: a Gaussian that is drawn from (ALI), z from N(0, 1)",
    ),
  order: z
    .enum(["simultaneous", "course"])
    .default("simultaneous")
    .describe(
      "simultaneous: every gradient from one forward pass; course: as it is taught, D first, then E and G against the new D",
    ),
  flip: z
    .boolean()
    .default(false)
    .describe("D's logit is high for generated pairs instead of real ones; nothing else should change"),
  ...twoWayOptions,
});
type Options = z.infer<typeof options>;

/**
 * BiGAN: E and G never meet. D judges pairs, (x, E(x)) and (G(z), z); where it cannot tell them apart, E inverts G.
 * Donahue et al. 2017, arXiv:1605.09782, section 3; settings of the authors' code. With a stochastic encoder it is ALI:
 * Dumoulin et al. 2017, arXiv:1606.00704.
 */
export const bigan = defineMethod({
  name: "bigan",
  about:
    "an encoder that inverts a generator, learned from pairs of picture and latent vector; ALI with encoder=stochastic",
  reference: "Donahue et al. 2017, arXiv:1605.09782",
  options,
  presets: adversarialPresets,
  published: [
    {
      data: "mnist",
      values: { knn1_accuracy: "0.9739 (400 epochs)", knn1_accuracy_z: "0.921 (400 epochs, authors' log)" },
    },
  ],
  charts: [beliefsChart],

  networks({ image }, o) {
    const shape = { where: "bigan", image, net: o.net, width: o.width };
    return {
      /** Picture -> last hidden layer, and z or the Gaussian of it. */
      E: encoder(o.encoder === "stochastic" ? 2 * o.latent : o.latent, shape),
      /** z -> logits of a picture. */
      G: generator(shape),
      /** Picture, z -> logit [B,1]. */
      D: discriminator(shape, { normalise: o.encoder === "deterministic" }),
    };
  },

  step({ E, G, D }, { batch, batchSize, draws }, o) {
    const { x } = batch();
    const z = priorOf(o).draw(draws, batchSize);
    const real = D(x, encoded(E(x).out, draws, o));
    const fake = D(picture(G(z)), z);

    const [up, down] = o.flip ? [fake, real] : [real, fake];
    const lossD = nonSaturating.discriminator({ real: up, fake: down });
    // The same with the sides exchanged. Only E's pair depends on E and only G's on G, so each learns from a term of its own.
    const lossEG = nonSaturating.discriminator({ real: down, fake: up });
    const sign = o.flip ? -1 : 1;
    const monitor = beliefs({ real: mul(sign, real), fake: mul(sign, fake) });
    const rule = twoWayRule(o);
    return [
      update([D], lossD, rule, { name: "discriminator_loss", monitor }),
      // Together, both gradients are taken at one point, of one forward pass. In turn, E and G meet the D that has just learned.
      update([E, G], lossEG, rule, {
        name: "encoder_generator_loss",
        together: o.order === "simultaneous",
      }),
    ];
  },

  latent: (o) => [priorOf(o).part],
  ...twoWayReading(centre),
});

const priorOf = (o: Options) => prior(o.encoder === "stochastic" ? "normal" : "uniform", o.latent);

/** E(x) as D sees it in training. */
function encoded(out: Tensor, draws: Draws, o: Options): Tensor {
  return o.encoder === "stochastic" ? sampled(posterior(out), draws, "epsilon") : bounded(out);
}

/** E(x) afterwards: the mean where it is a Gaussian. */
function centre(out: Tensor, o: Options): Tensor {
  return o.encoder === "stochastic" ? posterior(out).mean : bounded(out);
}
