import { grad } from "../../../src/engine/autodiff.js";
import * as g from "../../../src/engine/ops/index.js";
import { type Shape, type Tensor, count } from "../../../src/engine/tensor.js";
import { wave } from "./reference.js";

/** A loss and the weights it is to be differentiated in; `feeds` holds the values of all placeholders. */
export interface Network {
  readonly loss: Tensor;
  readonly parameters: Readonly<Record<string, Tensor>>;
  readonly feeds: Readonly<Record<string, readonly number[]>>;
}

/** Gradients by parameter. */
export function gradientsOf({ loss, parameters }: Network): Record<string, Tensor> {
  const names = Object.keys(parameters);
  const found = grad(loss, Object.values(parameters));
  return Object.fromEntries(names.map((name, i) => [name, found[i]!]));
}

type Feeds = Record<string, readonly number[]>;

/** As `parameters` in test/references/networks.py. */
function parameters<N extends string>(
  feeds: Feeds,
  prefix: string,
  shapes: Record<N, Shape>,
): Record<N, Tensor> {
  return Object.fromEntries(
    Object.entries<Shape>(shapes).map(([name, shape], k) => {
      const scale = shape.length > 1 ? 1.5 / Math.sqrt(count(shape.slice(1))) : 0.3;
      const values = wave(count(shape), k + 1, scale);
      feeds[prefix + name] = name.startsWith("gain") ? values.map((v) => Math.fround(1 + v)) : values;
      return [name, g.placeholder(prefix + name, shape)];
    }),
  ) as Record<N, Tensor>;
}

const data = (shape: Shape, seed: number, scale = 1) => g.constant(wave(count(shape), seed, scale), shape);
const norm = (x: Tensor, gain: Tensor, shift: Tensor) =>
  g.batchNormalize(x, gain, shift, { epsilon: 1e-5 })[0]!;

/** The DCGAN of the script; `detach` is left out where the generator learns. */
function dcgan() {
  const feeds: Feeds = {};
  const G = parameters(feeds, "G.", {
    w0: [6, 32],
    gain0: [8],
    shift0: [8],
    w1: [8, 6, 4, 4],
    gain1: [6],
    shift1: [6],
    w2: [6, 3, 4, 4],
  });
  const D = parameters(feeds, "D.", {
    w0: [5, 3, 4, 4],
    w1: [7, 5, 4, 4],
    gain1: [7],
    shift1: [7],
    w2: [28, 1],
    b2: [1],
  });
  const half = { stride: 2, padding: 1 };
  const z = data([4, 6], 20, 2);
  const first = g.leakyRelu(norm(g.reshape(g.matmul(z, G.w0), [4, 8, 2, 2]), G.gain0, G.shift0), 0.2);
  const second = g.relu(norm(g.convTranspose(first, G.w1, half), G.gain1, G.shift1));
  const fake = g.tanh(g.convTranspose(second, G.w2, half));
  const discriminate = (x: Tensor) => {
    const low = g.leakyRelu(g.conv(x, D.w0, half), 0.2);
    const high = g.leakyRelu(norm(g.conv(low, D.w1, half), D.gain1, D.shift1), 0.2);
    return g.add(g.matmul(g.flatten(high), D.w2), D.b2);
  };
  return { feeds, G, D, fake, discriminate, real: data([4, 3, 8, 8], 21) };
}

function dcganDiscriminator(): Network {
  const { feeds, D, fake, discriminate, real } = dcgan();
  const onReal = g.mean(g.softplus(g.neg(discriminate(real))));
  const onFake = g.mean(g.softplus(discriminate(g.stopGradient(fake))));
  return { feeds, parameters: D, loss: g.add(onReal, onFake) };
}

function dcganGenerator(): Network {
  const { feeds, G, fake, discriminate } = dcgan();
  return { feeds, parameters: G, loss: g.mean(g.softplus(g.neg(discriminate(fake)))) };
}

function crossEntropy(logits: Tensor, labels: readonly number[]): Tensor {
  const classes = g.constant(labels, [labels.length], "int64");
  const picked = g.mul(g.oneHot(classes, logits.shape[1]!), g.logSoftmax(logits));
  return g.neg(g.mean(g.sum(picked, [1])));
}

function mlp(): Network {
  const feeds: Feeds = {};
  const p = parameters(feeds, "", { w0: [7, 9], b0: [9], gain: [9], shift: [9], w1: [9, 4], b1: [4] });
  const h = g.standardize(g.add(g.matmul(data([5, 7], 22), p.w0), p.b0), [1]);
  const top = g.gelu(g.add(g.mul(h, p.gain), p.shift));
  return {
    feeds,
    parameters: p,
    loss: crossEntropy(g.add(g.matmul(top, p.w1), p.b1), [0, 3, 1, 2, 1]),
  };
}

function classifier(): Network {
  const feeds: Feeds = {};
  const p = parameters(feeds, "", {
    w0: [4, 3, 3, 3],
    b0: [1, 4, 1, 1],
    w1: [6, 2, 3, 2],
    w2: [6, 3],
    b2: [3],
  });
  const low = g.relu(g.add(g.conv(data([2, 3, 9, 11], 23), p.w0, { padding: 1 }), p.b0));
  const pooled = g.maxPool(low, 3, { stride: 2, padding: 1 });
  const high = g.elu(g.conv(pooled, p.w1, { stride: [1, 2], padding: [1, 0], groups: 2 }));
  const logits = g.add(g.matmul(g.flatten(g.averagePool(high, 3)), p.w2), p.b2);
  return { feeds, parameters: p, loss: crossEntropy(logits, [2, 0]) };
}

function wganGp(): Network {
  const feeds: Feeds = {};
  const p = parameters(feeds, "", { w0: [4, 2, 4, 4], b0: [1, 4, 1, 1], w1: [5, 4, 3, 3], w2: [20, 1] });
  const critic = (x: Tensor) => {
    const h = g.leakyRelu(g.add(g.conv(x, p.w0, { stride: 2, padding: 1 }), p.b0), 0.2);
    return g.matmul(g.flatten(g.tanh(g.conv(h, p.w1))), p.w2);
  };
  const [real, fake] = [data([3, 2, 8, 8], 24), data([3, 2, 8, 8], 25.5)];
  const share = g.constant([0.25, 0.5, 0.75], [3, 1, 1, 1]);
  const between = g.add(g.mul(share, real), g.mul(g.sub(1, share), fake));
  const [slope] = grad(g.sum(critic(between)), [between]);
  const length = g.sqrt(g.sum(g.square(slope!), [1, 2, 3]));
  const penalty = g.mean(g.square(g.sub(length, 1)));
  const wasserstein = g.sub(g.mean(critic(fake)), g.mean(critic(real)));
  return { feeds, parameters: p, loss: g.add(wasserstein, g.mul(10, penalty)) };
}

/** The networks of test/references/networks.py, by the same names. */
export const networks: Readonly<Record<string, () => Network>> = {
  "dcgan discriminator": dcganDiscriminator,
  "dcgan generator": dcganGenerator,
  mlp,
  classifier,
  "wgan-gp critic": wganGp,
};
