export {
  type Applied,
  type Layer,
  type Mode,
  type Network,
  type StatisticsRecord,
  Scope,
  network,
  sequential,
} from "./network.js";
export {
  type BatchNormOptions,
  type WeightOptions,
  batchNorm,
  conv2d,
  convTranspose2d,
  dcganInitializer,
  dropout,
  embedding,
  gaussianNoise,
  heInitializer,
  linear,
  normalizedLinear,
  reshapeTo,
} from "./layers.js";
export {
  type Pyramid,
  checkSize,
  dense,
  doublings,
  halvings,
  pictureGenerator,
  pictureTrunk,
  pooledStages,
  pyramid,
  scaled,
} from "./blocks.js";
export { columns } from "./columns.js";
export { asOneBatch, parted, rows } from "./rows.js";
export { type UpdateOptions, copyDirections, update } from "./update.js";
export { type AdamOptions, adam, rmsProp, sgd } from "./optimizers.js";
export {
  type Schedule,
  constantly,
  cosineDecay,
  exponentialDecay,
  inverseDecay,
  linearDecay,
} from "./schedules.js";
export type { Objective } from "./objectives/objective.js";
export { nonSaturating } from "./objectives/non-saturating.js";
export {
  categoricalEntropy,
  categoricalNegativeLogLikelihood,
  gaussianNegativeLogLikelihood,
} from "./objectives/information.js";
export {
  absoluteError,
  bernoulliNegativeLogLikelihood,
  divergenceFromNormal,
  gaussianError,
  squaredError,
  squaredErrorPerValue,
} from "./objectives/reconstruction.js";
export { type AffineRanges, augmented, randomAffine } from "./augment.js";
export { type Encoded, type TwoWayShape, discriminator, encoder, generator } from "./two-way.js";
export { type Posterior, displaced, posterior, sampled } from "./posterior.js";
