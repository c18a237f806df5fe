// The library as a page sees it.
export * from "./errors.js";
export * from "./engine/index.js";
export { type WebHost, type WebHostOptions, webHost } from "./engine/runtime/web.js";
export * from "./nn/index.js";
export * from "./data/index.js";
export * from "./methods/index.js";
export * from "./train/index.js";
export * from "./latent/index.js";
export * from "./evaluate/index.js";
export * from "./report/index.js";
