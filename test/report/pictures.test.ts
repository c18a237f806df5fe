import { decode } from "fast-png";
import { describe, expect, it } from "vitest";
import { dataUri, grid } from "../../src/report/index.js";

/** Decoded as rows of numbers, RGB as "r,g,b". */
function pixels(png: Uint8Array): (number | string)[][] {
  const { width, height, channels, data } = decode(png);
  const pixel = (at: number): number | string => {
    const values = data.slice(at * channels, (at + 1) * channels);
    return values.length === 1 ? (values[0] ?? Number.NaN) : values.join(",");
  };
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => pixel(y * width + x)),
  );
}

const grey = { channels: 1, height: 1, width: 2 };

describe("grid", () => {
  it("lays pictures out row by row, with gaps between them only, and fills a ragged last row", () => {
    const images = new Float32Array([0, 0.2, 0.4, 0.6, 0.8, 1]);
    const png = grid({ images, shape: grey, columns: 2, scale: 1, gap: 1, background: 0.1 });
    expect(pixels(png)).toEqual([
      [0, 51, 26, 102, 153],
      [26, 26, 26, 26, 26],
      [204, 255, 26, 26, 26],
    ]);
  });

  it("enlarges each pixel to a square", () => {
    const png = grid({
      images: new Float32Array([0.2, 1, 0.4, 0]),
      shape: { ...grey, height: 2 },
      columns: 1,
      scale: 2,
    });
    expect(pixels(png)).toEqual([
      [51, 51, 255, 255],
      [51, 51, 255, 255],
      [102, 102, 0, 0],
      [102, 102, 0, 0],
    ]);
  });

  it("has gaps of two mid-grey pixels and twofold pictures unless told otherwise", () => {
    const png = grid({
      images: new Float32Array([0, 1]),
      shape: { channels: 1, height: 1, width: 1 },
      columns: 2,
    });
    const row = [0, 0, 128, 128, 255, 255];
    expect(pixels(png)).toEqual([row, row]);
  });

  it("turns planes of red, green and blue into RGB pixels", () => {
    const images = new Float32Array([1, 0, 0.2, 0.4, 0, 1, /* second picture */ 0, 0, 0, 1, 0.6, 0.6]);
    const png = grid({
      images,
      shape: { channels: 3, height: 1, width: 2 },
      columns: 2,
      scale: 1,
      gap: 1,
      background: 0.2,
    });
    expect(pixels(png)).toEqual([["255,51,0", "0,102,255", "51,51,51", "0,0,153", "0,255,153"]]);
  });

  it("clips what lies outside [0,1] and draws NaN black", () => {
    const images = new Float32Array([-3, 7, Number.NaN, Infinity]);
    expect(pixels(grid({ images, shape: grey, columns: 2, scale: 1, gap: 0 }))).toEqual([[0, 255, 0, 255]]);
  });

  it("is no wider than its pictures", () => {
    expect(decode(grid({ images: new Float32Array(2), shape: grey, columns: 10, scale: 3 })).width).toBe(6);
  });

  it.each([
    ["a broken picture", new Float32Array(3), grey],
    ["no picture", new Float32Array(0), grey],
    ["two channels", new Float32Array(4), { ...grey, channels: 2 }],
  ])("refuses %s", (_, images, shape) => {
    expect(() => grid({ images, shape, columns: 1 })).toThrow(
      `grid: expected images [N, C, H, W] with N >= 1 and C = 1 or 3, received ${images.length} values for pictures of [${shape.channels}, 1, 2].`,
    );
  });

  it.each([
    [{ columns: 0 }, "grid: columns: expected an integer >= 1, received 0."],
    [{ scale: 1.5 }, "grid: scale: expected an integer >= 1, received 1.5."],
    [{ gap: -1 }, "grid: gap: expected an integer >= 0, received -1."],
  ])("refuses the layout %o", (wrong, message) => {
    expect(() => grid({ images: new Float32Array(2), shape: grey, columns: 1, ...wrong })).toThrow(message);
  });
});

describe("dataUri", () => {
  it("carries the bytes of the PNG", () => {
    const png = grid({ images: new Float32Array([0, 1]), shape: grey, columns: 1 });
    const [head, body] = dataUri(png).split(",");
    expect(head).toBe("data:image/png;base64");
    expect(new Uint8Array(Buffer.from(body ?? "", "base64"))).toEqual(png);
  });
});
