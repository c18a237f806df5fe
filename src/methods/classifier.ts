import { z } from "zod";
import { flatten, relu, softmax } from "../engine/ops/index.js";
import type { Tensor } from "../engine/tensor.js";
import {
  adam,
  augmented,
  categoricalNegativeLogLikelihood,
  checkSize,
  cosineDecay,
  dense,
  linear,
  network,
  pooledStages,
  scaled,
  sequential,
  update,
} from "../nn/index.js";
import { type Preset, defineMethod } from "./method.js";
import { augmentationOption } from "./shared-options.js";

const options = z.strictObject({
  width: z
    .number()
    .min(0.1)
    .max(4)
    .default(1)
    .describe("width of all layers, as a multiple of 32-64-128 and 128"),
  augmentation: augmentationOption("the random map it sees pictures through"),
  learningRate: z.number().positive().default(2e-3).describe("Adam's highest rate"),
});
type Options = z.infer<typeof options>;

const presets: Record<"quick" | "best", Preset<Options>> = {
  quick: { about: "a minute or two on two cores", training: { steps: 1500, batch: 64, averageDecay: 0.998 } },
  best: {
    about: "trained longer, on augmented pictures",
    options: { augmentation: 1 },
    training: { steps: 6000, batch: 64, averageDecay: 0.999 },
  },
};

/** A plain convolutional classifier: the independent judge of what generators draw, and the features of Frechet distances. */
export const classifier = defineMethod({
  name: "classifier",
  about: "names the classes of labelled pictures; judges what other methods draw",
  reference: "LeCun et al. 1998, Proc. IEEE 86(11)",
  options,
  presets,

  networks({ image, classes }, o) {
    checkSize("classifier", image, 8);
    const w = scaled(o.width);
    return {
      /** Picture -> [B,128]. */
      F: network(
        "F",
        sequential(...pooledStages([32, 64, 128].map(w), relu), flatten, ...dense(w(128), relu)),
      ),
      /** [B,128] -> logits [B,classes]. */
      P: network("P", sequential(linear(classes))),
    };
  },

  step({ F, P }, { labelled, draws }, o) {
    const { x, y } = labelled();
    const loss = categoricalNegativeLogLikelihood(P(F(augmented(x, draws, "x", o.augmentation))), y);
    const rule = adam(cosineDecay(o.learningRate, { warmUp: 0.05, end: 0.01 }), { beta1: 0.9 });
    return [update([F, P], loss, rule, { name: "classifier_loss" })];
  },

  features: ({ F }, x) => ({ hidden: F(x) }),
  classify: ({ F, P }, x): Tensor => softmax(P(F(x))),
});
