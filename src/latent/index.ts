export { type BaseLatentsOptions, baseLatents } from "./base-latents.js";
export { interpolate } from "./interpolate.js";
export { type TraversalOptions, type TraversalRange, traversal, traversalValues } from "./traverse.js";
