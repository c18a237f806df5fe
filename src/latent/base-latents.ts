import { checkWhole } from "../check-whole.js";
import { OptionError } from "../errors.js";
import { type LatentPart, drawLatents, latentWidth } from "../methods/latent.js";
import { placeOf, places, setClass } from "./places.js";

export interface BaseLatentsOptions {
  /** Layout of a latent vector. */
  readonly parts: readonly LatentPart[];
  /** How many, at least 1. */
  readonly rows: number;
  /** Decides what is drawn. */
  readonly seed: number;
  /** Parts that are the same in every row: the class of a categorical part, the value of all dimensions of another. */
  readonly fix?: Readonly<Record<string, number>> | undefined;
  /** Sets categorical parts to the number of the row, from 0 again after the last class. Default false. */
  readonly spread?: boolean | undefined;
}

/**
 * Latent vectors [rows,width] to start from: drawn from the prior, then spread over the classes where asked, then fixed. A
 * function of its options; asking for more rows keeps the first ones.
 * Throws OptionError for a part, class, value or number of rows that cannot be.
 */
export function baseLatents({
  parts,
  rows,
  seed,
  fix = {},
  spread = false,
}: BaseLatentsOptions): Float32Array {
  checkWhole("rows", rows, 1);
  const fixed = Object.entries(fix).map(([name, value]) => ({ place: placeOf(parts, name), value }));
  for (const { place, value } of fixed) checkFits(place.part, value);
  const latents = drawLatents(parts, rows, seed, "base");
  const width = latentWidth(parts);
  for (let row = 0; row < rows; row++) {
    const vector = latents.subarray(row * width, (row + 1) * width);
    for (const place of spread ? places(parts) : []) {
      if (place.part.kind === "categorical") setClass(vector, place, row % place.part.size);
    }
    for (const { place, value } of fixed) {
      if (place.part.kind === "categorical") setClass(vector, place, value);
      else vector.fill(value, place.start, place.start + place.part.size);
    }
  }
  return latents;
}

/** A class must exist; a value may lie beyond the prior, as a traversal may. */
function checkFits(part: LatentPart, value: number): void {
  if (part.kind === "categorical") checkWhole(`class of ${part.name}`, value, 0, { high: part.size - 1 });
  else if (!Number.isFinite(value)) {
    throw new OptionError({ where: part.name, expected: "a finite number", received: String(value) });
  }
}
