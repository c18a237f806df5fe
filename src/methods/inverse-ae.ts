import { z } from "zod";
import { add, mul } from "../engine/ops/index.js";
import { discriminator, encoder, generator, nonSaturating, update } from "../nn/index.js";
import { beliefs, beliefsChart } from "./beliefs.js";
import { prior } from "./latent.js";
import { defineMethod } from "./method.js";
import {
  adversarialPresets,
  bounded,
  latentCrossEntropy,
  picture,
  twoWayOptions,
  twoWayReading,
  twoWayRule,
} from "./two-way.js";

const options = z.strictObject({
  lambda: z
    .number()
    .min(0)
    .default(0)
    .describe("weight of the error of z in G's loss: 0 is the latent regressor, 0.25 the authors' joint one"),
  ...twoWayOptions,
});
/**
 * The inverse autoencoder, or latent regressor: a GAN whose E learns to read z from G(z), z -> x -> z. E never sees a real picture.
 * Donahue et al. 2017, arXiv:1605.09782, section 4.1; settings of the authors' code.
 */
export const inverseAe = defineMethod({
  name: "inverse-ae",
  about: "a GAN with an encoder that learns to read latent vectors from generated pictures",
  reference: "Donahue et al. 2017, arXiv:1605.09782",
  options,
  presets: adversarialPresets,
  published: [
    { data: "mnist", values: { knn1_accuracy: "0.9744 (400 epochs)" } },
    { data: "mnist", options: { lambda: 0.25 }, values: { knn1_accuracy: "0.9713 (400 epochs)" } },
  ],
  charts: [beliefsChart],

  networks({ image }, o) {
    const shape = { where: "inverse-ae", image, net: o.net, width: o.width };
    return {
      /** Picture -> last hidden layer, and z before its bound. */
      E: encoder(o.latent, shape),
      /** z -> logits of a picture. */
      G: generator(shape),
      /** Picture -> logit [B,1]. */
      // Normalising, it would see each side by statistics of its own, and G would soon draw grey blots that pass for digits.
      D: discriminator(shape, { normalise: false }),
    };
  },

  step({ E, G, D }, { batch, batchSize, draws }, o) {
    const { x } = batch();
    const z = prior("uniform", o.latent).draw(draws, batchSize);
    const generated = picture(G(z));
    const [real, fake] = [D(x), D(generated)];
    const lossE = latentCrossEntropy(E(generated).out, z);
    const fooled = nonSaturating.generator({ fake });
    const lossG = o.lambda === 0 ? fooled : add(fooled, mul(o.lambda, lossE));
    const monitor = beliefs({ real, fake });
    const rule = twoWayRule(o);
    return [
      update([D], nonSaturating.discriminator({ real, fake }), rule, { name: "discriminator_loss", monitor }),
      // As in the authors' code, all three learn at once; in the paper's words E learns once the GAN is done.
      update([G], lossG, rule, { name: "generator_loss", together: true }),
      update([E], lossE, rule, { name: "latent_loss", together: true }),
    ];
  },

  latent: (o) => [prior("uniform", o.latent).part],
  ...twoWayReading(bounded),
});
