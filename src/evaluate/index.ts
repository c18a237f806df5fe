// Data of all scores
export { type Matrix, matrix } from "./matrix.js";
export { type Confusion, confusion } from "./confusion.js";

// A categorical code against classes
export { type ClusterAccuracy, clusterAccuracy } from "./cluster-accuracy.js";
export { nmi } from "./nmi.js";

// Codes against known factors
export { type CodeCorrelation, codeCorrelation } from "./code-correlation.js";
export { type Mig, mig } from "./mig.js";
export { type Dci, completeness, dci, disentanglement } from "./dci.js";
export { type FactorVaeOptions, type FactorVaeScore, factorVaeScore } from "./factorvae-score.js";
export { type FactorSampler, pooledSampler } from "./factor-sampler.js";

// Without labels
export { neighbourAgreement, pool2 } from "./neighbour-agreement.js";
export { nearestNeighbours, neighbourRows } from "./nearest-neighbours.js";
export { type CodeEntropy, codeEntropy } from "./code-entropy.js";
