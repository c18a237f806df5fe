// Data of all scores
export { type Matrix, column, matrix, selectRows } from "./matrix.js";
export { type Confusion, confusion, rowsOf } from "./confusion.js";

// A categorical code against classes
export { type ClusterAccuracy, clusterAccuracy } from "./cluster-accuracy.js";
export { nmi } from "./nmi.js";

// Codes against known factors
export { type CodeCorrelation, codeCorrelation } from "./code-correlation.js";
export { type Mig, mig } from "./mig.js";
export { type Dci, completeness, dci, disentanglement } from "./dci.js";
export { type FactorVaeOptions, type FactorVaeScore, factorVaeScore } from "./factorvae-score.js";
export { type FactorSampler, pooledSampler } from "./factor-sampler.js";

// Features against classes
export type { LabelledSplit } from "./labels.js";
export { type KnnOptions, knnAccuracy } from "./knn-accuracy.js";
export { type LinearProbe, type LinearProbeOptions, linearProbe } from "./linear-probe.js";
export { type RetrievalOptions, retrievalPrecision } from "./retrieval-precision.js";
export { type NearestRows, type NearestRowsOptions, nearestRows } from "./nearest-rows.js";

// Sets of features against each other
export { type Gaussian, gaussian, gaussianOn } from "./gaussian.js";
export { type FrechetDistance, frechetDistance, frechetFloor } from "./frechet-distance.js";

// Clusters of features, as a categorical code
export { type KMeansOptions, type KMeans, kMeans } from "./k-means.js";

// Features seen in fewer dimensions
export { type Pca, applyPca, fitPca, varying } from "./pca.js";
export { type UmapOptions, umap } from "./umap.js";

// Without labels
export { neighbourAgreement, pool2 } from "./neighbour-agreement.js";
export { nearestNeighbours } from "./nearest-neighbours.js";
export { type CodeEntropy, codeEntropy } from "./code-entropy.js";

// Pictures
export { meanSquaredError } from "./mean-squared-error.js";
export { sharpness } from "./sharpness.js";
