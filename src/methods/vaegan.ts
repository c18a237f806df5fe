import { z } from "zod";
import {
  add,
  cast,
  clip,
  concat,
  flatten,
  greaterEqual,
  logSoftmax,
  maximum,
  mean,
  minimum,
  mul,
  neg,
  relu,
  sigmoid,
  softmax,
  softplus,
  stopGradient,
  sub,
  tanh,
} from "../engine/ops/index.js";
import { type Tensor, sizeOf } from "../engine/tensor.js";
import {
  asOneBatch,
  batchNorm,
  columns,
  conv2d,
  convTranspose2d,
  dense,
  displaced,
  divergenceFromNormal,
  exponentialDecay,
  posterior,
  gaussianError,
  linear,
  network,
  parted,
  pyramid,
  reshapeTo,
  rmsProp,
  sampled,
  scaled,
  sequential,
  squaredErrorPerValue,
  update,
} from "../nn/index.js";
import { beliefsChart } from "./beliefs.js";
import { prior as priorOf } from "./latent.js";
import { type Preset, defineMethod } from "./method.js";

/** What a picture is, in the order of the logits of a D of three classes. */
const KINDS = ["real", "recon", "prior"] as const;
type Kind = (typeof KINDS)[number];

const options = z.strictObject({
  variant: z
    .enum(["vaegan", "vae"])
    .default("vaegan")
    .describe("vaegan; vae: the same E and G without D, trained on pixels"),
  order: z
    .enum(["course", "paper"])
    .default("course")
    .describe(
      "course: as it is taught, E, then G, then D, each meets what the one before became; paper: all move at once",
    ),
  reconstruction: z
    .enum(["pixel", "feature"])
    .default("pixel")
    .describe("where x and its reconstruction are compared: pixels, or a hidden layer of D (the paper)"),
  fakes: z
    .enum(["both", "prior", "recon"])
    .default("both")
    .describe("what D tells from real: pictures from the prior, reconstructions, or both at half the weight"),
  classes: z.literal([2, 3]).default(2).describe("of D: real and not, or real, generated and reconstructed"),
  batches: z
    .enum(["joint", "separate"])
    .default("joint")
    .describe("D normalises over all pictures of a step together, or over each kind by itself"),
  latent: z.int().min(1).default(128).describe("length of z, drawn from N(0, 1)"),
  width: z.number().min(0.05).max(4).default(1).describe("width of all layers, as a multiple of the paper's"),
  gamma: z
    .number()
    .min(0)
    .default(1e-2)
    .describe(
      "weight in G's loss of the reconstruction error, which is summed over a picture; the paper: 1e-6",
    ),
  deviation: z
    .number()
    .positive()
    .default(1)
    .describe(
      "of the Gaussian around a reconstruction, in units of pixels in [-1, 1] or of the layer; less keeps more in z",
    ),
  balance: z
    .enum(["off", "on"])
    .default("off")
    .describe("on: D rests where it is far ahead, G where D is far behind (the authors' code)"),
  equilibrium: z
    .number()
    .positive()
    .default(0.68)
    .describe("with balance: D's cost per kind of picture when neither is ahead, in nats"),
  margin: z
    .number()
    .min(0)
    .default(0.35)
    .describe("with balance: how far a cost may be from that before a player rests, in nats"),
  learningRate: z.number().positive().default(3e-4).describe("RMSProp's first rate for E and G"),
  learningRateD: z.number().positive().default(3e-4).describe("RMSProp's first rate for D"),
  decayTo: z
    .number()
    .positive()
    .max(1)
    .default(4e-4)
    .describe("share of the rates that is left at the end, to which they fall exponentially"),
  weightDecay: z
    .number()
    .min(0)
    .default(1e-5)
    .describe("what RMSProp adds to the gradient, times the parameter"),
});
type Options = z.infer<typeof options>;

const presets: Record<"quick" | "paper", Preset<Options>> = {
  quick: {
    about:
      "minutes: a quarter of the paper's width, a narrow Gaussian around pixels, faster rates, a D of separate batches",
    options: {
      width: 0.25,
      latent: 32,
      deviation: 0.25,
      batches: "separate",
      learningRate: 3e-3,
      learningRateD: 1e-3,
      decayTo: 0.05,
    },
    training: { steps: 3000, batch: 64 },
  },
  paper: {
    about:
      "the paper's networks, losses and rates, with the balance of the authors' code; 64x64 faces, not for a CPU",
    options: { order: "paper", reconstruction: "feature", gamma: 1e-6, balance: "on" },
    training: { steps: 62_500, batch: 64 },
  },
};

/**
 * VAE-GAN: the decoder of a variational autoencoder is the generator of a GAN. What D makes of pictures replaces, or joins, the
 * pixel error that blurs them. Larsen et al. 2016, arXiv:1512.09300, algorithm 1 and table 1; settings of the authors' code.
 */
export const vaegan = defineMethod({
  name: "vaegan",
  about: "features that pictures can be made from again, and sharper pictures than those of a VAE",
  reference: "Larsen et al. 2016, arXiv:1512.09300",
  options,
  presets,
  baseline: { name: "VAE", options: { variant: "vae" } },
  charts: [
    // A sum over pixels, beside which the losses of a real and a fake would lie on the axis.
    { title: "What E pays for: pixels and prior", metrics: ["encoder_loss", "vae_loss", "kl"] },
    { title: beliefsChart.title, metrics: KINDS.map((kind) => `d_${kind}`) },
    { title: "Squared error of reconstructions, per pixel", metrics: ["reconstruction_error"] },
    { title: "Who moves, with balance: 1 or 0", metrics: ["g_moves", "d_moves"] },
  ],

  networks({ image }, o) {
    const { widths, height, width } = pyramid("vaegan", image, 64 * o.width);
    const w = scaled(o.width);
    const deepest = widths.at(-1) ?? 0;
    const critical = widths.map((channels) => Math.min(2 * channels, w(256)));
    return {
      /** Picture -> mean and log variance of q(z|x), side by side: [B, 2 latent]. */
      E: network(
        "E",
        sequential(
          ...widths.flatMap((channels) => [halve(channels), batchNorm(), relu]),
          flatten,
          ...dense(w(1024), relu),
          linear(2 * o.latent),
        ),
      ),
      /** [B,latent] -> picture. */
      G: network(
        "G",
        sequential(
          ...dense(deepest * height * width, relu),
          reshapeTo(deepest, height, width),
          ...[...widths.toReversed().slice(0, -1), w(32)].flatMap((channels) => [
            double(channels),
            batchNorm(),
            relu,
          ]),
          conv2d(image.channels, 5, { padding: 2 }),
          tanh,
        ),
      ),
      /** D up to its hidden layer l, the last strided convolution before its normalisation: picture -> [B,C,H,W]. */
      L: network(
        "L",
        sequential(
          conv2d(w(32), 5, { padding: 2 }),
          relu,
          ...critical.slice(0, -1).flatMap((channels) => [halve(channels), batchNorm(), relu]),
          halve(critical.at(-1) ?? 0),
        ),
      ),
      /** The rest of D: layer l -> logit [B,1], or logits of three classes. */
      D: network(
        "D",
        sequential(
          batchNorm(),
          relu,
          flatten,
          ...dense(w(512), relu),
          linear(o.classes === 2 ? 1 : KINDS.length),
        ),
      ),
    };
  },

  step({ E, G, L, D }, { batch, batchSize, draws }, o) {
    const x = signed(batch().x);
    const q = posterior(E(x));
    const encoded = sampled(q, draws, "epsilon");
    const kl = divergenceFromNormal(q.mean, q.logVariance);
    const rule = ruleOf(o.learningRate, o);
    const fidelityOf = (back: Tensor) => ({
      kl,
      reconstruction_error: squaredErrorPerValue(pixels(x), pixels(back)),
    });
    if (o.variant === "vae") {
      const back = G(encoded);
      return [
        update([E, G], add(gaussianError(x, back, o.deviation), kl), rule, {
          name: "vae_loss",
          monitor: fidelityOf(back),
        }),
      ];
    }
    const drawn = priorOf("normal", o.latent).draw(draws, batchSize);
    // As one batch: afterwards G decodes either with statistics of both.
    const [reconstructed, generated] = asOneBatch(G, [encoded, drawn]);
    const fidelity = fidelityOf(reconstructed);

    const { real, recon, prior } = judged({ L, D }, { real: x, recon: reconstructed, prior: generated }, o);
    const fakes = o.fakes === "both" ? [recon, prior] : [o.fakes === "recon" ? recon : prior];
    const realCost = cost(real);
    // The mean over the kinds of fakes: of two kinds each weighs half, so that fakes weigh as much as reals.
    const fakeCost = average(fakes.map((fake) => cost(fake)));
    const fooled = average(fakes.map((fake) => cost(fake, "real")));
    // Summed over a picture (or over the layer) and averaged over the batch; `gamma` belongs to that sum.
    const reconstruction =
      o.reconstruction === "pixel"
        ? gaussianError(x, reconstructed, o.deviation)
        : gaussianError(stopGradient(real.layer), recon.layer, o.deviation);

    // An update meets the variables as they stand at its turn. So in the course's order G decodes what an E that has just moved
    // says, and D judges the pictures of a G that has. `together` makes the three one turn with one forward pass: the paper's.
    const together = o.order === "paper";
    const { dMoves, gMoves } = balance(realCost, fakeCost, o);
    const resting = o.balance === "on";
    const beliefs = Object.fromEntries(
      [real, ...fakes].map((judgement) => [`d_${judgement.kind}`, mean(belief(judgement))]),
    );
    return [
      update([E], add(reconstruction, kl), rule, { name: "encoder_loss", monitor: fidelity }),
      update([G], add(mul(o.gamma, reconstruction), fooled), rule, {
        name: "generator_loss",
        together,
        ...(resting && { monitor: { g_moves: gMoves }, when: "g_moves" }),
      }),
      update([L, D], add(realCost, fakeCost), ruleOf(o.learningRateD, o), {
        name: "discriminator_loss",
        together,
        monitor: { ...beliefs, ...(resting && { d_moves: dMoves }) },
        ...(resting && { when: "d_moves" }),
      }),
    ];
  },

  // G is read as it was trained. The draws are those of epsilon and of z at once, which no mean or variance notices.
  calibrate({ E, G }, { x, latent }, o) {
    const encoded = displaced(posterior(E(signed(x))), latent);
    return [o.variant === "vae" ? G(encoded) : G(concat([encoded, latent], 0))];
  },

  latent: (o) => [priorOf("normal", o.latent).part],
  generate: ({ G }, latent) => picture(G(latent)),
  features: ({ E }, x) => ({ z: posterior(E(signed(x))).mean }),
  reconstruct: ({ E, G }, x) => picture(G(posterior(E(signed(x))).mean)),
});

/** Pixels in [0,1] as the networks have them, in [-1,1], and back. */
const signed = (x: Tensor) => sub(mul(2, x), 1);
const pixels = (x: Tensor) => mul(0.5, add(x, 1));
/** What G drew, to be shown: rounding takes tanh past -1 and 1 by a bit. */
const picture = (x: Tensor) => clip(pixels(x), 0, 1);

/** 5x5 convolutions that halve a picture or double it up, without the bias that the next normalisation would take away. */
const halve = (channels: number) => conv2d(channels, 5, { stride: 2, padding: 2, bias: false });
const double = (channels: number) =>
  convTranspose2d(channels, 5, { stride: 2, padding: 2, outputPadding: 1, bias: false });

const ruleOf = (rate: number, { decayTo, weightDecay }: Options) =>
  rmsProp(exponentialDecay(rate, { end: decayTo }), { weightDecay });

const average = (terms: readonly Tensor[]) =>
  mul(
    1 / terms.length,
    terms.reduce((a, b) => add(a, b)),
  );

/** What D makes of pictures of one kind: logits [B,1] or [B,3], and its hidden layer. */
interface Judgement {
  readonly kind: Kind;
  readonly logits: Tensor;
  readonly layer: Tensor;
}

/** D of every kind of pictures: all of them in one batch, as the authors have it, or each in its own. */
function judged(
  { L, D }: Record<"L" | "D", (x: Tensor) => Tensor>,
  { real, recon, prior }: Readonly<Record<Kind, Tensor>>,
  { batches }: Options,
): Record<Kind, Judgement> {
  const pictures = [real, recon, prior] as const;
  const judge = (x: Tensor) => {
    const layer = L(x);
    return { layer, logits: D(layer) };
  };
  const together = () => {
    const { layer, logits } = judge(concat(pictures, 0));
    const [layers, all] = [parted(layer, pictures), parted(logits, pictures)];
    return [0, 1, 2].map((i) => ({ layer: layers[i] as Tensor, logits: all[i] as Tensor }));
  };
  const judgements = batches === "joint" ? together() : pictures.map(judge);
  const of = Object.fromEntries(KINDS.map((kind, i) => [kind, { kind, ...judgements[i] }]));
  return of as Record<Kind, Judgement>;
}

/** -log of the probability that D gives to a kind (by default to what the pictures are), averaged over the batch. */
function cost({ logits, kind }: Judgement, as: Kind = kind): Tensor {
  if (sizeOf(logits, 1) === 1) return mean(softplus(as === "real" ? neg(logits) : logits));
  return neg(mean(columns(logSoftmax(logits), KINDS.indexOf(as), 1)));
}

/** The probability that D gives to "real". */
const belief = ({ logits }: Judgement) =>
  sizeOf(logits, 1) === 1 ? sigmoid(logits) : columns(softmax(logits), KINDS.indexOf("real"), 1);

/** The rule of the authors' code: 1 for a player that moves, 0 for one that rests. Nobody rests where both would. */
function balance(realCost: Tensor, fakeCost: Tensor, { equilibrium, margin }: Options) {
  const atLeast = (a: Tensor | number, b: Tensor | number) => cast(greaterEqual(a, b), "float32");
  const d = atLeast(minimum(realCost, fakeCost), equilibrium - margin);
  const g = atLeast(equilibrium + margin, maximum(realCost, fakeCost));
  const neither = mul(sub(1, d), sub(1, g));
  return { dMoves: add(d, neither), gMoves: add(g, neither) };
}
