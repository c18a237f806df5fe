import { findMethod } from "./session.js";
import type { DataConfig, RunConfig } from "./config.js";
import type { RunFolder } from "./folder.js";
import { type Metric, metricOf } from "./metrics.js";
import { judgeOf } from "./numbers.js";

type Within = NonNullable<Metric["within"]>;

interface Shared {
  readonly told: (folder: RunFolder) => string | Promise<string>;
  /** Why numbers cannot be compared where it differs. */
  readonly reason: string;
}

/** Why numbers of several runs cannot be held against one another, by key; one that can has no entry. */
export async function whyIncomparable(
  folders: readonly RunFolder[],
  measured: readonly Readonly<Record<string, number>>[],
  keys: readonly string[],
): Promise<Map<string, string>> {
  const reasons = new Map<string, string>();
  if (!sameData(folders)) {
    for (const key of keys) reasons.set(key, "measured on different pictures");
    return reasons;
  }
  for (const key of keys) {
    const { within } = metricOf(key);
    const having = folders.filter((_, i) => measured[i]?.[key] !== undefined);
    if (within === undefined) continue;
    const { told, reason } = shared[within];
    const ofEach = await Promise.all(having.map(async (folder) => told(folder)));
    if (new Set(ofEach).size > 1) reasons.set(key, reason);
  }
  return reasons;
}

/** Whether all were measured on the same pictures. */
export function sameData(folders: readonly Pick<RunFolder, "config">[]): boolean {
  const measuredOn = ({ fingerprint, testFingerprint }: DataConfig) => testFingerprint ?? fingerprint;
  const told = folders.map(
    ({ config: { data, target } }) => `${measuredOn(data)} ${target ? measuredOn(target) : ""}`,
  );
  return new Set(told).size === 1;
}

/** What tells one judge, one set of training labels, one prior from another. */
const shared: Readonly<Record<Within, Shared>> = {
  judge: { told: judgeOf, reason: "said by different judges" },
  labels: {
    told: ({ config }) => config.data.fingerprint,
    reason: "read off training pictures with other labels",
  },
  prior: { told: ({ config }) => priorOf(config), reason: "of different priors" },
};

/** Distributions of the latent vector's parts, whatever their sizes. */
function priorOf({ method, options, data: { image, classes } }: RunConfig): string {
  const parts = findMethod(method).latent?.(options, { image, classes: classes.length }) ?? [];
  const told = parts.map((part) => (part.kind === "uniform" ? `U(${part.low}, ${part.high})` : part.kind));
  return [...new Set(told)].join();
}
