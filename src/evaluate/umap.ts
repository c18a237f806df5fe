import { UMAP } from "umap-js";
import { OptionError } from "../errors.js";
import type { Host } from "../engine/runtime/host.js";
import { type Matrix, matrix } from "./matrix.js";
import { nearestRows } from "./nearest-rows.js";

/** What `umap` keeps near, and how long it moves rows. */
export interface UmapOptions {
  /** Rows near to each, itself included, that stay near; default 15. Few show detail, many the whole. */
  readonly neighbours?: number;
  /** How close rows may lie in the plane, from 0; default 0.1. */
  readonly minimumDistance?: number;
  /** Rounds of moving rows; 500 up to 2,500 rows, else fewer, where not given. */
  readonly epochs?: number;
  /** Called after each round with the share of rounds that are done, in (0, 1]. */
  readonly progress?: (share: number) => void;
}

/**
 * A picture of features in the plane: UMAP, McInnes et al. 2018, arXiv:1802.03426 (library `umap-js`), from exact Euclidean
 * neighbours and a random start: rows [n, d] -> [n, 2]. It keeps neighbours together; distances between groups, and their
 * sizes, mean little. `random` in [0, 1) draws; same numbers, same picture.
 * Throws OptionError unless 2 <= neighbours <= n, DataError for numbers that are not finite.
 */
export async function umap(
  rows: Matrix,
  random: () => number,
  host: Host,
  { neighbours = 15, minimumDistance = 0.1, epochs, progress = () => {} }: UmapOptions = {},
): Promise<Matrix> {
  const { data, n, width } = rows;
  if (!Number.isInteger(neighbours) || neighbours < 2 || neighbours > n) {
    throw new OptionError({
      where: "neighbours",
      expected: `an integer in 2 .. ${n}`,
      received: `${neighbours}`,
    });
  }
  const map = new UMAP({
    nNeighbors: neighbours,
    minDist: minimumDistance,
    random,
    ...(epochs !== undefined && { nEpochs: epochs }),
  });
  const others = neighbours - 1; // the library counts a row as its own first neighbour
  const { indices, distances } = await nearestRows(rows, rows, others, host, { self: true });
  const listed = (own: (i: number) => number, all: Uint32Array | Float64Array) =>
    Array.from({ length: n }, (_, i) => [own(i), ...all.subarray(i * others, (i + 1) * others)]);
  map.setPrecomputedKNN(
    listed((i) => i, indices),
    listed(() => 0, distances),
  );
  const rounds = map.initializeFit(
    Array.from({ length: n }, (_, i) => [...data.subarray(i * width, (i + 1) * width)]),
  );
  for (let round = 1; round <= rounds; round++) {
    map.step();
    progress(round / rounds);
  }
  return matrix(map.getEmbedding());
}
