import { mean, sigmoid } from "../engine/ops/index.js";
import type { Tensor } from "../engine/tensor.js";

// Whether D wins or loses: the first thing to look at in a GAN, and so logged and shown alike by all that have one.

/** What a GAN logs of its D: the mean probability of being real that it gives to real and to fake pictures, by its logits. */
export function beliefs({ real, fake }: { readonly real: Tensor; readonly fake: Tensor }) {
  return { d_real: mean(sigmoid(real)), d_fake: mean(sigmoid(fake)) };
}

/** The chart of these two. */
export const beliefsChart = {
  title: "What D believes: mean probability of being real",
  metrics: ["d_real", "d_fake"],
};
