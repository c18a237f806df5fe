import { confusion } from "../../evaluate/index.js";
import { CLASS } from "../../methods/index.js";
import { likeliest } from "./codes.js";
import type { Measured, Scores } from "./measured.js";
import type { Reading } from "./reading.js";

/** How often a classifier that was taught the classes is right, on the data it was taught on and on the target. */
export function classScores({ source, target }: Measured): Scores {
  const own = accuracy(source);
  const other = target && accuracy(target);
  const numbers = {
    ...(own !== undefined && { test_error: 1 - own }),
    ...(other !== undefined && { target_accuracy: other }),
  };
  const shown = other === undefined ? source : target;
  return { numbers, ...(shown && own !== undefined && { confusion: confusionOf(shown) }) };
}

/** Share of the labelled pictures whose class is named; undefined where there is none, or nothing names classes. */
function accuracy({ features, labels }: Reading): number | undefined {
  const found = features[CLASS];
  const known = labels.filter((label) => label >= 0).length;
  if (found === undefined || known === 0) return undefined;
  const named = likeliest(found);
  return labels.filter((label, i) => label >= 0 && named[i] === label).length / known;
}

/** Named class against true class. */
function confusionOf({
  features,
  labels,
  data: { classes = [] },
}: Reading): NonNullable<Scores["confusion"]> {
  const found = features[CLASS] ?? { data: new Float32Array(), width: classes.length };
  const table = confusion(likeliest(found), labels, found.width, classes.length);
  return { code: CLASS, table, matching: classes.map((_, number) => number), classes };
}
