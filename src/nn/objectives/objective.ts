import type { Tensor } from "../../engine/tensor.js";

/** A pair of losses on logits of any shape (a patch critic gives a map); both are minimised. */
export interface Objective {
  discriminator(logits: { readonly real: Tensor; readonly fake: Tensor }): Tensor;
  generator(logits: { readonly fake: Tensor }): Tensor;
}
