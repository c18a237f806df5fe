import { exists, readText } from "./files.js";
import { EVALUATION, JUDGED, type RunFolder } from "./folder.js";

/** How much was measured; no score. */
const COUNTS = ["pictures", "skipped"];

/** Every score of a run by its key, a judge's included; undefined where it was not measured yet. */
export async function numbersOf(folder: RunFolder): Promise<Record<string, number> | undefined> {
  if (!(await exists(folder.at(EVALUATION)))) return undefined;
  const found: Record<string, unknown> = {};
  for (const name of [EVALUATION, JUDGED].map((file) => folder.at(file)))
    if (await exists(name)) Object.assign(found, JSON.parse(await readText(name)));
  return Object.fromEntries(
    Object.entries(found).filter(
      (entry): entry is [string, number] => typeof entry[1] === "number" && !COUNTS.includes(entry[0]),
    ),
  );
}
