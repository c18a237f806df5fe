import { confusion } from "../../evaluate/index.js";
import { CLASS } from "../../methods/index.js";
import { informationOf, likeliest } from "./codes.js";
import type { Measured, Scores } from "./measured.js";
import type { Reading } from "./reading.js";

/** How often a classifier that was taught the classes is right, on source and target; and how sure it is of the target. */
export function classScores({ source, target }: Measured): Scores {
  const own = accuracy(source);
  const other = target && accuracy(target);
  const read = target?.features[CLASS];
  const numbers = {
    ...(own !== undefined && { test_error: 1 - own }),
    ...(other !== undefined && { target_accuracy: other }),
    ...(read !== undefined && { target_information: informationOf(read) }),
  };
  const shown = other === undefined ? source : target;
  const ofTarget = shown === target;
  return { numbers, ...(shown && own !== undefined && { confusion: { ...confusionOf(shown), ofTarget } }) };
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
