import {
  adam,
  batchNorm,
  doublings,
  flatten,
  halvings,
  leakyRelu,
  linear,
  network,
  nonSaturating,
  relu,
  reshapeTo,
  sequential,
  stopGradient,
  tanh,
  update,
} from "../../dist/index.js";
import { FixedFeeds, programOf } from "./programs.mjs";

/** A step of DCGAN, 3 x 64 x 64: the discriminator's update and the generator's. Radford et al. 2016, arXiv:1511.06434. */
export async function create({ batch, width, noise = 100 }, host) {
  const widths = [1, 2, 4, 8].map((k) => k * width);
  const G = network(
    "G",
    sequential(
      linear(16 * 8 * width, { bias: false }),
      reshapeTo(8 * width, 4, 4),
      batchNorm(),
      relu,
      ...doublings(widths, relu, 3),
      tanh,
    ),
  );
  const leaky = (x) => leakyRelu(x, 0.2);
  const D = network("D", sequential(...halvings(widths, leaky), flatten, linear(1)));

  const fixed = new FixedFeeds();
  const mode = { training: true, draws: fixed, records: [] };
  const [generate, judge] = [G.in(mode), D.in(mode)];
  const fake = generate(fixed.uniform("z", [batch, noise]));
  const real = judge(fixed.uniform("x", [batch, 3, 64, 64]));
  const discriminator = nonSaturating.discriminator({ real, fake: judge(stopGradient(fake)) });
  const generator = nonSaturating.generator({ fake: judge(fake) });
  const rule = adam(2e-4);
  return programOf({
    updates: [
      update([judge], discriminator, rule, { name: "discriminator_loss" }),
      update([generate], generator, rule, { name: "generator_loss" }),
    ],
    feeds: fixed.feeds,
    host,
  });
}
