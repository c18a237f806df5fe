import { OptionError } from "../errors.js";
import { matmul, placeholder, transpose } from "../engine/ops/index.js";
import type { Host } from "../engine/runtime/host.js";
import { bindGraph, type BoundGraph } from "./bound-graph.js";
import { checkMatrix, columnMeans, copyCentred, squaredLengths, type Matrix } from "./matrix.js";

/** How long `kMeans` looks for clusters. */
export interface KMeansOptions {
  /** Starts, of which the one with the least error is kept; default 10. */
  readonly starts?: number;
  /** Most rounds of a start; default 300. */
  readonly rounds?: number;
  /** Called after each start with the share of starts that are done, in (0, 1]. */
  readonly progress?: (share: number) => void;
}

/** Rows in k clusters. */
export interface KMeans {
  /** [n], in 0 .. k-1: the cluster of each row, as a categorical code for `confusion`. */
  readonly assignment: Int32Array;
  /** [k, d] */
  readonly centres: Matrix;
  /** Sum of squared distances of rows to their centres. */
  readonly error: number;
  /** Whether the last round of the start that was kept moved no row. */
  readonly converged: boolean;
}

/**
 * k-means of rows [n, d]: Lloyd's rounds (Lloyd 1982) from starts drawn by k-means++ (Arthur & Vassilvitskii 2007, section
 * 2.2), until no row moves. A cluster that lost all its rows takes the row that is farthest from its own centre. `random`
 * in [0, 1) draws; same numbers, same clusters. With `confusion`, `clusterAccuracy` and `nmi` it says how far classes are
 * clusters of continuous features.
 * Throws OptionError unless 1 <= k <= n and there is a start and a round, DataError for numbers that are not finite.
 */
export async function kMeans(
  rows: Matrix,
  k: number,
  random: () => number,
  host: Host,
  { starts = 10, rounds = 300, progress = () => {} }: KMeansOptions = {},
): Promise<KMeans> {
  checkMatrix("k_means", rows);
  if (!Number.isInteger(k) || k < 1 || k > rows.n) {
    throw new OptionError({ where: "k", expected: `an integer in 1 .. ${rows.n}`, received: `${k}` });
  }
  for (const [where, count] of Object.entries({ starts, rounds })) {
    if (!Number.isInteger(count) || count < 1)
      throw new OptionError({ where, expected: "an integer of at least 1", received: `${count}` });
  }
  const mean = columnMeans(rows);
  const data = new Float32Array(rows.data.length);
  copyCentred(rows, 0, mean, data); // small numbers lose less in single precision
  const task = await prepare({ ...rows, data }, k, host);
  let best: KMeans | undefined;
  for (let start = 1; start <= starts; start++) {
    const found = await lloyd(task, plusPlus(task, random), rounds);
    if (best === undefined || found.error < best.error) best = found;
    progress(start / starts);
  }
  task.graph.release();
  const { centres, ...rest } = best!;
  return { ...rest, centres: { ...centres, data: centres.data.map((v, at) => v + mean[at % rows.width]!) } };
}

/** Rows less their mean, their squared lengths, and the graph of their products with k centres. */
interface Task {
  readonly rows: Matrix;
  readonly k: number;
  readonly lengths: Float64Array;
  readonly graph: BoundGraph;
}

async function prepare(rows: Matrix, k: number, host: Host): Promise<Task> {
  const x = placeholder("x", [rows.n, rows.width]);
  const c = placeholder("centres", [k, rows.width]);
  const graph = await bindGraph({ products: matmul(x, transpose(c)) }, host, { x: rows.data });
  return { rows, k, lengths: squaredLengths(rows), graph };
}

/** Squared distances of every row to k centres, [n, k]; not below 0. */
async function squaredDistances(
  { rows, k, lengths, graph }: Task,
  centres: Float32Array,
): Promise<Float64Array> {
  graph.memory("centres").set(centres);
  await graph.run();
  const products = graph.memory("products");
  const ends = squaredLengths({ data: centres, n: k, width: rows.width });
  return Float64Array.from(products, (product, at) =>
    Math.max(0, lengths[Math.floor(at / k)]! + ends[at % k]! - 2 * product),
  );
}

/** Centres by k-means++: each a row, drawn with a chance that grows with its squared distance to those before. */
function plusPlus({ rows, k }: Task, random: () => number): Float32Array {
  const { data, n, width } = rows;
  const centres = new Float32Array(k * width);
  const nearest = new Float64Array(n).fill(Infinity);
  let chosen = Math.floor(random() * n);
  for (let c = 0; c < k; c++) {
    const centre = data.subarray(chosen * width, (chosen + 1) * width);
    centres.set(centre, c * width);
    for (let i = 0; i < n; i++) nearest[i] = Math.min(nearest[i]!, squaredDistance(rows, i, centre));
    let left = random() * nearest.reduce((sum, distance) => sum + distance, 0);
    chosen = nearest.findIndex((distance) => (left -= distance) < 0);
    if (chosen === -1) chosen = Math.floor(random() * n); // all rows are centres, or equal to one
  }
  return centres;
}

/** Rounds of Lloyd: rows go to their nearest centre (of equal ones the first), centres to the mean of their rows. */
async function lloyd(task: Task, start: Float32Array, rounds: number): Promise<KMeans> {
  const { rows, k } = task;
  let assignment = new Int32Array(rows.n).fill(-1);
  let centres = start;
  let converged = false;
  for (let round = 0; round < rounds && !converged; round++) {
    const distances = await squaredDistances(task, centres);
    const next = Int32Array.from(assignment, (_, i) => nearestCentre(distances, i, k));
    converged = next.every((centre, i) => centre === assignment[i]);
    assignment = next;
    if (!converged) centres = means(task, assignment, centres);
  }
  const centreOf = (i: number) => {
    const first = assignment[i]! * rows.width;
    return centres.subarray(first, first + rows.width);
  };
  const error = assignment.reduce((sum, _, i) => sum + squaredDistance(rows, i, centreOf(i)), 0);
  return { assignment, centres: { data: centres, n: k, width: rows.width }, error, converged };
}

function nearestCentre(distances: Float64Array, row: number, k: number): number {
  let nearest = 0;
  for (let c = 1; c < k; c++) if (distances[row * k + c]! < distances[row * k + nearest]!) nearest = c;
  return nearest;
}

/** The mean of each cluster's rows; one without rows first takes the farthest row of another, if any is off its centre. */
function means({ rows, k }: Task, assignment: Int32Array, before: Float32Array): Float32Array {
  const { data, width } = rows;
  const counts = new Int32Array(k);
  for (const c of assignment) counts[c]!++;
  if (counts.includes(0)) refill(rows, counts, assignment, before);
  const sums = new Float64Array(k * width);
  for (const [i, c] of assignment.entries()) {
    for (let j = 0; j < width; j++) sums[c * width + j]! += data[i * width + j]!;
  }
  return before.map((old, at) => {
    const count = counts[Math.floor(at / width)]!;
    return count === 0 ? old : sums[at]! / count;
  });
}

/** Changes counts and assignment so that no cluster is empty, as far as there are rows off their centres. */
function refill(rows: Matrix, counts: Int32Array, assignment: Int32Array, centres: Float32Array): void {
  const { width } = rows;
  // Exact: rounding would move rows from centres that they are equal to, round after round.
  const own = Float64Array.from(assignment, (c, i) =>
    squaredDistance(rows, i, centres.subarray(c * width, (c + 1) * width)),
  );
  for (const [c, count] of counts.entries()) {
    if (count > 0) continue;
    let farthest: number | undefined;
    for (const [i, distance] of own.entries()) {
      const alone = counts[assignment[i]!] === 1;
      if (!alone && distance > (farthest === undefined ? 0 : own[farthest]!)) farthest = i;
    }
    if (farthest === undefined) return;
    counts[assignment[farthest]!]!--;
    counts[c] = 1;
    assignment[farthest] = c;
    own[farthest] = 0;
  }
}

function squaredDistance({ data, width }: Matrix, row: number, point: Float32Array): number {
  let sum = 0;
  for (let j = 0; j < width; j++) sum += (data[row * width + j]! - point[j]!) ** 2;
  return sum;
}
