import { DataError } from "../errors.js";

/** How often code u met class v: `counts` is row-major [codes, classes], `total` their sum. */
export interface Confusion {
  readonly counts: Uint32Array;
  readonly codes: number;
  readonly classes: number;
  readonly total: number;
}

/**
 * Counts pairs of code and class. assignment [n] in 0 .. codes-1, labels [n] in 0 .. classes-1 or -1 for an
 * unlabelled picture, which is ignored -> counts [codes, classes].
 * Throws DataError for unequal lengths or a value out of range.
 */
export function confusion(
  assignment: ArrayLike<number>,
  labels: ArrayLike<number>,
  codes: number,
  classes: number,
): Confusion {
  if (assignment.length !== labels.length) {
    throw new DataError({
      where: "confusion",
      expected: "one label per assignment (-1 where there is none)",
      received: `${assignment.length} assignments and ${labels.length} labels`,
    });
  }
  const counts = new Uint32Array(codes * classes);
  let total = 0;
  for (let i = 0; i < labels.length; i++) {
    const code = assignment[i]!;
    const label = labels[i]!;
    requireIndex("assignment", i, code, codes);
    if (label === -1) continue;
    requireIndex("label", i, label, classes);
    counts[code * classes + label]!++;
    total++;
  }
  return { counts, codes, classes, total };
}

/** A row of counts for each code. */
export function rowsOf({ counts, codes, classes }: Confusion): number[][] {
  return Array.from({ length: codes }, (_, code) => [
    ...counts.subarray(code * classes, (code + 1) * classes),
  ]);
}

function requireIndex(what: string, i: number, value: number, below: number): void {
  if (Number.isInteger(value) && value >= 0 && value < below) return;
  throw new DataError({
    where: `${what} of picture ${i}`,
    expected: `an integer in 0 .. ${below - 1}`,
    received: `${value}`,
  });
}

/** Throws DataError where a score needs labels and no picture has one. */
export function requireLabels(where: string, { total }: Confusion): void {
  if (total > 0) return;
  throw new DataError({
    where,
    expected: "at least one labelled picture",
    received: "none",
    hint: "Without labels use neighbour_agreement and code_entropy.",
  });
}
