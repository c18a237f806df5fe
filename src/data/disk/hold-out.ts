import { hostRandom } from "../../engine/random.js";
import type { DataOptions } from "../options.js";
import type { PictureFile } from "./listing.js";

/** Share and seed of a held-out part. */
export type HoldOutOptions = Pick<DataOptions, "testShare" | "seed">;

/**
 * The files held out for measuring: of each class of two or more the share `testShare`, at least one, chosen by `lowestRanked`.
 * Where every class has a single picture, they are chosen from all together.
 */
export function holdOut(files: readonly PictureFile[], options: HoldOutOptions): ReadonlySet<PictureFile> {
  const held = byClass(files).flatMap((group) => lowestRanked(group, options));
  return new Set(held.length > 0 ? held : lowestRanked(files, options));
}

/**
 * A share of files, at least one and never all: those whose names hash lowest with the seed, so that a new file moves at
 * most one other from part to part.
 */
export function lowestRanked(
  files: readonly PictureFile[],
  { testShare, seed }: HoldOutOptions,
): PictureFile[] {
  const ranked = files.map((file) => ({ file, rank: hostRandom(seed, `held out ${file.file}`).uniform() }));
  const count = Math.min(files.length - 1, Math.max(1, Math.round(testShare * files.length)));
  return ranked
    .toSorted((a, b) => a.rank - b.rank)
    .slice(0, count)
    .map(({ file }) => file);
}

function byClass(files: readonly PictureFile[]): PictureFile[][] {
  const groups = new Map<number, PictureFile[]>();
  for (const file of files) {
    const group = groups.get(file.label);
    if (group === undefined) groups.set(file.label, [file]);
    else group.push(file);
  }
  return [...groups.values()];
}
