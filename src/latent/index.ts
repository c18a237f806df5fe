export { type BaseLatentsOptions, baseLatents } from "./base-latents.js";
export { encodedLatents, unestimated } from "./encode.js";
export { interpolate, interpolateParts } from "./interpolate.js";
export {
  type TraversalOptions,
  type TraversalRange,
  dimensionTraversal,
  isWide,
  traversal,
  traversalValues,
  usualReach,
} from "./traverse.js";
