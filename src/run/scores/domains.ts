import { type Matrix, linearProbe, selectRows } from "../../evaluate/index.js";
import { featureOf, stacked, wideFeatures } from "./features.js";
import type { Measured, Scores } from "./measured.js";

/**
 * Whether the domains can be told apart by what is read of them: a fresh linear probe on the first wide feature, fitted on every other
 * test picture, as many of each domain, and measured on the rest.
 */
export async function domainScores({ model, source, target }: Measured): Promise<Scores> {
  const [name] = wideFeatures(model, source.features);
  if (target === undefined || name === undefined) return { numbers: {} };
  const [ours, theirs] = [source, target].map(featureOf(name)) as [Matrix, Matrix];
  const half = Math.floor(Math.min(ours.n, theirs.n) / 2);
  if (half === 0) return { numbers: {} };
  const labels = Int32Array.from({ length: 2 * half }, (_, i) => Number(i >= half));
  const { value, converged } = await linearProbe(
    {
      train: stacked([everyOther(ours, 0, half), everyOther(theirs, 0, half)]),
      trainLabels: labels,
      test: stacked([everyOther(ours, 1, half), everyOther(theirs, 1, half)]),
      testLabels: labels,
    },
    model.spec.host,
  );
  return {
    numbers: { domain_probe_accuracy: value },
    unconverged: converged ? [] : ["domain_probe_accuracy"],
  };
}

/** `wanted` rows: each second one, from `first` on. */
const everyOther = (rows: Matrix, first: number, wanted: number) =>
  selectRows(
    rows,
    Array.from({ length: wanted }, (_, i) => 2 * i + first),
  );
