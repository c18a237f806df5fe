import { ae } from "./ae.js";
import { bigan } from "./bigan.js";
import { classifier } from "./classifier.js";
import { dann } from "./dann.js";
import { ganae } from "./ganae.js";
import { infogan } from "./infogan.js";
import { inverseAe } from "./inverse-ae.js";
import type { Method } from "./method.js";
import { triplegan } from "./triplegan.js";
import { vae } from "./vae.js";
import { vaegan } from "./vaegan.js";

export { type LatentPart, codeNames, drawLatents, latentWidth } from "./latent.js";
export {
  type AppliedNetworks,
  type Batch,
  type BatchOf,
  CLASS,
  type DataShape,
  type DomainsRead,
  type LabelledBatch,
  type Method,
  type Networks,
  type Preset,
  type StepInputs,
  type TrainingOptions,
  defineMethod,
  hasEncoder,
  hasGenerator,
  taughtDomain,
  trainingOptions,
} from "./method.js";
export { ae, bigan, classifier, dann, ganae, infogan, inverseAe, triplegan, vae, vaegan };

/** All methods by name: the table of contents of the command line and the docs. */
export const methods: Readonly<Record<string, Method>> = {
  infogan,
  vaegan,
  bigan,
  ae,
  "inverse-ae": inverseAe,
  vae,
  ganae,
  triplegan,
  dann,
  classifier,
};
