import { conv, convInput, convWeight, emitOnnx, placeholder } from "../../dist/index.js";
import { blockConvolutions, blockSize } from "../../dist/engine/compile/block-convolutions.js";
import { noise } from "../numbers.mjs";

/** Convolutions that halve a picture, kernel 4, stride 2, padding 1: the work of InfoGAN's and DCGAN's inner layers. */
export const layers = {
  "conv-14": {
    about: "convolution [64,64,14,14] -> 128 channels, each direction alone",
    batch: 64,
    channels: 64,
    side: 14,
    out: 128,
  },
  "conv-32": {
    about: "convolution [64,64,32,32] -> 128 channels, each direction alone",
    batch: 64,
    channels: 64,
    side: 32,
    out: 128,
  },
};

export const passes = {
  forward: "forward",
  input: "gradient in the input",
  weight: "gradient in the weight",
};

/** Shapes of the picture x, the weight w and the gradient d that arrives from above, with channels first. */
export const shapesOf = ({ batch, channels, side, out }) => ({
  x: [batch, channels, side, side],
  w: [out, channels, 4, 4],
  d: [batch, out, side / 2, side / 2],
});

const size = (shape) => shape.reduce((a, b) => a * b, 1);
export const valuesOf = (name, shape) => noise(new Float32Array(size(shape)), name);

/** What every engine's result must agree in, whatever its layout. */
export const sumOfSquares = (values) => values.reduce((sum, v) => sum + v * v, 0);

/** The three passes as the training graphs have them: name to `run()` and `value()`, the sum of squares of the result. */
export async function createLayer(layer, host) {
  const shapes = shapesOf(layer);
  const [x, w, d] = Object.entries(shapes).map(([name, shape]) => placeholder(name, shape));
  const window = { strides: [2, 2], dilations: [1, 1], pads: [1, 1, 1, 1], groups: 1 };
  const outputs = {
    forward: conv(x, w, { stride: 2, padding: 1 }),
    input: convInput(d, w, { ...window, size: shapes.x.slice(2) }),
    weight: convWeight(x, d, { ...window, kernel: shapes.w.slice(2) }),
  };
  const made = await Promise.all(
    Object.entries(outputs).map(async ([name, output]) => [name, await passOf(output, { x, w, d }, host)]),
  );
  return Object.fromEntries(made);
}

async function passOf(output, all, host) {
  const block = await blockSize(host);
  const read = Object.entries(all).filter(([, tensor]) => output.node.inputs.includes(tensor));
  const given = new Set(read.map(([, tensor]) => tensor));
  const [fast] = block === undefined ? [output] : blockConvolutions({ outputs: [output], given }, block);
  const session = await host.load(emitOnnx({ inputs: new Map(read), outputs: new Map([["y", fast]]) }));
  const y = new Float32Array(size(output.shape));
  const { run } = session.bind(
    read.map(([name, { shape }]) => valuesOf(name, shape)),
    [y],
  );
  return { run, value: () => sumOfSquares(y), release: () => session.release() };
}
