import { exists } from "./files.js";
import { EVALUATION, JUDGED, type RunFolder } from "./folder.js";
import { readJson } from "./json.js";

/** How much was measured; no score. */
const COUNTS = ["pictures", "labelled", "skipped"];

/** Every score of a run by its key, a judge's included; undefined where it was not measured yet. Throws RunError for a broken file. */
export async function numbersOf(folder: RunFolder): Promise<Record<string, number> | undefined> {
  if (!(await exists(folder.at(EVALUATION)))) return undefined;
  const found = { ...(await readKept(folder, EVALUATION)), ...(await readKept(folder, JUDGED)) };
  return Object.fromEntries(
    Object.entries(found).filter(
      (entry): entry is [string, number] => typeof entry[1] === "number" && !COUNTS.includes(entry[0]),
    ),
  );
}

/** Keys of the scores whose fit did not converge when they were measured. */
export async function unconvergedOf(folder: RunFolder): Promise<readonly string[]> {
  const { unconverged = [] } = await readKept(folder, EVALUATION);
  return unconverged as readonly string[];
}

/** The classifier that judged a run: a fingerprint of its weights, or its path in files of before that was kept; "" for none. Throws RunError for a broken file. */
export async function judgeOf(folder: RunFolder): Promise<string> {
  const { judge, judgeFingerprint } = (await readKept(folder, JUDGED)) as Readonly<Record<string, string>>;
  return judgeFingerprint ?? judge ?? "";
}

/** What a file of numbers holds; nothing where it was not written yet. */
async function readKept(folder: RunFolder, file: string): Promise<Readonly<Record<string, unknown>>> {
  const path = folder.at(file);
  if (!(await exists(path))) return {};
  return (await readJson(path, "a JSON file of numbers")) as Readonly<Record<string, unknown>>;
}
