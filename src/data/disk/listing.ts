import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { extname, join, sep } from "node:path";
import { DataError } from "../../errors.js";
import { unreadable } from "./files.js";

/** A picture file: its path below the folder, with "/", and its class, or -1. */
export interface PictureFile {
  readonly file: string;
  readonly label: number;
}

/** The pictures of a folder, sorted by class and name, and the names of the classes (none: not labelled). */
export interface Listing {
  readonly files: readonly PictureFile[];
  readonly classes: readonly string[];
  /** Sub-folders in which there is no picture. */
  readonly withoutPictures: readonly string[];
}

const extensions = new Set([".png", ".jpg", ".jpeg", ".webp"]);

/**
 * Lists the PNG, JPEG and WebP files of a folder. Each sub-folder that holds any, at whatever depth, is a class; pictures
 * beside such sub-folders have none. Other files, names that begin with "." and what macOS leaves in archives are
 * passed over. The order is that of the characters' codes, the same on every machine. Throws DataError when the folder
 * is missing, unreadable, a file, or holds no picture.
 */
export async function listPictures(path: string): Promise<Listing> {
  const entries = await readEntries(path);
  const classes: string[] = [];
  const withoutPictures: string[] = [];
  const files = picturesAmong(entries.map(({ name }) => name)).map((file) => ({ file, label: -1 }));
  for (const folder of await subFolders(path, entries)) {
    const below = picturesAmong(await readNames(join(path, folder)));
    if (below.length === 0) {
      withoutPictures.push(folder);
      continue;
    }
    files.push(...below.map((name) => ({ file: `${folder}/${name}`, label: classes.length })));
    classes.push(folder);
  }
  if (files.length === 0) throw noPicture(path, entries.length);
  return { files, classes, withoutPictures };
}

async function subFolders(path: string, entries: readonly Dirent[]): Promise<string[]> {
  const isFolder = async (entry: Dirent): Promise<boolean> =>
    entry.isSymbolicLink()
      ? (await stat(join(path, entry.name)).catch(() => entry)).isDirectory()
      : entry.isDirectory();
  const answers = await Promise.all(entries.map(isFolder));
  const names = entries.filter((_, i) => answers[i]).map(({ name }) => name);
  return names.filter((name) => !isLeftover(name)).toSorted(byCode);
}

function picturesAmong(names: readonly string[]): string[] {
  return names
    .map((name) => name.split(sep).join("/"))
    .filter((name) => extensions.has(extname(name).toLowerCase()) && !name.split("/").some(isLeftover))
    .toSorted(byCode);
}

function isLeftover(name: string): boolean {
  return name.startsWith(".") || name === "__MACOSX";
}

/** Not localeCompare: that differs between machines. */
export function byCode(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

async function readEntries(path: string): Promise<Dirent[]> {
  return readdir(path, { withFileTypes: true }).catch((error: unknown) => {
    throw unreadable(path, "a folder of pictures", error);
  });
}

async function readNames(path: string): Promise<string[]> {
  return readdir(path, { recursive: true }).catch((error: unknown) => {
    throw unreadable((error as NodeJS.ErrnoException).path ?? path, "a folder of pictures", error);
  });
}

function noPicture(path: string, entries: number): DataError {
  return new DataError({
    where: path,
    expected: "PNG, JPEG or WebP pictures, here or in sub-folders",
    received: entries === 0 ? "an empty folder" : "a folder without any",
    hint: "Put pictures there, or name another folder.",
  });
}
