import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fitted } from "../../src/data/fit.js";
import type { Rasters } from "../../src/data/fit.js";

const grey = (height: number, width: number, values: readonly number[]): Rasters => ({
  count: values.length / (height * width),
  height,
  width,
  channels: 1,
  values: Uint8Array.from(values),
});

const cover = { channels: 1, fit: "cover" } as const;
const pixelsOf = (rasters: Rasters, options: Parameters<typeof fitted>[1]): number[] =>
  Array.from(fitted(rasters, options).pixels);

const anySize = { height: fc.integer({ min: 1, max: 12 }), width: fc.integer({ min: 1, max: 12 }) };

describe("fitted", () => {
  test("pictures of the wanted size stay as they are, channel-major", () => {
    expect(pixelsOf(grey(2, 2, [1, 2, 3, 4, 5, 6, 7, 8]), { ...cover, side: 2 })).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8,
    ]);
    const colour: Rasters = {
      count: 1,
      height: 1,
      width: 1,
      channels: 3,
      values: Uint8Array.of(10, 20, 30),
    };
    expect(pixelsOf(colour, { side: 1, channels: 3, fit: "cover" })).toEqual([10, 20, 30]);
    expect(fitted(colour, { side: 1, channels: 3, fit: "cover" }).about).toBe("1x1 as in the file, RGB");
  });

  test("grey of colour is its luma; colour of grey is three times the same", () => {
    const colour: Rasters = {
      count: 1,
      height: 1,
      width: 1,
      channels: 3,
      values: Uint8Array.of(10, 100, 200),
    };
    expect(pixelsOf(colour, { ...cover, side: 1 })).toEqual([Math.round(2.99 + 58.7 + 22.8)]);
    expect(pixelsOf(grey(1, 2, [5, 5]), { side: 1, channels: 3, fit: "cover" })).toEqual([5, 5, 5]);
  });

  test("doubled, a pixel is three quarters of its own and a quarter of its neighbour", () => {
    const doubled = pixelsOf(grey(2, 2, [0, 100, 0, 100]), { ...cover, side: 4 });
    expect(doubled).toEqual([0, 25, 75, 100, 0, 25, 75, 100, 0, 25, 75, 100, 0, 25, 75, 100]);
  });

  test("shrunk to a quarter, every pixel counts, those of the middle most", () => {
    const light = Array.from({ length: 8 }, (_, bright) => {
      const column = Array.from({ length: 64 }, (_, i) => (i % 8 === bright ? 255 : 0));
      return pixelsOf(grey(8, 8, column), { ...cover, side: 2 })[0] ?? NaN;
    });
    // The triangle of half width 4 around 1.5, cut off at the edge: 2.5, 3.5, 3.5, 2.5, 1.5, 0.5 of 14.
    expect(light).toEqual([46, 64, 64, 46, 27, 9, 0, 0]);
  });

  test("a longer side is cut to its middle", () => {
    expect(pixelsOf(grey(1, 5, [1, 2, 3, 4, 5]), { ...cover, side: 1 })).toEqual([3]);
    expect(pixelsOf(grey(4, 2, [1, 1, 2, 3, 4, 5, 9, 9]), { ...cover, side: 2 })).toEqual([2, 3, 4, 5]);
  });

  test("whatever the sizes, one colour stays that colour, and a slope stays within its ends", () => {
    fc.assert(
      fc.property(
        fc.record(anySize),
        fc.integer({ min: 1, max: 15 }),
        fc.nat({ max: 255 }),
        ({ height, width }, side, value) => {
          const flat = pixelsOf(grey(height, width, Array(height * width).fill(value)), { ...cover, side });
          expect(new Set(flat)).toEqual(new Set([value]));
          const slope = grey(
            height,
            width,
            Array.from({ length: height * width }, (_, i) => 20 * (i % width)),
          );
          const rows = pixelsOf(slope, { ...cover, side });
          for (let at = 1; at < side; at++) expect(rows[at]).toBeGreaterThanOrEqual(rows[at - 1] ?? NaN);
          expect(rows.at(-1)).toBeLessThanOrEqual(20 * (width - 1));
        },
      ),
    );
  });

  test("padded, 16x16 lie as 20x20 in the middle of 28x28, as MNIST's digits do", () => {
    const { pixels, about } = fitted(grey(16, 16, Array(256).fill(200)), {
      side: 28,
      channels: 1,
      fit: "pad",
    });
    for (let at = 0; at < 784; at++) {
      const [row, column] = [Math.floor(at / 28), at % 28];
      const inside = Math.min(row, column) >= 4 && Math.max(row, column) < 24;
      expect(pixels[at]).toBe(inside ? 200 : 0);
    }
    expect(about).toBe("resized to 20x20 (bilinear), in the middle of 28x28, black around, grey");
  });

  test("padded, nothing of a picture is lost, and its shape is kept", () => {
    const { pixels } = fitted(grey(2, 4, Array(8).fill(90)), { side: 14, channels: 1, fit: "pad" });
    const inked = Array.from(pixels, (value, at) => (value === 90 ? at : -1)).filter((at) => at >= 0);
    const rows = inked.map((at) => Math.floor(at / 14));
    const columns = inked.map((at) => at % 14);
    expect([Math.min(...rows), Math.max(...rows), Math.min(...columns), Math.max(...columns)]).toEqual([
      4, 8, 2, 11,
    ]);
  });
});
