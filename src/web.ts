// The library as a page sees it.
export * from "./everywhere.js";
export { type WebHost, type WebHostOptions, webHost } from "./engine/runtime/web.js";
