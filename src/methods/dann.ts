import { z } from "zod";
import { labelsComeFrom } from "../data/keep-labels.js";
import type { Draws } from "../engine/draws.js";
import {
  add,
  cast,
  constant,
  div,
  exp,
  flatten,
  gradientReversal,
  greater,
  maxPool,
  mean,
  minimum,
  mul,
  neg,
  relu,
  reshape,
  softmax,
  stopGradient,
  sub,
  sum,
} from "../engine/ops/index.js";
import { type Tensor, sizeOf } from "../engine/tensor.js";
import type { Rule } from "../engine/update.js";
import { DataError } from "../errors.js";
import {
  adam,
  asOneBatch,
  augmented,
  categoricalEntropy,
  categoricalNegativeLogLikelihood,
  checkSize,
  conv2d,
  cosineDecay,
  dense,
  heInitializer,
  inverseDecay,
  linear,
  network,
  nonSaturating,
  pooledStages,
  scaled,
  sequential,
  sgd,
  update,
} from "../nn/index.js";
import { type DomainsRead, type Preset, defineMethod } from "./method.js";
import { augmentationOption } from "./shared-options.js";

const options = z.strictObject({
  variant: z
    .enum(["dann", "source-only", "target-only"])
    .default("dann")
    .describe(
      "dann; source-only: no target, the floor; target-only: taught by the target's labels, the ceiling",
    ),
  training: z
    .enum(["joint", "alternate"])
    .default("joint")
    .describe("F, P and W in one update through the reversal; or W first, then F and P with W fixed"),
  confusion: z
    .enum(["reversal", "swap"])
    .default("reversal")
    .describe("how F works against W when they alternate: W's loss reversed, or W's loss on swapped domains"),
  lambda: z
    .enum(["schedule", "constant"])
    .default("schedule")
    .describe("weight of W's reversed gradient in F: rising as 2/(1 + exp(-10 p)) - 1, or constant"),
  lambdaValue: z.number().min(0).default(1).describe("what that weight rises to, or is"),
  domainLoss: z
    .enum(["added", "mean"])
    .default("added")
    .describe(
      "W's loss: its means over source and target added, or the mean over both, which is half of that",
    ),
  targetEntropy: z
    .number()
    .min(0)
    .default(0)
    .describe("weight of the entropy of P on target pictures, which rises to it over the first half"),
  net: z
    .enum(["paper", "best"])
    .default("paper")
    .describe(
      "the paper's two convolutions, or three and a layer of 128 with batch normalisation, and a larger W",
    ),
  conditional: z
    .boolean()
    .default(false)
    .describe("W has an output per class, weighed by what P says: it tells the domains apart class by class"),
  width: z.number().min(0.1).max(4).default(1).describe("width of all layers, as a multiple of the net's"),
  batches: z
    .enum(["joint", "separate"])
    .default("joint")
    .describe("whether batch normalisation sees both domains as one batch or each by itself"),
  recolour: z
    .boolean()
    .default(false)
    .describe("source pictures in random colours, x a + (1 - x) b with a, b ~ U(0, 1) per channel"),
  augmentation: augmentationOption("a random map of both domains"),
  rule: z
    .enum(["sgd", "adam"])
    .default("sgd")
    .describe("sgd: momentum 0.9, falling as (1 + 10 p)^-0.75; adam: warm-up over 2.5 %, cosine to 1 %"),
  learningRate: z.number().positive().default(0.01).describe("highest rate of the rule"),
});
type Options = z.infer<typeof options>;

/** What we measured to help from MNIST to MNIST-M; docs/methods/dann.md, "Differences from the paper". */
const beyondThePaper: Partial<Options> = {
  net: "best",
  rule: "adam",
  learningRate: 2e-3,
  conditional: true,
  targetEntropy: 0.1,
  recolour: true,
};
const presets: Record<"quick" | "paper" | "best", Preset<Options>> = {
  quick: {
    about: "minutes, for white on black to colour: batch normalisation, Adam, recoloured source pictures",
    options: beyondThePaper,
    training: { steps: 800, batch: 128, averageDecay: 0.998 },
  },
  paper: {
    about: "the paper's network, rates and schedules",
    options: { domainLoss: "mean" },
    training: { steps: 18_000, batch: 128 },
  },
  best: {
    about: "quick's settings without the entropy term, trained longer: what the adversary does by itself",
    options: { ...beyondThePaper, targetEntropy: 0 },
    training: { steps: 4000, batch: 128, averageDecay: 0.998 },
  },
};

/**
 * Domain-adversarial training: F helps P to name the classes of the source and hinders W from telling source and target apart,
 * so that P also serves the target. Ganin et al. 2016, arXiv:1505.07818, section 4.2.
 */
export const dann = defineMethod({
  name: "dann",
  about: "a classifier for pictures without labels, from labelled ones of another kind",
  reference: "Ganin et al. 2016, arXiv:1505.07818",
  options,
  presets,
  published: [
    { data: "mnist to mnist-m", values: { target_accuracy: "0.7666" } },
    {
      data: "mnist to mnist-m",
      options: { variant: "source-only" },
      values: { target_accuracy: "0.5225" },
    },
    {
      data: "mnist to mnist-m",
      options: { variant: "target-only" },
      values: { target_accuracy: "0.9596" },
    },
  ],
  charts: [
    {
      title: "How often W tells the domain (0.5 is a guess), and the weight of its reversed gradient",
      metrics: ["domain_accuracy", "lambda"],
    },
  ],

  networks({ image, classes }, o) {
    const paper = o.net === "paper";
    checkSize("dann", image, paper ? 16 : 8, ` with net=${o.net}`);
    checkClasses(classes);
    const w = scaled(o.width);
    const hidden = (units: number) => [linear(w(units), { initializer: heInitializer }), relu];
    return {
      /** Picture -> [B,n]. */
      F: network(
        "F",
        sequential(
          // Wider pixels than these are too much for the paper's rate without normalisation (the page, difference 1).
          (x: Tensor) => (paper ? sub(x, 0.5) : sub(mul(2, x), 1)),
          ...(paper ? paperStages([32, 48].map(w)) : pooledStages([32, 64, 128].map(w), relu)),
          flatten,
          ...(paper ? [] : dense(w(128), relu)),
        ),
      ),
      /** [B,n] -> logits [B,classes]. */
      P: network("P", sequential(...(paper ? [...hidden(100), ...hidden(100)] : []), linear(classes))),
      /** [B,n] -> logit [B,1], or one per class [B,classes]: above 0 for the target. */
      W: network(
        "W",
        sequential(
          ...(paper ? hidden(100) : [...hidden(256), ...hidden(256)]),
          linear(o.conditional ? classes : 1),
        ),
      ),
    };
  },

  step({ F, P, W }, { batchSize, labelled, batch, draws, progress }, o) {
    const rule = ruleOf(o);
    const half = Math.ceil(batchSize / 2);
    const domain = domainsOf(o).labels;
    const { x, y } = labelled({ domain, size: half });
    if (o.variant !== "dann") {
      const logits = P(F(seen(x, draws, domain, o)));
      return [update([F, P], categoricalNegativeLogLikelihood(logits, y), rule, { name: "class_loss" })];
    }
    const unlabelled = batch({ domain: "target", size: batchSize - half }).x;
    const pictures = { source: seen(x, draws, "source", o), target: seen(unlabelled, draws, "target", o) };
    const h = onBoth(F, pictures, o);
    const logits = onBoth(P, h, o);
    const lambda = lambdaAt(progress, o);

    const class_loss = categoricalNegativeLogLikelihood(logits.source, y);
    const entropy = categoricalEntropy(logits.target);
    const weight = mul(o.targetEntropy, minimum(1, mul(2, progress)));
    const learning = o.targetEntropy === 0 ? class_loss : add(class_loss, mul(weight, entropy));
    const monitor = { class_loss, ...(o.targetEntropy > 0 && { target_entropy: entropy }), lambda };

    const judged = (features: Pair) => ({
      source: domainLogit(W(features.source), logits.source, o),
      target: domainLogit(W(features.target), logits.target, o),
    });
    if (o.training === "joint") {
      const told = judged(each(h, (features) => gradientReversal(features, lambda)));
      const domain_loss = domainLoss(told, o);
      const domain_accuracy = accuracyOf(told);
      return [
        update([F, P, W], add(learning, domain_loss), rule, {
          name: "total_loss",
          monitor: { ...monitor, domain_loss, domain_accuracy },
        }),
      ];
    }
    const told = judged(each(h, stopGradient));
    const hindered = judged(h);
    const confusion =
      o.confusion === "reversal"
        ? neg(domainLoss(hindered, o))
        : domainLoss({ source: hindered.target, target: hindered.source }, o);
    return [
      update([W], domainLoss(told, o), rule, {
        name: "domain_loss",
        monitor: { domain_accuracy: accuracyOf(told) },
      }),
      update([F, P], add(learning, mul(lambda, confusion)), rule, { name: "feature_loss", monitor }),
    ];
  },

  domains: domainsOf,
  features: ({ F }, x) => ({ hidden: F(x) }),
  classify: ({ F, P }, x) => softmax(P(F(x))),
});

/**
 * Batch statistics are of the domains that the target was seen beside in training, as it is the target that must be read. Of pictures as
 * they are: F is shown recoloured ones to learn, and plain ones to read.
 */
function domainsOf({ variant, batches }: Options): DomainsRead {
  if (variant === "source-only") return { labels: "source", statistics: "source" };
  if (variant === "target-only") return { labels: "target", statistics: "target" };
  return { labels: "source", statistics: batches === "joint" ? "both" : "target" };
}

/** One thing of each domain. */
interface Pair {
  readonly source: Tensor;
  readonly target: Tensor;
}

const each = ({ source, target }: Pair, f: (x: Tensor) => Tensor): Pair => ({
  source: f(source),
  target: f(target),
});

/** A network on both domains: as one batch, whose statistics they share, or as two. */
function onBoth(net: (x: Tensor) => Tensor, inputs: Pair, { batches }: Options): Pair {
  if (batches === "separate") return each(inputs, net);
  const [source, target] = asOneBatch(net, [inputs.source, inputs.target]);
  return { source, target };
}

/**
 * W's logit; with an output per class, their mean by what P says. After Pei et al. 2018, arXiv:1809.02176, who weigh the features
 * instead, for a W and a loss per class.
 */
function domainLogit(outputs: Tensor, classLogits: Tensor, { conditional }: Options): Tensor {
  if (!conditional) return outputs;
  return sum(mul(outputs, stopGradient(softmax(classLogits))), [1], { keep: true });
}

/** Cross-entropy of the domains, 0 for the source and 1 for the target: the mean over each, added, or half of that. */
function domainLoss({ source, target }: Pair, o: Options): Tensor {
  const added = nonSaturating.discriminator({ real: target, fake: source });
  return o.domainLoss === "added" ? added : mul(0.5, added);
}

/** Share of pictures whose domain W names; each domain counts for half. */
function accuracyOf({ source, target }: Pair): Tensor {
  const called = each({ source, target }, (logit) => mean(cast(greater(logit, 0), "float32")));
  return mul(0.5, add(called.target, sub(1, called.source)));
}

/** lambda_p = 2 / (1 + exp(-10 p)) - 1, p the share of the planned steps that is done. */
function lambdaAt(progress: Tensor, { lambda, lambdaValue }: Options): Tensor {
  if (lambda === "constant") return constant([lambdaValue], []);
  return mul(lambdaValue, sub(div(2, add(1, exp(mul(-10, progress)))), 1));
}

function ruleOf({ rule, learningRate }: Options): Rule {
  if (rule === "sgd") return sgd(inverseDecay(learningRate), { momentum: 0.9 });
  return adam(cosineDecay(learningRate, { warmUp: 0.025, end: 0.01 }));
}

/** A domain's pictures as F is shown them. */
function seen(x: Tensor, draws: Draws, domain: "source" | "target", o: Options): Tensor {
  const turned = augmented(x, draws, domain, o.augmentation);
  return o.recolour && domain === "source" ? recoloured(turned, draws) : turned;
}

/** x a + (1 - x) b: what was white gets the colour a, what was black b. */
function recoloured(x: Tensor, draws: Draws): Tensor {
  const [n, channels] = [sizeOf(x, 0), sizeOf(x, 1)];
  const colour = (name: string) =>
    reshape(draws.uniform(`recolour/${name}`, [n, channels]), [n, channels, 1, 1]);
  return add(mul(x, colour("a")), mul(sub(1, x), colour("b")));
}

const paperStages = (widths: readonly number[]) =>
  widths.flatMap((width) => [
    conv2d(width, 5, { initializer: heInitializer }),
    relu,
    (x: Tensor) => maxPool(x, 2),
  ]);

/** The answers of P are the classes of the source, also where the labels of the target teach it. */
function checkClasses(classes: number): void {
  if (classes > 0) return;
  throw new DataError({
    where: "dann",
    expected: "pictures with labels in --data",
    received: "none",
    hint: labelsComeFrom,
  });
}
