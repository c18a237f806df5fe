import * as dcgan64 from "./dcgan-64.mjs";
import * as gru256 from "./gru-256.mjs";
import * as infogan28 from "./infogan-28.mjs";

/** What is timed as a training step, by name: the module that makes it, and the sizes. */
export const training = {
  "infogan-28": {
    about: "a step of InfoGAN on 28 x 28, the paper's networks, batch 64",
    module: "infogan-28",
    sizes: { batch: 64 },
  },
  "infogan-28-batch-128": {
    about: "the same, batch 128",
    module: "infogan-28",
    sizes: { batch: 128 },
  },
  "dcgan-64": {
    about: "a step of DCGAN on 3 x 64 x 64, width 64, batch 64",
    module: "dcgan-64",
    sizes: { batch: 64, width: 64 },
  },
  "gru-256": {
    about: "50 frames of 39 numbers through a GRU of width 256, batch 64, forward and backward",
    module: "gru-256",
    sizes: { frames: 50, batch: 64, inputs: 39, width: 256 },
    withoutRule: true,
  },
};

const modules = { "infogan-28": infogan28, "dcgan-64": dcgan64, "gru-256": gru256 };

/**
 * A workload of a module, ready to run: `step()` runs once, `read(result)` gives the losses of what a step returned,
 * `release()` lets go of it.
 */
export const create = (module, sizes, host) => modules[module].create(sizes, host);
