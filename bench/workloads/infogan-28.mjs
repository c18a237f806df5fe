import { infogan } from "../../dist/index.js";
import { FixedFeeds, programOf } from "./programs.mjs";

/** A step of InfoGAN as preset `paper` trains it: both updates, on a fixed batch and fixed draws. */
export async function create({ batch, side = 28, ...given }, host) {
  const options = infogan.options.parse({ ...infogan.presets.paper.options, ...given });
  const image = { channels: 1, height: side, width: side };
  const fixed = new FixedFeeds();
  const networks = infogan.networks({ image, classes: 0 }, options);
  const mode = { training: true, draws: fixed, records: [] };
  const applied = Object.fromEntries(Object.entries(networks).map(([name, net]) => [name, net.in(mode)]));
  const x = fixed.uniform("x", [batch, 1, side, side], 0, 1);
  const updates = infogan.step(applied, { batchSize: batch, batch: () => ({ x }), draws: fixed }, options);
  return programOf({ updates, feeds: fixed.feeds, host });
}
