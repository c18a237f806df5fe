import { hostRandom } from "../engine/random.js";
import { type Matrix, umap } from "../evaluate/index.js";
import { hasEncoder } from "../methods/index.js";
import type { Scatter } from "../report/index.js";
import type { Model } from "../train/index.js";
import { featureOf, stacked, wideFeatures } from "./scores/features.js";
import { counted } from "./in-words.js";
import type { Domains } from "./scores/measured.js";
import { type Reading, readFirst } from "./scores/reading.js";

/** Test pictures shown, of both domains together. */
const PICTURES = 1200;
/** The class of a picture that has none. */
const NO_CLASS = -1;
/** UMAP's least. */
const NEIGHBOURS = 15;

/**
 * The first wide feature of test pictures in the plane (UMAP): once by class, where classes are known, and once by domain, where there
 * are two. Empty for a model without such a feature.
 */
export async function projections(model: Model, domains: Domains, seed: number): Promise<Scatter[]> {
  if (!hasEncoder(model.spec.method, model.spec.options)) return [];
  const sets = [domains.data.test, ...(domains.target ? [domains.target.test] : [])];
  const readings = await Promise.all(sets.map((set) => readFirst(model, set, PICTURES / sets.length)));
  const [name] = wideFeatures(model, readings[0]?.features ?? {});
  if (name === undefined) return [];
  const rows = stacked(readings.map(featureOf(name)));
  if (rows.n < NEIGHBOURS) return [];
  const options = { neighbours: NEIGHBOURS };
  const places = await umap(rows, hostRandom(seed, "projection").uniform, model.spec.host, options);
  const classes = domains.data.test.classes ?? [];
  const labels = readings.flatMap((reading) => reading.labels);
  return [
    ...(labels.some((label) => label >= 0) ? [grouped(`${name}, by class`, places, labels, classes)] : []),
    ...(domains.target
      ? [grouped(`${name}, by domain`, places, readings.flatMap(domainOf), ["source", "target"])]
      : []),
  ];
}

const domainOf = ({ indices }: Reading, domain: number) => indices.map(() => domain);

function grouped(
  title: string,
  places: Matrix,
  groupOf: readonly number[],
  names: readonly string[],
): Scatter {
  const place = (row: number) => [places.data[2 * row] ?? 0, places.data[2 * row + 1] ?? 0] as const;
  const pointsOf = (number: number) =>
    groupOf.flatMap((group, row) => (group === number ? [place(row)] : []));
  const nameless = pointsOf(NO_CLASS);
  return {
    title,
    caption: `${counted(places.n, "test picture")} by UMAP: what is near in the features is near here; distances between groups say little.`,
    groups: [
      ...names.map((name, number) => ({ name, points: pointsOf(number) })),
      ...(nameless.length > 0 ? [{ name: "no label", points: nameless, rest: true as const }] : []),
    ],
  };
}
