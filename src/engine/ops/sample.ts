import { ShapeError } from "../../errors.js";
import { type Emitter, type Tensor, show } from "../tensor.js";
import { type Value, defineOp } from "./define.js";

type Sample = (x: Value, maps: Value) => Tensor;

function checkMaps(where: string, x: Tensor, maps: Tensor): void {
  if (x.shape.length !== 4 || maps.shape.join() !== [x.shape[0], 2, 3].join()) {
    throw new ShapeError({
      where,
      expected: "x [B,C,H,W] with maps [B,2,3]",
      received: `${show(x.shape)} and ${show(maps.shape)}`,
    });
  }
}

/**
 * x [B,C,H,W] seen through one affine map per picture, bilinear, zeros outside. maps [B,2,3]: where in the source (x, y in
 * [-1,1], pixel edges at +-1) the point (x, y, 1) of the result lies. Differentiable in x to every order; maps are constants.
 * Jaderberg et al. 2015, arXiv:1506.02025, eq. 1 and 5.
 */
export const affineSample: Sample = defineOp("affineSample", {
  inputs: ["x", "maps"],
  shape: ({ x, maps }) => {
    checkMaps("affineSample", x, maps);
    return x.shape;
  },
  onnx: (emitter, [x = "", maps = ""], _a, node) => {
    const size = emitter.ints(node.inputs[0]?.shape ?? []);
    const grid = emitter.node("AffineGrid", [maps, size], { align_corners: 0 });
    return emitter.node("GridSample", [x, grid], { mode: "linear", padding_mode: "zeros", align_corners: 0 });
  },
  gradient: { x: ({ maps, dOut }) => affineSpread(dOut, maps) },
});

/** The adjoint of affineSample in x: every value of d [B,C,H,W] is spread over the four pixels it was read from. */
export const affineSpread: Sample = defineOp("affineSpread", {
  inputs: ["d", "maps"],
  shape: ({ d, maps }) => {
    checkMaps("affineSpread", d, maps);
    return d.shape;
  },
  onnx: (emitter, names, _a, node) => emitSpread(emitter, names, node.inputs[0]?.shape ?? []),
  gradient: { d: ({ maps, dOut }) => affineSample(dOut, maps) },
});

function emitSpread(
  emitter: Emitter,
  [d = "", maps = ""]: readonly string[],
  shape: readonly number[],
): string {
  const [batch = 0, channels = 0, height = 0, width = 0] = shape;
  const number = (value: number) => emitter.floats([value], []);
  const op = (type: string, ...inputs: string[]) => emitter.node(type, inputs);
  const grid = emitter.node("AffineGrid", [maps, emitter.ints(shape)], { align_corners: 0 });
  // A border of two pixels all around takes what falls outside, and is cut off at the end: no masks are needed.
  const [wide, high] = [width + 4, height + 4];
  const pixels = height * width;
  // Rows first: on shapes that end in 1 ONNX Runtime's elementwise ops fall back to one element at a time.
  const rows = emitter.ints([batch, 1, pixels]);
  const pixel = (axis: number, size: number) => {
    const place = op("Reshape", emitter.node("Gather", [grid, emitter.ints([axis])], { axis: 3 }), rows);
    // From [-1, 1] to pixels, moved by the border.
    const moved = op("Add", op("Mul", place, number(size / 2)), number(size / 2 + 1.5));
    const bounded = op("Clip", moved, number(0), number(size + 2));
    const base = op("Floor", bounded);
    const rest = op("Sub", bounded, base);
    return { base, shares: [op("Sub", number(1), rest), rest] as const };
  };
  const [x, y] = [pixel(0, width), pixel(1, height)];
  const values = op("Reshape", d, emitter.ints([batch, channels, pixels]));
  const origin = op("Add", op("Mul", y.base, number(wide)), x.base);
  const index = emitter.node("Cast", [origin], { to: 7 });
  const corner = (right: 0 | 1, down: 0 | 1) => {
    const weight = op("Mul", x.shares[right], y.shares[down]);
    const place = op("Add", index, emitter.ints([down * wide + right]));
    return {
      value: op("Mul", values, weight),
      index: channels === 1 ? place : op("Expand", place, emitter.ints([batch, channels, pixels])),
    };
  };
  const corners = [corner(0, 0), corner(1, 0), corner(0, 1), corner(1, 1)];
  const all = (part: "value" | "index") =>
    emitter.node(
      "Concat",
      corners.map((c) => c[part]),
      { axis: 2 },
    );
  const zeros = op("Expand", number(0), emitter.ints([batch, channels, wide * high]));
  const spread = emitter.node("ScatterElements", [zeros, all("index"), all("value")], {
    axis: 2,
    reduction: "add",
  });
  const framed = op("Reshape", spread, emitter.ints([batch, channels, high, wide]));
  return op(
    "Slice",
    framed,
    emitter.ints([2, 2]),
    emitter.ints([2 + height, 2 + width]),
    emitter.ints([2, 3]),
  );
}
