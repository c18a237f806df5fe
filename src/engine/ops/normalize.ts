import { ShapeError } from "../../errors.js";
import { type Emitter, type Shape, type Tensor, count, sameShape, show } from "../tensor.js";
import { type Value, defineManyOp } from "./define.js";
import { add, div, mul, neg, pow, sub } from "./elementwise.js";
import { sum } from "./reduce.js";
import { reshape } from "./shape.js";

interface Epsilon {
  readonly epsilon: number;
}

/** Axes of [B,C,...S] that batch normalisation averages over: all but the channels. */
const pooled = (shape: Shape): number[] => shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
const perChannel = (x: Tensor, v: Tensor): Tensor => reshape(v, channelShape(x.shape));
const channelShape = (shape: Shape): Shape => shape.map((size, axis) => (axis === 1 ? size : 1));

/**
 * Batch normalisation with the batch's own statistics. x [B,C,...S], scale [C], shift [C] -> [y, mean [C], variance [C]],
 * variance without Bessel's correction. Ioffe & Szegedy 2015, arXiv:1502.03167, algorithm 1.
 */
export const batchNormalize: (x: Value, scale: Value, shift: Value, a: Epsilon) => Tensor[] = defineManyOp<
  ["x", "scale", "shift"],
  Epsilon
>("batchNormalize", {
  inputs: ["x", "scale", "shift"],
  types: ({ x, scale, shift }) => {
    const channels = x.shape[1];
    if (channels === undefined || ![scale, shift].every((v) => sameShape(v.shape, [channels]))) {
      throw new ShapeError({
        where: "batchNormalize",
        expected: `scale and shift [${channels ?? "C"}] for x ${show(x.shape)}`,
        received: `${show(scale.shape)} and ${show(shift.shape)}`,
      });
    }
    return [x.shape, [channels], [channels]].map((shape) => ({ shape, dtype: "float32" as const }));
  },
  onnx: (emitter, names, a, node) => {
    const [x] = node.inputs as [Tensor];
    const whole = x.shape.length > 2 && emitter.has("BatchNormalization");
    return whole ? emitOp(emitter, names, a, x) : emitComposed(emitter, names, a, x);
  },
  gradient: {
    // With inv = (variance + epsilon)^-1/2 and M values per channel (algorithm 1's chain rule, two reductions):
    // dx = scale inv (dy - sum(dy)/M - xhat sum(dy xhat)/M), plus what arrives at mean and variance themselves.
    x: ({ inputs: { x, scale }, outs, dOuts: [dy, dMean, dVariance] }, a) => {
      const { inv, mean, size } = statistics(x, outs, a);
      let slope: Tensor | undefined;
      let level: Tensor | undefined;
      let direct: Tensor | undefined;
      if (dy !== undefined) {
        const gain = mul(scale, inv);
        const { total, alongX } = reductions(x, dy, mean, inv);
        slope = neg(div(mul(gain, mul(inv, alongX)), size));
        level = neg(div(mul(gain, total), size));
        direct = mul(dy, perChannel(x, gain));
      }
      if (dVariance !== undefined) slope = plus(slope, mul(dVariance, 2 / size));
      if (dMean !== undefined) level = plus(level, div(dMean, size));
      if (slope === undefined) return level && add(perChannel(x, level), mul(x, 0));
      const offset = level === undefined ? neg(mul(slope, mean)) : sub(level, mul(slope, mean));
      return plus(direct, add(mul(x, perChannel(x, slope)), perChannel(x, offset)));
    },
    scale: ({ inputs: { x }, outs, dOuts: [dy] }, a) => {
      const { inv, mean } = statistics(x, outs, a);
      return dy && reductions(x, dy, mean, inv).alongX;
    },
    shift: ({ inputs: { x }, dOuts: [dy] }) => dy && sum(dy, pooled(x.shape)),
  },
});

const plus = (a: Tensor | undefined, b: Tensor): Tensor => (a === undefined ? b : add(a, b));

function statistics(x: Tensor, outs: readonly Tensor[], { epsilon }: Epsilon) {
  const [, mean, variance] = outs as readonly [Tensor, Tensor, Tensor];
  return { mean, inv: pow(add(variance, epsilon), -0.5), size: count(x.shape) / count(mean.shape) };
}

/**
 * sum(dy) and sum(dy xhat) per channel, [C] each. Not from centred values, which would cost another pass over the picture: what
 * cancels loses about log10(mean / deviation) of float32's seven digits, three where the mean is 1,000 deviations.
 */
function reductions(x: Tensor, dy: Tensor, mean: Tensor, inv: Tensor) {
  const total = sum(dy, pooled(x.shape));
  return { total, alongX: mul(inv, sub(sum(mul(dy, x), pooled(x.shape)), mul(mean, total))) };
}

/**
 * For pictures ONNX's own op is three times faster than its parts. Momentum 0 makes its running outputs the batch's, so the
 * running inputs may hold anything finite. But ONNX Runtime writes those outputs over those inputs: a shared constant would
 * take the statistics of every layer at once. So each use gets two buffers of its own: the first pixel, and its negative.
 */
function emitOp(emitter: Emitter, names: readonly string[], { epsilon }: Epsilon, x: Tensor): string[] {
  const [input = ""] = names;
  const [, channels = 0, ...spatial] = x.shape;
  const starts = emitter.ints(x.shape.map(() => 0));
  const ends = emitter.ints([1, channels, ...spatial.map(() => 1)]);
  const pixel = emitter.node("Slice", [input, starts, ends]);
  const first = emitter.node("Reshape", [pixel, emitter.ints([channels])]);
  return emitter.nodes("BatchNormalization", [...names, first, emitter.node("Neg", [first])], 3, {
    training_mode: 1,
    momentum: { float: 0 },
    epsilon: { float: epsilon },
  });
}

/** For [B,C] the op is ten times slower than its parts, and some devices have it for inference alone. */
function emitComposed(
  emitter: Emitter,
  names: readonly string[],
  { epsilon }: Epsilon,
  { shape }: Tensor,
): string[] {
  const [x = "", scale = "", shift = ""] = names;
  const axes = emitter.ints(pooled(shape));
  const along = (v: string) =>
    shape.length > 2 ? emitter.node("Reshape", [v, emitter.ints(channelShape(shape).slice(1))]) : v;
  const mean = emitter.node("ReduceMean", [x, axes], { keepdims: 0 });
  const centred = emitter.node("Sub", [x, along(mean)]);
  const squares = emitter.node("Mul", [centred, centred]);
  const variance = emitter.node("ReduceMean", [squares, axes], { keepdims: 0 });
  const deviation = emitter.node("Sqrt", [emitter.node("Add", [variance, emitter.floats([epsilon], [])])]);
  const gain = along(emitter.node("Div", [scale, deviation]));
  return [emitter.node("Add", [emitter.node("Mul", [centred, gain]), along(shift)]), mean, variance];
}
