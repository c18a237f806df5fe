/** A feature as the trees see it: each row's rank, [n], below `count`. Only the order of values matters. */
export interface Feature {
  readonly ranks: Uint8Array;
  readonly count: number;
}

const mostRanks = 64;

/** A column [n] as ranks: every distinct value its own, or 64 quantiles where there are more. */
export function rank(values: Float32Array): Feature {
  const distinct = [...new Set(values)].toSorted((a, b) => a - b);
  const sorted = distinct.length > mostRanks ? values.toSorted() : Float32Array.from(distinct);
  const count = Math.min(mostRanks, sorted.length);
  const firstOf = (rank: number) => sorted[Math.floor((rank * sorted.length) / count)]!;
  const edges = Array.from({ length: count - 1 }, (_, i) => firstOf(i + 1));
  return { ranks: Uint8Array.from(values, (v) => edges.filter((edge) => v >= edge).length), count };
}

export interface Explanation {
  /** [features]: the share of the targets' variance that splits on the feature explain; not below 0. */
  readonly importance: Float64Array;
  /** The share that the trees explain in all, in [0, 1]; negative parts of the importances included. */
  readonly explained: number;
}

/** What one forest works on; `gain` collects, per feature, the squared error its splits took off unseen rows. */
interface Task {
  readonly features: readonly Feature[];
  readonly targets: Float64Array;
  readonly outputs: number;
  readonly random: () => number;
  readonly minimumLeaf: number;
  readonly gain: Float64Array;
}

/**
 * How much of the targets each feature explains, by `trees` bagged regression trees (Breiman 2001). A split
 * is chosen by the squared error of the rows drawn, but credited with what it takes off the error of the rows
 * *not* drawn ("out of bag"; compare MDI-oob, Li et al. 2019, arXiv:1906.10845): a feature that only fits
 * noise earns nothing, and the credits of a tree sum to the error it removes. Every split may use every
 * feature; the search starts at a random one, so that equal features share. features [F][n], targets
 * row-major [n, outputs] (one-hot targets make it the Gini gain); random in [0, 1). Same random numbers, same
 * result.
 */
export function explain(
  features: readonly Feature[],
  targets: Float64Array,
  outputs: number,
  random: () => number,
  trees: number,
): Explanation {
  const n = targets.length / outputs;
  const gain = new Float64Array(features.length);
  const minimumLeaf = Math.max(5, Math.floor(n / 100)); // smaller ones follow noise, larger ones merge classes
  const task: Task = { features, targets, outputs, random, minimumLeaf, gain };
  let before = 0;
  for (let t = 0; t < trees; t++) {
    const bag = Int32Array.from({ length: n }, () => Math.floor(random() * n));
    const drawn = new Set(bag);
    const unseen = Int32Array.from({ length: n }, (_, row) => row).filter((row) => !drawn.has(row));
    before += squaredError(task, unseen, bag);
    grow(task, bag, unseen);
  }
  if (before === 0) return { importance: gain.fill(0), explained: 0 };
  const explained = gain.reduce((sum, g) => sum + g, 0) / before;
  return { importance: gain.map((g) => Math.max(0, g / before)), explained: Math.max(0, explained) };
}

/** Splits until no split helps or a leaf would be too small. Only the gains are wanted: no tree is kept. */
function grow(task: Task, bag: Int32Array, unseen: Int32Array): void {
  const split = bestSplit(task, bag);
  if (split === undefined) return;
  const { ranks } = task.features[split.feature]!;
  const left = (row: number) => ranks[row]! <= split.rank;
  const right = (row: number) => ranks[row]! > split.rank;
  const parts = [left, right].map((side) => ({ bag: bag.filter(side), unseen: unseen.filter(side) }));
  const after = parts.reduce((sum, part) => sum + squaredError(task, part.unseen, part.bag), 0);
  task.gain[split.feature]! += squaredError(task, unseen, bag) - after;
  for (const part of parts) grow(task, part.bag, part.unseen);
}

/** Squared error on `rows` of predicting the mean of `bag`. */
function squaredError({ targets, outputs }: Task, rows: Int32Array, bag: Int32Array): number {
  let error = 0;
  for (let o = 0; o < outputs; o++) {
    let mean = 0;
    for (const row of bag) mean += targets[row * outputs + o]!;
    mean /= bag.length;
    for (const row of rows) error += (targets[row * outputs + o]! - mean) ** 2;
  }
  return error;
}

/** The split of `bag` with the least squared error: the greatest |S_left|^2 / n_left + |S_right|^2 / n_right. */
function bestSplit(task: Task, bag: Int32Array): { feature: number; rank: number } | undefined {
  const { features, outputs, minimumLeaf } = task;
  if (bag.length < 2 * minimumLeaf) return undefined;
  const first = Math.floor(task.random() * features.length);
  const total = sumsByRank(task, bag, undefined).sums;
  const undivided = squaredLength(total) / bag.length;
  let best: { feature: number; rank: number } | undefined;
  let bestScore = undivided + 1e-9 * (undivided + bag.length); // a gain within rounding of nothing is nothing
  for (let offset = 0; offset < features.length; offset++) {
    const feature = (first + offset) % features.length;
    const { counts, sums } = sumsByRank(task, bag, features[feature]);
    const left = new Float64Array(outputs);
    const right = total.slice();
    let nLeft = 0;
    for (const [rank, count] of counts.entries()) {
      if (count === 0) continue;
      nLeft += count;
      if (bag.length - nLeft < minimumLeaf) break;
      for (let o = 0; o < outputs; o++) {
        left[o]! += sums[rank * outputs + o]!;
        right[o]! -= sums[rank * outputs + o]!;
      }
      if (nLeft < minimumLeaf) continue;
      const score = squaredLength(left) / nLeft + squaredLength(right) / (bag.length - nLeft);
      if (score > bestScore) [best, bestScore] = [{ feature, rank }, score];
    }
  }
  return best;
}

/** Rows and sums of targets per rank of a feature, [count] and [count, outputs]; of the whole bag without one. */
function sumsByRank(
  { targets, outputs }: Task,
  bag: Int32Array,
  feature: Feature | undefined,
): { counts: Int32Array; sums: Float64Array } {
  const counts = new Int32Array(feature?.count ?? 1);
  const sums = new Float64Array(counts.length * outputs);
  for (const row of bag) {
    const rank = feature?.ranks[row] ?? 0;
    counts[rank]!++;
    for (let o = 0; o < outputs; o++) sums[rank * outputs + o]! += targets[row * outputs + o]!;
  }
  return { counts, sums };
}

function squaredLength(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return sum;
}
