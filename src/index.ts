// The library as Node sees it. A page imports the rooms it needs: ganymede/engine, ganymede/nn, ganymede/methods, ...
export * from "./errors.js";
export * from "./engine/index.js";
export { type HostOptions, devices, nodeHost } from "./engine/runtime/node.js";
export * from "./nn/index.js";
export * from "./data/index.js";
export { loadData, loadFolder, loadMnist, loadPictures } from "./data/disk/index.js";
export * from "./methods/index.js";
export * from "./train/index.js";
export * from "./latent/index.js";
export * from "./evaluate/index.js";
export * from "./report/index.js";
export * from "./run/index.js";
