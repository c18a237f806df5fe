import { infogan } from "../../dist/index.js";
import { FixedFeeds, programOf } from "./programs.mjs";

/**
 * A step of InfoGAN as preset `paper` trains it: both updates, on a fixed batch and fixed draws. Only the slope of its rectifiers is
 * the paper's 0.1, not the code's 0.01: the smaller it is, the more the losses show of a rounding on the other side of 0.
 */
export async function create({ batch, side = 28, ...given }, host) {
  const options = infogan.options.parse({ ...infogan.presets.paper.options, leak: 0.1, ...given });
  const image = { channels: 1, height: side, width: side };
  const fixed = new FixedFeeds();
  const networks = infogan.networks({ image, classes: 0 }, options);
  const mode = { training: true, draws: fixed, records: [] };
  const applied = Object.fromEntries(Object.entries(networks).map(([name, net]) => [name, net.in(mode)]));
  const x = fixed.uniform("x", [batch, 1, side, side], 0, 1);
  const updates = infogan.step(applied, { batchSize: batch, batch: () => ({ x }), draws: fixed }, options);
  return programOf({ updates, feeds: fixed.feeds, host });
}
