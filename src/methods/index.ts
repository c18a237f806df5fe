import { classifier } from "./classifier.js";
import { ganae } from "./ganae.js";
import { infogan } from "./infogan.js";
import type { Method } from "./method.js";
import { vaegan } from "./vaegan.js";

export { type LatentPart, codeNames, drawLatents, latentWidth } from "./latent.js";
export {
  type AppliedNetworks,
  type Batch,
  type BatchOf,
  CLASS,
  type DataShape,
  type LabelledBatch,
  type Method,
  type Networks,
  type Preset,
  type StepInputs,
  type TrainingOptions,
  defineMethod,
  hasEncoder,
  trainingOptions,
} from "./method.js";
export { classifier, ganae, infogan, vaegan };

/** All methods by name: the table of contents of the command line and the docs. */
export const methods: Readonly<Record<string, Method>> = { infogan, vaegan, ganae, classifier };
