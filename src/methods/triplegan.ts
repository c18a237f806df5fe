import { z } from "zod";
import {
  type Initializer,
  add,
  argmax,
  broadcastTo,
  cast,
  clip,
  concat,
  constant,
  div,
  fill,
  flatten,
  greaterEqual,
  leakyRelu,
  logSoftmax,
  logSumExp,
  max,
  maxPool,
  mean,
  mul,
  neg,
  oneHot,
  relu,
  reshape,
  sigmoid,
  softmax,
  softplus,
  sub,
  sum,
} from "../engine/ops/index.js";
import { type Tensor, sizeOf } from "../engine/tensor.js";
import {
  type Applied,
  type Layer,
  type Scope,
  adam,
  augmented,
  batchNorm,
  categoricalEntropy,
  categoricalNegativeLogLikelihood,
  checkSize,
  columns,
  conv2d,
  dense,
  dropout,
  exponentialDecay,
  gaussianNoise,
  linear,
  network,
  nonSaturating,
  normalizedLinear,
  reshapeTo,
  rows,
  scaled,
  sequential,
  update,
} from "../nn/index.js";
import { CLASS, defineMethod, type Preset } from "./method.js";
import { augmentationOption } from "./shared-options.js";

const weight = () => z.number().min(0);
const share = () => z.number().min(0).max(1);
const ratio = (least = 0) => z.number().min(least).max(100);

const options = z.strictObject({
  recipe: z
    .enum(["paper", "course"])
    .default("paper")
    .describe(
      "paper; course: as it is taught, the three inputs of D alone, and C learns from generated pairs from the start",
    ),
  variant: z
    .enum(["triplegan", "no-gan", "supervised"])
    .default("triplegan")
    .describe("triplegan; no-gan: C and its other terms alone; supervised: C on labelled pictures alone"),
  noise: z.int().min(1).default(100).describe("length of the noise z, drawn from U(0, 1)"),
  width: z.number().min(0.05).max(4).default(1).describe("width of all layers, as a multiple of the paper's"),
  alpha: share().default(0.5).describe("share of C's pairs in what D rejects; G's have the rest"),
  alphaP: weight().default(0.1).describe("weight of generated pairs in C's loss"),
  alphaPFrom: share()
    .default(0.3)
    .describe("share of the run after which C learns from generated pairs, once there are some"),
  adversarial: z
    .enum(["integrate", "argmax"])
    .default("integrate")
    .describe("labels of C's pairs: all of them, weighed by C; or C's likeliest alone"),
  adversarialWeight: weight().default(0.5).describe("weight of fooling D in C's loss; the paper's is alpha"),
  adversarialFrom: share().default(0).describe("share of the run after which C fools D, once there is one"),
  ramp: share().default(0).describe("share of the run over which those two weights of C rise from 0"),
  pretraining: share()
    .default(0.006)
    .describe("share of the run in which C learns alone, before D and G begin"),
  entropy: weight().default(0.3).describe("weight of the entropy of C's answers to unlabelled pictures"),
  balance: weight()
    .default(1e-3)
    .describe("weight of the distance of their mean from even use of the classes"),
  consistency: weight()
    .default(0)
    .describe("weight of C's answer to the plain picture as a label for the augmented one"),
  confidence: share().default(0.95).describe("least probability of an answer that counts as such a label"),
  l2: weight().default(1e-4).describe("weight of the sum of squares of C's parameters"),
  dropout: z.number().min(0).max(0.9).default(0.5).describe("share of values that C's two dropouts drop"),
  augmentation: augmentationOption("the random map C and D see pictures through"),
  labelled: ratio(0.01).default(1).describe("labelled pictures of C per step, as a multiple of batch"),
  unlabelled: ratio(0.01)
    .default(1)
    .describe("unlabelled pictures of C per step, likewise; D meets their pairs"),
  generated: ratio(0.01).default(2).describe("generated pairs per step, likewise"),
  taught: ratio(0.01)
    .default(2)
    .describe("how many of those C learns from, likewise; the pairs that there are if fewer"),
  truePairs: ratio(0.01)
    .default(0.01)
    .describe("labelled pairs that D accepts per step, likewise; at least one, at most C's labelled ones"),
  pseudoPairs: ratio()
    .default(4)
    .describe("unlabelled pictures with C's label that D accepts per step, likewise"),
  conditioning: z
    .enum(["joined", "outputs"])
    .default("joined")
    .describe("how D reads y: joined to the input of every layer; or an output per class, y picks one"),
  gain: z.number().positive().default(1).describe("length of each weight vector of D at the start"),
  learnGain: z.boolean().default(false).describe("whether that length is learned; false: it stays"),
  inputNoise: weight().default(0.3).describe("deviation of the noise on D's pictures"),
  hiddenNoise: weight().default(0.5).describe("deviation of the noise on D's hidden values"),
  learningRateC: z.number().positive().default(1e-3).describe("Adam's rate for C"),
  learningRateD: z.number().positive().default(1e-3).describe("Adam's rate for D"),
  learningRateG: z.number().positive().default(1e-3).describe("Adam's rate for G"),
  decayFrom: share().default(0.3).describe("share of the run after which the rates fall exponentially"),
  decayTo: z.number().positive().max(1).default(0.03).describe("share of the rates that is left at the end"),
});
type Options = z.infer<typeof options>;

/** What hurt least in short runs; docs/methods/triplegan.md, "Differences from the paper". */
const shortRun: Partial<Options> = {
  alphaP: 0.03,
  alphaPFrom: 0.6,
  adversarialWeight: 0.025,
  adversarialFrom: 0.4,
  ramp: 0.1,
  pretraining: 0.05,
  unlabelled: 3,
  generated: 4,
  taught: 1,
  truePairs: 0.5,
  pseudoPairs: 2,
  conditioning: "outputs",
  gain: 2,
  learnGain: true,
  hiddenNoise: 0.3,
  decayFrom: 0.5,
};
const presets: Record<"quick" | "paper" | "best", Preset<Options>> = {
  quick: {
    about: "within half an hour on two cores: the authors' terms, small batches, D and G late and light",
    options: shortRun,
    training: { steps: 6000, batch: 32, averageDecay: 0.999 },
  },
  paper: {
    about: "the authors' MNIST run: 1,000 epochs of 600 steps after 30 of C alone",
    training: { steps: 603_600, batch: 100, averageDecay: 0.99 },
  },
  best: {
    about: "quick's settings, trained a third longer, on augmented pictures with consistent answers",
    options: { ...shortRun, augmentation: 1, consistency: 1 },
    training: { steps: 8000, batch: 32, averageDecay: 0.999 },
  },
};

/**
 * Triple GAN: a classifier C(y|x), a generator G(y, z) and a discriminator D(x, y) that accepts only true pairs of picture and
 * class. Li, Xu, Zhu, Zhang 2017, arXiv:1703.02291, algorithm 1; settings of the authors' code for MNIST.
 */
export const triplegan = defineMethod({
  name: "triplegan",
  about: "names classes after few labels, with the help of unlabelled and of generated pictures",
  reference: "Li et al. 2017, arXiv:1703.02291",
  options,
  presets,
  published: [
    {
      data: "mnist",
      presets: ["quick", "paper"],
      labels: 100,
      values: { test_error: "0.0091 +- 0.0058 (1,000 epochs, 100 labels)" },
    },
  ],
  charts: [
    {
      title: "What D believes: mean probability of being a true pair",
      metrics: ["d_true", "d_classified", "d_generated"],
    },
  ],

  networks({ image, classes }, o) {
    checkSize("triplegan", image, 12);
    const { channels, height, width } = image;
    const w = scaled(o.width);
    return {
      /** Picture -> what it holds of it [B,128], and the logits of the classes [B,K]. */
      C: network("C", (scope: Scope, x: Tensor) => {
        const hidden = sequential(...classifierLayers(o))(scope.child("hidden"), x);
        const answer = sequential(linear(classes, { initializer: normal(0.01) }));
        return { hidden, logits: answer(scope.child("logits"), hidden) };
      }),
      /** y one-hot [B,K], z [B,noise] -> picture. */
      G: network("G", (scope: Scope, y: Tensor, noise: Tensor) => {
        const hidden = [500, 500].reduce(
          (h, units, i) => sequential(...dense(w(units), softplus))(scope.child(i), concat([h, y])),
          noise,
        );
        const pixels = linear(channels * height * width, { initializer: normal(0.05) });
        const picture = sequential(pixels, sigmoid, reshapeTo(channels, height, width));
        return picture(scope.child("picture"), concat([hidden, y]));
      }),
      /** Picture, y one-hot [B,K] -> logit [B,1]; with an output per class, [B,K] whatever y. */
      D: network("D", (scope: Scope, x: Tensor, y: Tensor) => {
        const seen = o.conditioning === "joined" ? (h: Tensor) => concat([h, y]) : (h: Tensor) => h;
        const hidden = [1000, 500, 250, 250, 250].reduce(
          (h, units, i) =>
            sequential(
              seen,
              normalizedLinear(w(units), o.gain, { learned: o.learnGain }),
              leaky,
              gaussianNoise(o.hiddenNoise),
            )(scope.child(i), h),
          sequential(flatten, gaussianNoise(o.inputNoise))(scope.child("input"), x),
        );
        const outputs = o.conditioning === "joined" ? 1 : classes;
        return sequential(seen, normalizedLinear(outputs, o.gain, { learned: o.learnGain }))(
          scope.child("logit"),
          hidden,
        );
      }),
    };
  },

  step({ C, G, D }, { labelled, batch, batchSize, draws, progress, steps }, given) {
    const o = inForce(given);
    const count = (of: number) => Math.max(1, Math.round(of * batchSize));
    const seen = (x: Tensor, name: string) => augmented(x, draws, name, o.augmentation);
    const { x: labelledPictures, y: yl } = labelled({ size: count(o.labelled) });
    const { x: unlabelledPictures } = batch({ size: count(o.unlabelled) });
    const [xl, xc] = [seen(labelledPictures, "labelled"), seen(unlabelledPictures, "unlabelled")];
    const classes = sizeOf(yl, 1);
    const judge = judgeOf(D, classes, o);

    // The three inputs of D: C's pairs, G's pairs, true pairs.
    const answers = C(xc).logits;
    const classified = judge.classified(xc, answers);
    const yg = oneHot(draws.categorical("y", [count(o.generated)], classes, { balanced: true }), classes);
    const z = draws.uniform("z", [count(o.generated), o.noise]);
    const xg = seen(G(yg, z), "generated");
    const fake = judge.pair({ x: xg, y: yg });
    const known = firstOf({ x: xl, y: yl }, count(o.truePairs));
    const pseudo = () => {
      const xp = seen(batch({ size: count(o.pseudoPairs) }).x, "pseudo");
      return { x: xp, y: oneHot(argmax(C(xp).logits), classes) };
    };
    const real = judge.pair(o.pseudoPairs === 0 ? known : both(known, pseudo()));

    const discriminator = add(
      mean(softplus(neg(real))),
      add(mul(o.alpha, classified.rejected), mul(1 - o.alpha, mean(softplus(fake)))),
    );
    const generator = mul(1 - o.alpha, nonSaturating.generator({ fake }));

    const onLabelled = categoricalNegativeLogLikelihood(C(xl).logits, yl);
    const sure = () => consistency(answers, C(unlabelledPictures).logits, o);
    const onUnlabelled = add(unlabelledTerms(answers, o), o.consistency === 0 ? 0 : sure());
    const alone = add(onLabelled, onUnlabelled);
    const taught = firstOf({ x: xg, y: yg }, count(o.taught));
    const onGenerated = categoricalNegativeLogLikelihood(C(taught.x).logits, taught.y);
    const late = (value: number, from: number) =>
      ramped(value, progress, Math.max(from, o.pretraining), o.ramp);
    const alphaP = late(o.alphaP, o.alphaPFrom);
    const fooling = late(o.adversarialWeight, o.adversarialFrom);
    const classifier = add(alone, add(mul(alphaP, onGenerated), mul(fooling, classified.accepted)));

    const rate = (value: number) => exponentialDecay(value, { from: o.decayFrom, end: o.decayTo });
    // The gradient of l2 |parameter|^2 is 2 l2 times the parameter.
    const ofC = adam(rate(o.learningRateC), { weightDecay: 2 * o.l2 });
    const monitor = { labelled_loss: onLabelled, confidence: mean(max(softmax(answers), [1])) };
    switch (o.variant) {
      case "supervised":
        return [update([C], onLabelled, ofC, { name: "classifier_loss" })];
      case "no-gan":
        return [update([C], alone, ofC, { name: "classifier_loss", monitor })];
      case "triplegan": {
        const times = (step: number) => (step < o.pretraining * steps ? 0 : 1);
        return [
          update([D], discriminator, adam(rate(o.learningRateD)), {
            name: "discriminator_loss",
            times,
            monitor: {
              d_true: mean(sigmoid(real)),
              d_classified: classified.belief,
              d_generated: mean(sigmoid(fake)),
            },
          }),
          update([C], classifier, ofC, {
            name: "classifier_loss",
            monitor: { ...monitor, generated_loss: onGenerated },
          }),
          update([G], generator, adam(rate(o.learningRateG)), { name: "generator_loss", times }),
        ];
      }
    }
  },

  generates: ({ variant }) => variant === "triplegan",
  latent: (o, { classes }) => [
    { name: CLASS, kind: "categorical", size: classes },
    { name: "z", kind: "uniform", size: o.noise, low: 0, high: 1, noise: true },
  ],
  generate({ G }, latent, o) {
    const classes = sizeOf(latent, 1) - o.noise;
    return G(columns(latent, 0, classes), columns(latent, classes, o.noise));
  },

  features: ({ C }, x) => ({ hidden: C(x).hidden }),
  classify: ({ C }, x) => softmax(C(x).logits),
});

/** The course's recipe has neither pseudo-labels, nor terms on unlabelled pictures, nor anything that starts late. */
function inForce(o: Options): Options {
  if (o.recipe === "paper") return o;
  const fromTheStart = { pretraining: 0, alphaPFrom: 0, adversarialFrom: 0, ramp: 0 };
  return {
    ...o,
    ...fromTheStart,
    entropy: 0,
    balance: 0,
    consistency: 0,
    truePairs: o.labelled,
    pseudoPairs: 0,
  };
}

/** A weight that is 0 until `from`, and then rises to its value over a share of the run. */
function ramped(value: number, progress: Tensor, from: number, over: number): Tensor {
  if (over === 0) return mul(value, cast(greaterEqual(progress, constant([from], [])), "float32"));
  return mul(value, clip(div(sub(progress, from), over), 0, 1));
}

/** Pictures and their classes, one-hot. */
interface Pairs {
  readonly x: Tensor;
  readonly y: Tensor;
}

function firstOf({ x, y }: Pairs, n: number): Pairs {
  const first = (t: Tensor) => rows(t, 0, Math.min(n, sizeOf(t, 0)));
  return { x: first(x), y: first(y) };
}

const both = (a: Pairs, b: Pairs): Pairs => ({ x: concat([a.x, b.x], 0), y: concat([a.y, b.y], 0) });

/** How D judges pairs, and pictures with C's answers. */
function judgeOf(D: Applied<readonly [Tensor, Tensor]>, classes: number, o: Options) {
  /** Logits [B,1]. */
  const pair = ({ x, y }: Pairs) =>
    o.conditioning === "joined" ? D(x, y) : sum(mul(D(x, y), y), [1], { keep: true });
  /** Logits of the pairs of each picture with every class [B,K]. */
  const every = (x: Tensor) => {
    const n = sizeOf(x, 0);
    if (o.conditioning === "outputs") return D(x, fill(0, [n, classes])); // it reads no y
    const times = (t: Tensor) => reshape(broadcastTo(t, [n, classes, sizeOf(t, 2)]), [n * classes, -1]);
    const pictures = times(reshape(x, [n, 1, -1]));
    return reshape(D(pictures, times(reshape(identity(classes), [1, classes, classes]))), [n, classes]);
  };
  const weighed = (weights: Tensor, values: Tensor) => mean(sum(mul(weights, values), [1]));
  return {
    pair,
    /** Mean loss of D, which rejects these pairs, and of C, which wants them accepted; D's mean belief. */
    classified(x: Tensor, logits: Tensor) {
      const p = softmax(logits);
      if (o.adversarial === "integrate") {
        const logit = every(x);
        return {
          rejected: weighed(p, softplus(logit)),
          accepted: weighed(p, softplus(neg(logit))),
          belief: weighed(p, sigmoid(logit)),
        };
      }
      const logit = pair({ x, y: oneHot(argmax(logits), classes) });
      // No gradient passes a choice; that of its probability stands for it.
      const accepted = weighed(max(p, [1], { keep: true }), softplus(neg(logit)));
      return { rejected: mean(softplus(logit)), accepted, belief: mean(sigmoid(logit)) };
    },
  };
}

/** Entropy of C's answers [B,K], and how far their mean is from even use of the classes. */
function unlabelledTerms(answers: Tensor, o: Options): Tensor {
  const logMean = sub(logSumExp(logSoftmax(answers), [0]), Math.log(sizeOf(answers, 0)));
  return add(mul(o.entropy, categoricalEntropy(answers)), mul(o.balance, neg(mean(logMean))));
}

/** Cross-entropy of C's answers with its own to the plain pictures, where those are sure. Sohn et al. 2020, arXiv:2001.07685. */
function consistency(answers: Tensor, plain: Tensor, o: Options): Tensor {
  const sure = greaterEqual(max(softmax(plain), [1]), constant([o.confidence], []));
  const label = oneHot(argmax(plain), sizeOf(plain, 1));
  const terms = neg(sum(mul(label, logSoftmax(answers)), [1]));
  return mul(o.consistency, mean(mul(cast(sure, "float32"), terms)));
}

const normal = (deviation: number): Initializer => ({ kind: "normal", mean: 0, deviation });
const leaky = (x: Tensor) => leakyRelu(x, 0.2);
const identity = (n: number) =>
  constant(
    Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0)),
    [n, n],
  );

function classifierLayers(o: Options): Layer[] {
  const w = scaled(o.width);
  const conv = (width: number, kernel: number, padding: number): Layer[] => [
    conv2d(w(width), kernel, { padding, bias: false, initializer: normal(0.05) }),
    batchNorm(),
    relu,
  ];
  const pool: Layer[] = [(x: Tensor) => maxPool(x, 2), dropout(o.dropout)];
  const stages: Layer[][] = [
    [...conv(32, 5, 0), ...pool],
    [...conv(64, 3, 1), ...conv(64, 3, 0), ...pool],
    [...conv(128, 3, 1), ...conv(128, 3, 1)],
    [(x: Tensor) => mean(x, [2, 3])],
  ];
  return stages.flat();
}
