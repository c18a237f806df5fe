import type { Draws } from "../engine/draws.js";
import { hostRandom } from "../engine/random.js";
import type { Tensor } from "../engine/tensor.js";

/** A named stretch of a method's latent vector. Categorical parts are one-hot, uniform ones U(low, high), normal ones N(0, 1). */
export type LatentPart = {
  readonly name: string;
  readonly size: number;
  /** Meant to have no meaning: not shown among the codes. */
  readonly noise?: true;
} & (
  | { readonly kind: "categorical" }
  | { readonly kind: "uniform"; readonly low: number; readonly high: number }
  | { readonly kind: "normal" }
);

/** Names of the parts that are meant to mean something. */
export function codeNames(parts: readonly LatentPart[]): string[] {
  return parts.filter(({ noise, size }) => noise !== true && size > 0).map(({ name }) => name);
}

/** Width of a latent vector. */
export function latentWidth(parts: readonly LatentPart[]): number {
  return parts.reduce((width, { size }) => width + size, 0);
}

/** n latent vectors [n, width] from the prior, a function of seed and name. */
export function drawLatents(
  parts: readonly LatentPart[],
  n: number,
  seed: number,
  name: string,
): Float32Array {
  const random = hostRandom(seed, `latents ${name}`);
  const width = latentWidth(parts);
  const out = new Float32Array(n * width);
  for (let row = 0; row < n; row++) {
    let at = row * width;
    for (const part of parts) {
      if (part.kind === "categorical") out[at + random.integer(part.size)] = 1;
      else {
        for (let i = 0; i < part.size; i++) {
          out[at + i] =
            part.kind === "normal" ? random.normal() : part.low + (part.high - part.low) * random.uniform();
        }
      }
      at += part.size;
    }
  }
  return out;
}

/** The prior of z: the layout of a latent vector, and draws of it. */
export function prior(kind: "uniform" | "normal", size: number) {
  const part: LatentPart =
    kind === "uniform" ? { name: "z", kind, size, low: -1, high: 1 } : { name: "z", kind, size };
  const draw = (draws: Draws, batch: number): Tensor =>
    kind === "uniform" ? draws.uniform("z", [batch, size], -1, 1) : draws.normal("z", [batch, size]);
  return { part, draw };
}
