import { basename, resolve } from "node:path";
import { dataSets } from "../data/index.js";

/** Names of data that hold a path. */
const WITH_PATH = /^(folder|npz|idx):(.+)$/s;

/** Whether a data set is read from a path, and pictures of it may be held out (`testShare`). */
export const isPath = (name: string): boolean => WITH_PATH.test(name);

/** Whether data is meant by its name, as --data has it: a set of Ganymede's, or one with a path behind it. */
export const isSet = (name: string): boolean => isPath(name) || dataSets.some((set) => set.name === name);

/** The same set from whatever folder it is named: a run is used from other places than it was begun in. */
export function absoluteDataName(name: string): string {
  return name.replace(WITH_PATH, (_all, kind: string, path: string) => `${kind}:${resolve(path)}`);
}

/** A data set by a name that is short enough for a title: of a path, its last part. */
export function dataTitle(name: string): string {
  return name.replace(WITH_PATH, (_all, kind: string, path: string) => `${kind}:${basename(path)}`);
}
