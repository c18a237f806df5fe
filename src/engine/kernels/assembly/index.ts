// AssemblyScript: every kernel works on an imported memory; pointers are byte offsets, n counts elements.
// Shapes, units and sources are documented where they are called: ../kernels.ts.
export { adam, rmsprop, sgd } from "./rules";
export { average, clip, fill, isFinite } from "./elementwise";
export { balanced, bernoulli, categorical, normal, uniform } from "./random";

/** First byte above the module's own scratch space. */
export const reserved: usize = __heap_base;
