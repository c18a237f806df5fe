import { readFileSync } from "node:fs";

/** What a script of test/references has stored. */
export function reference(name: "ops" | "networks"): unknown {
  return JSON.parse(readFileSync(new URL(`../../references/${name}.json`, import.meta.url), "utf8"));
}

/** scale sin(0.37 i + seed): the numbers that the scripts of test/references use as well. */
export function wave(count: number, seed: number, scale = 1): number[] {
  return Array.from({ length: count }, (_, i) => Math.fround(scale * Math.sin(0.37 * i + seed)));
}
