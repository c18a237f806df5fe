import { DataError, OptionError } from "../errors.js";
import { grad } from "../engine/autodiff.js";
import { add, logSumExp, matmul, mean, mul, placeholder, sub, sum, transpose } from "../engine/ops/index.js";
import type { Host } from "../engine/runtime/host.js";
import { bindGraph } from "./bound-graph.js";
import { labelled, type Labelled, type LabelledSplit } from "./labels.js";
import { minimise, type Slope } from "./lbfgs.js";
import { checkMatrix, checkWidths, columnMeans, type Matrix } from "./matrix.js";

/** How `linearProbe` fits: penalty, and when it ends. */
export interface LinearProbeOptions {
  /** Weight of the squared weights against the summed loss, 1 / C of scikit-learn; default 1. */
  readonly penalty?: number;
  /** Converged when no derivative of the mean loss is larger; default 1e-4, as scikit-learn. */
  readonly tolerance?: number;
  /** Most iterations of L-BFGS; default 1,000. */
  readonly iterations?: number;
  /** Called after each iteration with its number and the largest derivative. */
  readonly progress?: (iteration: number, largestGradient: number) => void;
}

/** What a linear classifier of features reaches, and the classifier itself. */
export interface LinearProbe {
  /** Share of test rows whose class has the greatest probability, in [0, 1]; higher is better. */
  readonly value: number;
  /** The same on the training rows. */
  readonly trainAccuracy: number;
  /** The objective reached: mean cross-entropy on the training rows, in nats, and the penalty over 2n. */
  readonly loss: number;
  /** Iterations of L-BFGS that it took. */
  readonly iterations: number;
  /** Whether the tolerance was met; if not, the number is no property of the features yet. */
  readonly converged: boolean;
  /** [classes, d]: what each standardised feature adds to each class's logit. */
  readonly weights: Matrix;
  /** [classes] */
  readonly bias: Float64Array;
}

/**
 * How well classes can be read off features by a linear map: multinomial logistic regression to convergence (Alain &
 * Bengio 2016, arXiv:1610.01644, section 3), as scikit-learn's LogisticRegression on standardised features:
 * min (1/n) sum_i -log p(label_i | x_i) + penalty / (2n) |W|^2, the bias not penalised. Mean and deviation come from
 * the training rows; a constant feature is 0. With two classes that name domains it is the fresh probe of Ganin et al.
 * 2016, arXiv:1505.07818: near 0.5 on balanced rows where no linear map can tell them. Rows without a label are left out.
 * Throws DataError for features and labels that do not fit, OptionError for a penalty below 0.
 */
export async function linearProbe(
  split: LabelledSplit,
  host: Host,
  { penalty = 1, ...options }: LinearProbeOptions = {},
): Promise<LinearProbe> {
  if (!(penalty >= 0))
    throw new OptionError({ where: "penalty", expected: "a number from 0", received: `${penalty}` });
  const { train, test, classes } = prepare(split);
  const objective = await crossEntropy(train, classes, penalty, host);
  const start = new Float64Array((train.rows.width + 1) * classes);
  const { at, value: loss, iterations, converged } = await minimise(objective.slopeAt, start, options);
  objective.release();
  const model = { weights: at.subarray(0, -classes), bias: at.slice(-classes) };
  return {
    value: accuracy(model, test),
    trainAccuracy: accuracy(model, train),
    loss,
    iterations,
    converged,
    weights: { data: Float32Array.from(model.weights), n: classes, width: train.rows.width },
    bias: model.bias,
  };
}

/** Labelled rows, standardised by the training rows. */
function prepare(split: LabelledSplit): { train: Labelled; test: Labelled; classes: number } {
  checkMatrix("linear_probe, train", split.train);
  checkMatrix("linear_probe, test", split.test);
  checkWidths("linear_probe", split.train, split.test);
  const train = labelled("linear_probe, train", split.train, split.trainLabels);
  const test = labelled("linear_probe, test", split.test, split.testLabels);
  const different = new Set(train.labels).size;
  if (different < 2) {
    throw new DataError({
      where: "linear_probe",
      expected: "at least two classes",
      received: `${different}`,
    });
  }
  const highest = (labels: Int32Array) => labels.reduce((most, label) => Math.max(most, label), 0);
  const standardise = standardiser(train.rows);
  return {
    train: { rows: standardise(train.rows), labels: train.labels },
    test: { rows: standardise(test.rows), labels: test.labels },
    classes: 1 + Math.max(highest(train.labels), highest(test.labels)),
  };
}

function standardiser(rows: Matrix): (rows: Matrix) => Matrix {
  const means = columnMeans(rows);
  const squares = new Float64Array(rows.width);
  for (let at = 0; at < rows.data.length; at += rows.width) {
    for (let j = 0; j < rows.width; j++) squares[j]! += (rows.data[at + j]! - means[j]!) ** 2;
  }
  const scales = squares.map((square) => (square === 0 ? 0 : 1 / Math.sqrt(square / rows.n)));
  return ({ data, n, width }) => {
    const scaled = new Float32Array(data.length);
    for (let at = 0; at < data.length; at += width) {
      for (let j = 0; j < width; j++) scaled[at + j] = (data[at + j]! - means[j]!) * scales[j]!;
    }
    return { data: scaled, n, width };
  };
}

/** The objective as a function of [weights [classes, d], bias [classes]]; loss and derivatives are one graph. */
async function crossEntropy({ rows, labels }: Labelled, classes: number, penalty: number, host: Host) {
  const { n, width } = rows;
  const x = placeholder("x", [n, width]);
  const y = placeholder("y", [n, classes]);
  const w = placeholder("w", [classes, width]);
  const b = placeholder("b", [classes]);
  const logits = add(matmul(x, transpose(w)), b);
  const loss = mean(sub(logSumExp(logits, [1]), sum(mul(y, logits), [1])));
  const [error = logits] = grad(loss, [logits]); // [n, classes]
  const dw = matmul(transpose(error), x); // grad would transpose x, and take twice as long
  const graph = await bindGraph({ loss, dw, db: sum(error, [0]) }, host, { x: rows.data });
  const oneHot = graph.memory("y");
  for (const [i, label] of labels.entries()) oneHot[i * classes + label] = 1;
  const slopeAt = async (point: Float64Array): Promise<Slope> => {
    const weights = point.subarray(0, width * classes);
    graph.memory("w").set(weights);
    graph.memory("b").set(point.subarray(width * classes));
    await graph.run();
    const gradient = new Float64Array(point.length);
    gradient.set(graph.memory("dw"));
    gradient.set(graph.memory("db"), width * classes);
    for (const [i, v] of weights.entries()) gradient[i]! += (penalty / n) * v;
    const squares = weights.reduce((total, v) => total + v * v, 0);
    return { value: graph.memory("loss")[0]! + (penalty / (2 * n)) * squares, gradient };
  };
  return { slopeAt, release: graph.release };
}

/** Share of rows whose label has the greatest logit; of equal logits the first class counts. */
function accuracy(
  { weights, bias }: { weights: Float64Array; bias: Float64Array },
  { rows: { data, width }, labels }: Labelled,
): number {
  let right = 0;
  for (const [i, label] of labels.entries()) {
    const logits = bias.map((start, c) => {
      let logit = start;
      for (let j = 0; j < width; j++) logit += data[i * width + j]! * weights[c * width + j]!;
      return logit;
    });
    right += Number(logits.indexOf(Math.max(...logits)) === label);
  }
  return right / labels.length;
}
