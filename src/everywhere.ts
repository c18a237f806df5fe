// What of the library runs in Node and in a page alike.
export * from "./errors.js";
export * from "./engine/index.js";
export * from "./nn/index.js";
export * from "./data/index.js";
export * from "./methods/index.js";
export * from "./train/index.js";
export * from "./latent/index.js";
export * from "./evaluate/index.js";
export * from "./report/index.js";
