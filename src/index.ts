// The library as Node sees it. A page imports ganymede/web, or the rooms it needs: ganymede/engine, ganymede/nn, ...
export * from "./everywhere.js";
export { type HostOptions, devices, nodeHost } from "./engine/runtime/node.js";
export { loadData, loadFolder, loadMnist, loadPictures } from "./data/disk/index.js";
export * from "./run/index.js";
