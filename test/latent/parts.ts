import fc from "fast-check";
import { type LatentPart, latentWidth } from "../../src/methods/latent.js";

/** A class, two codes and noise, as InfoGAN has them, and a normal part. */
export const parts = [
  { name: "c1", kind: "categorical", size: 4 },
  { name: "c2", kind: "uniform", size: 1, low: -1, high: 1 },
  { name: "z", kind: "uniform", size: 3, low: 0, high: 0.3 },
  { name: "n", kind: "normal", size: 2 },
] as const satisfies readonly LatentPart[];

/** Any layout of one to five parts. */
export const anyParts: fc.Arbitrary<LatentPart[]> = fc
  .array(
    fc.oneof(
      fc.record({ kind: fc.constant("categorical" as const), size: fc.integer({ min: 1, max: 6 }) }),
      fc.record({ kind: fc.constant("normal" as const), size: fc.integer({ min: 1, max: 6 }) }),
      fc.record({
        kind: fc.constant("uniform" as const),
        size: fc.integer({ min: 1, max: 6 }),
        low: fc.integer({ min: -5, max: 0 }),
        high: fc.integer({ min: 1, max: 5 }),
      }),
    ),
    { minLength: 1, maxLength: 5 },
  )
  .map((list) => list.map((part, i) => ({ name: `p${i}`, ...part })));

/** Values of one part in each of the latent vectors. */
export function valuesOf(latents: Float32Array, parts: readonly LatentPart[], name: string): number[][] {
  const width = latentWidth(parts);
  const at = parts.findIndex((part) => part.name === name);
  const start = latentWidth(parts.slice(0, at));
  return Array.from({ length: latents.length / width }, (_, row) => [
    ...latents.subarray(row * width + start, row * width + start + (parts[at]?.size ?? 0)),
  ]);
}
