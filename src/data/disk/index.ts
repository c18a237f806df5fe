export { loadPicture } from "./decode.js";
export { loadFolder, loadPictures } from "./folder.js";
export type { FolderOptions, LoadedPictures, PicturesOptions, Progress } from "./folder.js";
export { loadData } from "./load.js";
export { loadMnist, mnistInstalled } from "./mnist.js";
export type { MnistOptions } from "./mnist.js";
