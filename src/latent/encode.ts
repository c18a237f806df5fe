import type { LatentPart } from "../methods/latent.js";

/** Features of n pictures by name, rows of a width. */
type Estimates = Readonly<Record<string, { readonly data: Float32Array; readonly width: number }>>;

/** Names of the parts that no feature estimates: what an encoder leaves open. */
export function unestimated(parts: readonly LatentPart[], features: Estimates): string[] {
  return parts.filter(({ name, size }) => size > 0 && features[name]?.width !== size).map(({ name }) => name);
}

/**
 * Latent vectors [n,width] of n pictures: each part from the feature of its name, and from `open` [width] where no feature of
 * that name and width is.
 */
export function encodedLatents(
  parts: readonly LatentPart[],
  features: Estimates,
  n: number,
  open: Float32Array,
): Float32Array {
  const width = open.length;
  const out = new Float32Array(n * width);
  const missing = new Set(unestimated(parts, features));
  for (let row = 0; row < n; row++) {
    let at = 0;
    for (const { name, size } of parts) {
      const estimate = missing.has(name) ? undefined : features[name];
      const values = estimate?.data.subarray(row * size, (row + 1) * size) ?? open.subarray(at, at + size);
      out.set(values, row * width + at);
      at += size;
    }
  }
  return out;
}
