import fc from "fast-check";
import { expect, test } from "vitest";
import { bestAssignment } from "../../src/evaluate/assignment.js";
import { matrix } from "../../src/evaluate/index.js";

/** The greatest sum over all one-to-one matchings, by trying them. */
function bestSum(scores: number[][], row = 0, taken: readonly number[] = []): number {
  const here = scores[row];
  if (here === undefined) return 0;
  const sums = here.flatMap((score, j) =>
    taken.includes(j) ? [] : [score + bestSum(scores, row + 1, [...taken, j])],
  );
  const spareRows = scores.length - row > here.length - taken.length;
  return Math.max(...sums, ...(spareRows ? [bestSum(scores, row + 1, taken)] : []));
}

const table = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })).chain(([n, width]) =>
  fc.array(fc.array(fc.float({ min: -9, max: 9, noNaN: true }), { minLength: width, maxLength: width }), {
    minLength: n,
    maxLength: n,
  }),
);

test("is one-to-one and as good as the best of all matchings, also for tables that are not square", () => {
  fc.assert(
    fc.property(table, (scores) => {
      const width = scores[0]!.length;
      const matching = [...bestAssignment(matrix(scores))];
      const chosen = matching.filter((j) => j !== -1);
      expect(new Set(chosen).size).toBe(Math.min(scores.length, width));
      const sum = matching.reduce((total, j, i) => total + (j === -1 ? 0 : scores[i]![j]!), 0);
      expect(sum).toBeCloseTo(bestSum(scores), 4);
    }),
  );
});
