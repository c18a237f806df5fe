import { add, flatten, leakyRelu, relu } from "../engine/ops/index.js";
import { type Tensor, sizeOf } from "../engine/tensor.js";
import { dense, doublings, halvings, pyramid } from "./blocks.js";
import { batchNorm, linear, reshapeTo } from "./layers.js";
import { type Layer, type Network, network, sequential } from "./network.js";

/** What networks between pictures and latent vectors are made for. */
export interface TwoWayShape {
  /** Method in whose name sizes of pictures are refused. */
  readonly where: string;
  readonly image: { readonly channels: number; readonly height: number; readonly width: number };
  /** Layers that know nothing of neighbouring pixels, for pictures of any size; or halvings and doublings, for sides that halve. */
  readonly net: "dense" | "convolutional";
  /** Width of all hidden layers, as a multiple of 1024 and of 64 channels. */
  readonly width: number;
}

/** What an encoder says of a picture: its last hidden layer [B,hidden], and what is read from it [B,outputs]. */
export interface Encoded {
  readonly hidden: Tensor;
  readonly out: Tensor;
}

/** Picture -> hidden layer and `outputs` numbers. Dense: Donahue et al. 2017, arXiv:1605.09782, permutation-invariant MNIST. */
export function encoder(outputs: number, shape: TwoWayShape): Network<readonly [Tensor], Encoded> {
  const { sees, hidden, norm, bias } = parts(shape);
  const trunk = sequential(...sees, ...dense(hidden, leaky, norm));
  return network("E", (scope, x) => {
    const h = trunk(scope, x);
    return { hidden: h, out: linear(outputs, { bias })(h, scope.child("out")) };
  });
}

/** Latent vector [B,n] -> logits of a picture [B,C,H,W]. The vector enters again where the second layer is read. */
export function generator(shape: TwoWayShape): Network {
  const { draws, drawn, hidden, norm } = parts(shape);
  return network("G", (scope, z) =>
    sequential(...dense(hidden, relu, norm), beside(drawn, [z]), batchNorm(norm), relu, ...draws)(scope, z),
  );
}

/**
 * Picture, and what it is said to belong to [B,n] -> logit [B,1]. The second enters where the hidden layer is read. Batch
 * normalisation takes from that layer how long the second is; `normalise: false` leaves it out, and adds a bias.
 */
export function discriminator(
  shape: TwoWayShape,
  { normalise = true } = {},
): Network<readonly [x: Tensor, ...with: Tensor[]]> {
  const { sees, hidden, norm, bias } = parts(shape);
  const undecided = { bias, initializer: { kind: "fill", value: 0 } } as const;
  const after = normalise ? batchNorm(norm) : shift;
  return network("D", (scope, x, ...others) =>
    sequential(...sees, beside(hidden, others), after, leaky, linear(1, undecided))(scope, x),
  );
}

const shift: Layer = (x, scope) =>
  add(x, scope.parameter("bias", [sizeOf(x, 1)], { kind: "fill", value: 0 }));
const leaky = (x: Tensor): Tensor => leakyRelu(x, 0.2);

/** h W + v W' for every other v; no bias, since a normalisation or `shift` follows. */
function beside(units: number, others: readonly Tensor[]): Layer {
  const map = linear(units, { bias: false });
  return (h, scope) => others.reduce((sum, v, i) => add(sum, map(v, scope.child(i))), map(h, scope));
}

/** The layers that see a picture up to its hidden layer, and those that draw one from the layer before. */
function parts({ where, image, net, width }: TwoWayShape) {
  const hidden = Math.round(1024 * width);
  if (net === "dense") {
    const pixels = image.channels * image.height * image.width;
    return {
      hidden,
      norm: { affine: false },
      bias: false,
      sees: [flatten, linear(hidden, { bias: false }), leaky],
      drawn: hidden,
      draws: [linear(pixels, { bias: false }), reshapeTo(image.channels, image.height, image.width)],
    };
  }
  const end = pyramid(where, image, 64 * width);
  const deepest = end.widths.at(-1) ?? 0;
  return {
    hidden,
    norm: {},
    bias: true,
    sees: [...halvings(end.widths, leaky), flatten],
    drawn: deepest * end.height * end.width,
    draws: [reshapeTo(deepest, end.height, end.width), ...doublings(end.widths, relu, image.channels)],
  };
}
