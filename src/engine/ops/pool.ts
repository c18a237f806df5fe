import { ShapeError } from "../../errors.js";
import { type Shape, type Tensor, count, show, sizeOf } from "../tensor.js";
import { type Value, asTensor, defineManyOp, first } from "./define.js";
import { type WindowOptions, conv, windowOf } from "./conv.js";
import { fill } from "./leaves.js";
import { reshape, scatterAdd } from "./shape.js";

type PoolOptions = Pick<WindowOptions, "stride" | "padding">;
interface Pool {
  readonly kernel: Shape;
  readonly strides: readonly number[];
  readonly pads: readonly number[];
}

/** Mean over windows (the border counts as zeros); stride = size where not given. x [B,C,...S] -> [B,C,...S']. */
export function averagePool(x: Value, size: number, options: PoolOptions = {}): Tensor {
  const input = asTensor(x);
  const [batch = 0, channels = 0, ...spatial] = input.shape;
  const kernel = [1, 1, ...spatial.map(() => size)];
  const planes = reshape(input, [batch * channels, 1, ...spatial]);
  const pooled = conv(planes, fill(1 / count(kernel), kernel), { stride: size, ...options });
  return reshape(pooled, [batch, channels, ...pooled.shape.slice(2)]);
}

const maxPoolOp: (x: Value, a: Pool) => Tensor[] = defineManyOp<["x"], Pool>("maxPool", {
  inputs: ["x"],
  types: ({ x }, { kernel, strides, pads }) => {
    const rank = kernel.length;
    const size = kernel.map((k, i) => {
      const padded = sizeOf(x, i + 2) + (pads[i] ?? 0) + (pads[i + rank] ?? 0);
      return Math.floor((padded - k) / (strides[i] ?? 1)) + 1;
    });
    if (size.some((s) => s < 1) || pads.some((p, i) => p >= (kernel[i % rank] ?? 0))) {
      throw new ShapeError({
        where: "maxPool",
        expected: `windows that fit into x ${show(x.shape)} and padding smaller than they are`,
        received: `size ${show(kernel)}, padding ${show(pads)}`,
      });
    }
    const shape = [...x.shape.slice(0, 2), ...size];
    return [
      { shape, dtype: "float32" },
      { shape, dtype: "int64" },
    ];
  },
  onnx: "MaxPool",
  onnxAttributes: ({ kernel, strides, pads }) => ({ kernel_shape: kernel, strides, pads }),
  gradient: {
    x: ({ inputs: { x }, outs, dOuts: [dOut] }) => {
      const indices = outs[1];
      if (dOut === undefined || indices === undefined) return undefined;
      const places = reshape(indices, [count(indices.shape)]);
      const flat = scatterAdd(reshape(dOut, [count(dOut.shape)]), places, 0, count(x.shape));
      return reshape(flat, x.shape);
    },
  },
});

/** Largest value of each window; stride = size where not given. x [B,C,...S] -> [B,C,...S']. */
export function maxPool(x: Value, size: number, options: PoolOptions = {}): Tensor {
  const input = asTensor(x);
  const { strides, pads } = windowOf("maxPool", input, { stride: size, ...options });
  const kernel = strides.map(() => size);
  return first(maxPoolOp(input, { kernel, strides, pads }));
}
