import { OptionError } from "../errors.js";
import { matmul, placeholder, transpose } from "../engine/ops/index.js";
import type { Host } from "../engine/runtime/host.js";
import { bindGraph } from "./bound-graph.js";
import { checkMatrix, checkWidths, columnMeans, copyCentred, squaredLengths, type Matrix } from "./matrix.js";

/** Rows near to each query, nearest first. */
export interface NearestRows {
  /** [queries, k], row-major: indices of rows. */
  readonly indices: Uint32Array;
  /** [queries, k]: Euclidean distances. */
  readonly distances: Float64Array;
}

/** Among which rows `nearestRows` looks. */
export interface NearestRowsOptions {
  /** Queries are the rows themselves, and no row is its own neighbour; default false. */
  readonly self?: boolean;
  /** Called after each block with the share of the work that is done, in (0, 1]. */
  readonly progress?: (share: number) => void;
}

/** Sizes of a block of products, [queries, rows]: small enough for the cache, large enough for the engine. */
const queryBlock = 256;
const rowBlock = 4096;

/** Candidates kept beyond k: so many rows may be as near as the k-th, within single precision, and none is lost. */
const spare = 8;

/**
 * The k rows with the least Euclidean distance to each query; of equal ones the first. queries [m, d], rows [n, d] ->
 * [m, k]. Candidates are found in single precision, |a - b|^2 = |a|^2 + |b|^2 - 2ab on features less their mean, the
 * products on the host (m * n * d of them); their order is that of exact distances. `nearestNeighbours` is its kin by
 * cosine, within one small set and without a host.
 * Throws OptionError unless 1 <= k <= number of other rows, DataError for features that do not fit or are not finite.
 */
export async function nearestRows(
  queries: Matrix,
  rows: Matrix,
  k: number,
  host: Host,
  { self = false, progress = () => {} }: NearestRowsOptions = {},
): Promise<NearestRows> {
  checkMatrix("nearest_rows", queries);
  checkMatrix("nearest_rows", rows);
  checkWidths("nearest_rows", queries, rows);
  const others = self ? rows.n - 1 : rows.n;
  if (!Number.isInteger(k) || k < 1 || k > others) {
    throw new OptionError({ where: "k", expected: `an integer in 1 .. ${others}`, received: `${k}` });
  }
  const candidates = new Candidates(queries.n, Math.min(others, k + spare));
  await offerAll(queries, rows, host, progress, (query, row, closeness) => {
    if (!self || query !== row) candidates.offer(query, row, closeness);
  });
  return byExactDistance(candidates, queries, rows, k);
}

/** The best rows so far of each query, sorted; of equal ones the first that came. */
class Candidates {
  readonly rows: Uint32Array;
  private readonly distances: Float32Array;

  constructor(
    queries: number,
    readonly count: number,
  ) {
    this.rows = new Uint32Array(queries * count);
    this.distances = new Float32Array(queries * count).fill(Infinity);
  }

  offer(query: number, row: number, distance: number): void {
    const { rows, distances, count } = this;
    const first = query * count;
    let at = first + count - 1;
    if (!(distance < distances[at]!)) return;
    for (; at > first && distances[at - 1]! > distance; at--) {
      distances[at] = distances[at - 1]!;
      rows[at] = rows[at - 1]!;
    }
    distances[at] = distance;
    rows[at] = row;
  }
}

/** Offers every row to every query, block by block, with |row|^2 - 2 query row: what their distances differ by. */
async function offerAll(
  queries: Matrix,
  rows: Matrix,
  host: Host,
  progress: (share: number) => void,
  offer: (query: number, row: number, distance: number) => void,
): Promise<void> {
  const { width } = rows;
  const [height, length] = [Math.min(queryBlock, queries.n), Math.min(rowBlock, rows.n)];
  const a = placeholder("queries", [height, width]);
  const b = placeholder("rows", [length, width]);
  const graph = await bindGraph({ products: matmul(a, transpose(b)) }, host);
  const products = graph.memory("products");
  const mean = columnMeans(rows); // small numbers lose less in single precision
  for (let row = 0; row < rows.n; row += length) {
    copyCentred(rows, row, mean, graph.memory("rows"));
    const lengths = squaredLengths({ data: graph.memory("rows"), n: length, width });
    const rowCount = Math.min(length, rows.n - row);
    for (let query = 0; query < queries.n; query += height) {
      copyCentred(queries, query, mean, graph.memory("queries"));
      await graph.run();
      const queryCount = Math.min(height, queries.n - query);
      for (let i = 0; i < queryCount; i++) {
        for (let j = 0; j < rowCount; j++)
          offer(query + i, row + j, lengths[j]! - 2 * products[i * length + j]!);
      }
      progress((row * queries.n + rowCount * (query + queryCount)) / (rows.n * queries.n));
    }
  }
  graph.release();
}

function byExactDistance(found: Candidates, queries: Matrix, rows: Matrix, k: number): NearestRows {
  const indices = new Uint32Array(queries.n * k);
  const distances = new Float64Array(queries.n * k);
  for (let query = 0; query < queries.n; query++) {
    const list = [...found.rows.subarray(query * found.count, (query + 1) * found.count)]
      .map((row) => ({ row, distance: distance(queries, query, rows, row) }))
      .toSorted((one, other) => one.distance - other.distance || one.row - other.row);
    for (let place = 0; place < k; place++) {
      indices[query * k + place] = list[place]!.row;
      distances[query * k + place] = list[place]!.distance;
    }
  }
  return { indices, distances };
}

/** Euclidean distance of row i of a and row j of b, in double precision. */
function distance(a: Matrix, i: number, b: Matrix, j: number): number {
  let sum = 0;
  for (let t = 0; t < a.width; t++) sum += (a.data[i * a.width + t]! - b.data[j * b.width + t]!) ** 2;
  return Math.sqrt(sum);
}
