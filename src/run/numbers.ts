import { exists, readText } from "./files.js";
import { EVALUATION, JUDGED, type RunFolder } from "./folder.js";

/** How much was measured; no score. */
const COUNTS = ["pictures", "labelled", "skipped"];

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

/** The classifier that judged a run: a fingerprint of its weights, or its path in files of before that was kept; "" for none. */
export async function judgeOf(folder: RunFolder): Promise<string> {
  if (!(await exists(folder.at(JUDGED)))) return "";
  const { judge, judgeFingerprint } = JSON.parse(await readText(folder.at(JUDGED))) as Record<string, string>;
  return judgeFingerprint ?? judge ?? "";
}
