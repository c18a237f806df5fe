import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hostRandom } from "../../src/engine/random.js";
import { applyPca, fitPca, matrix, type Matrix } from "../../src/evaluate/index.js";
import { symmetricEigen } from "../../src/evaluate/eigen.js";
import { leadingEigen } from "../../src/evaluate/leading-eigen.js";
import { mapRows } from "./factors.js";
import { features, host, normalRows } from "./features.js";
import { difference } from "./reference.js";

test("components, variances, shares and places are scikit-learn's", async () => {
  const rows = matrix(features.pca.rows);
  const pca = await fitPca(rows, 3, host);
  expect(difference(pca.components.data, features.pca.components.flat())).toBeLessThan(1e-5);
  expect(difference(pca.variances, features.pca.variances)).toBeLessThan(1e-4);
  expect(difference(pca.shares, features.pca.shares)).toBeLessThan(1e-6);
  const places = await applyPca(pca, rows, host);
  expect([places.n, places.width]).toEqual([50, 3]);
  expect(difference(places.data, features.pca.transformed.flat())).toBeLessThan(1e-4);
});

describe("answers known by thought", () => {
  test("rows on a line have one component; a constant has none, and no share", async () => {
    const line = matrix(Array.from({ length: 20 }, (_, i) => [3 * i, 5, -4 * i]));
    const pca = await fitPca(line, 2, host);
    expect(difference(pca.components.data.slice(0, 3), [-0.6, 0, 0.8])).toBeLessThan(1e-6);
    expect(difference(pca.shares, [1, 0])).toBeLessThan(1e-6);
    const { variances, shares } = await fitPca(matrix([[2, 2], [2, 2]]), 2, host); // prettier-ignore
    expect([...variances, ...shares]).toEqual([0, 0, 0, 0]);
  });

  test("a copied feature joins its original, the order of rows does not matter", async () => {
    const rows = normalRows(300, 2, "rows");
    const pca = await fitPca(mapRows(rows, ([a = 0, b = 0]) => [a, b, a]), 1, host); // prettier-ignore
    expect(difference(pca.components.data, [Math.SQRT1_2, 0, Math.SQRT1_2])).toBeLessThan(0.2);
    const turned = { ...rows, data: rows.data.toReversed() };
    const both = [await fitPca(rows, 1, host), await fitPca(turned, 1, host)];
    expect(both[0]!.variances[0]).toBeCloseTo(both[1]!.variances[0]!, 5);
  });

  test("all components keep all distances; their variances are those of the places", async () => {
    const rows = normalRows(1500, 4, "rows"); // more than one block
    const pca = await fitPca(rows, 4, host);
    const places = await applyPca(pca, rows, host);
    expect(distance(places, 3, 1400)).toBeCloseTo(distance(rows, 3, 1400), 4);
    const again = await fitPca(places, 4, host);
    expect(difference(again.variances, pca.variances)).toBeLessThan(1e-4);
    expect(difference(again.components.data, [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1])).toBeLessThan(
      1e-2,
    );
    expect([...pca.shares].reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6);
  });

  test("twice the same is the same to the last bit", async () => {
    const rows = normalRows(200, 90, "rows");
    expect(await fitPca(rows, 5, host)).toEqual(await fitPca(rows, 5, host));
  });
});

function distance({ data, width }: Matrix, i: number, j: number): number {
  return Math.hypot(...Array.from({ length: width }, (_, t) => data[i * width + t]! - data[j * width + t]!));
}

/** Q diag(values) Q^T with a random orthogonal Q: a matrix of known eigenvalues. */
function ofSpectrum(values: Float64Array, seed: number): Float64Array {
  const size = values.length;
  const random = hostRandom(seed, "orthogonal");
  const square = Float64Array.from({ length: size * size }, random.normal);
  const symmetric = square.map((v, at) => v + square[(at % size) * size + Math.floor(at / size)]!);
  const { vectors } = symmetricEigen(symmetric, size);
  return square.map((_, at) => {
    const [i, j] = [Math.floor(at / size), at % size];
    return values.reduce((sum, v, t) => sum + v * vectors[t * size + i]! * vectors[t * size + j]!, 0);
  });
}

describe("leading eigenvectors", () => {
  const spectra = {
    "falling slowly": (i: number) => 1 / (1 + i),
    "flat at the top": (i: number) => (i < 8 ? 5 : 1),
    "of few dimensions": (i: number) => (i < 3 ? 3 - i : 0),
  };
  test.each(Object.entries(spectra))("of a spectrum %s", (_, spectrum) => {
    const values = Float64Array.from({ length: 120 }, (__, i) => spectrum(i));
    const matrix = ofSpectrum(values, 1);
    const { values: found, vectors } = leadingEigen(matrix, 120, 5);
    expect(difference(found, values.slice(0, 5))).toBeLessThan(1e-7);
    for (let i = 0; i < 5; i++) {
      const vector = vectors.subarray(i * 120, (i + 1) * 120);
      const image = vector.map((___, row) =>
        vector.reduce((sum, v, j) => sum + matrix[row * 120 + j]! * v, 0),
      );
      expect(
        difference(
          image,
          vector.map((v) => found[i]! * v),
        ),
      ).toBeLessThan(1e-6);
    }
  });

  test("few of a large matrix and all of a small one are found alike", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), (seed) => {
        const random = hostRandom(seed, "spectrum");
        const values = Float64Array.from({ length: 60 }, () => random.uniform() ** 3).toSorted().toReversed(); // prettier-ignore
        const matrix = ofSpectrum(values, seed);
        expect(difference(leadingEigen(matrix, 60, 3).values, values.slice(0, 3))).toBeLessThan(1e-7);
        expect(difference(leadingEigen(matrix, 60, 60).values, values)).toBeLessThan(1e-10);
      }),
      { numRuns: 10 },
    );
  });

  test("a matrix of zeros has values of zero", () => {
    expect([...leadingEigen(new Float64Array(10_000), 100, 2).values]).toEqual([0, 0]);
  });
});

test("bad input is named", async () => {
  const rows = normalRows(5, 3, "rows");
  await expect(fitPca(rows, 4, host)).rejects.toThrowErrorMatchingInlineSnapshot(
    `[OptionError: components: expected an integer in 1 .. 3, received 4.]`,
  );
  const pca = await fitPca(rows, 1, host);
  await expect(applyPca(pca, normalRows(5, 2, "rows"), host)).rejects.toThrowErrorMatchingInlineSnapshot(`
    [DataError: pca: expected features of one width, received 3 and 2 columns.
      Both must come from the same layer of the same model.]
  `);
});
