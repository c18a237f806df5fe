import { clusterAccuracy, codeEntropy, confusion, nmi } from "../../evaluate/index.js";
import { categoricalCode, categoricalName, likeliest } from "./codes.js";
import type { Measured, Scores } from "./measured.js";

/** How well a categorical code that was learned without labels names the classes. */
export function clusterScores({ model, source }: Measured): Scores {
  const { features, labels } = source;
  const { classes = [] } = source.data;
  const code = categoricalCode(model, features);
  if (code === undefined) return { numbers: {} };
  const { balance, conditional } = codeEntropy({ data: code.data, n: labels.length, width: code.width });
  const entropy = { code_balance: balance, code_uncertainty: conditional };
  if (classes.length === 0 || labels.every((label) => label < 0)) return { numbers: entropy };
  const table = confusion(likeliest(code), labels, code.width, classes.length);
  const { value, matching } = clusterAccuracy(table);
  return {
    numbers: { cluster_accuracy: value, nmi: nmi(table), ...entropy },
    confusion: { code: categoricalName(model, features) ?? "", table, matching: [...matching], classes },
  };
}
