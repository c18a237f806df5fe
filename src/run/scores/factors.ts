import { hostRandom } from "../../engine/random.js";
import {
  type Matrix,
  codeCorrelation,
  column,
  dci,
  factorVaeScore,
  matrix,
  mig,
  pooledSampler,
} from "../../evaluate/index.js";
import { codeMatrix, continuousColumns } from "./codes.js";
import type { Measured, Scores } from "./measured.js";

/** How the codes follow factors that are known. */
export async function factorScores({ model, source, seed }: Measured): Promise<Scores> {
  const { features, indices, data } = source;
  const { factors } = data;
  const factorsOf = data.factorsOf?.bind(data);
  if (factors === undefined || factorsOf === undefined) return { numbers: {} };
  const truth = matrix(indices.map((i) => factorsOf(i)));
  const codes = codeMatrix(model, features, indices.length);
  const names = continuousColumns(model, features).map(({ name }) => name);
  // One code alone has no second best, and no factor to disentangle from another.
  if (codes.width < 2) return { numbers: {} };
  const scores: Record<string, number> = {
    mig: mig(codes, truth).value,
    ...pick(dci(codes, truth, hostRandom(seed, "dci").uniform), "dci"),
    factorvae_score: (
      await factorVaeScore(
        pooledSampler(codes, truth, hostRandom(seed, "factorvae sampler").uniform),
        hostRandom(seed, "factorvae").uniform,
      )
    ).value,
  };
  if (names.length === 0) return { numbers: scores };
  const continuous = factors.map((f, j) => ({ f, j })).filter(({ f }) => f.values === undefined);
  const { correlations, matched } = codeCorrelation(
    columns(
      codes,
      names.map((_, i) => codes.width - names.length + i),
    ),
    columns(
      truth,
      continuous.map(({ j }) => j),
    ),
  );
  const values = names.map((_, i) =>
    continuous.map((__, j) => correlations.data[i * continuous.length + j] ?? 0),
  );
  for (const [j, { f }] of continuous.entries()) {
    scores[`code_correlation_${f.name}`] = matched[j] ?? 0;
  }
  return {
    numbers: scores,
    correlations: { codes: names, factors: continuous.map(({ f }) => f.name), values },
  };
}

function pick({ disentanglement, completeness, informativeness }: ReturnType<typeof dci>, prefix: string) {
  return {
    [`${prefix}_disentanglement`]: disentanglement,
    [`${prefix}_completeness`]: completeness,
    [`${prefix}_informativeness`]: informativeness,
  };
}

function columns(rows: Matrix, wanted: readonly number[]): Matrix {
  const chosen = wanted.map((j) => column(rows, j));
  return matrix(Array.from({ length: rows.n }, (_, i) => chosen.map((values) => values[i] ?? 0)));
}
