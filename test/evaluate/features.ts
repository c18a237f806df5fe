import { readFileSync } from "node:fs";
import { nodeHost } from "../../src/engine/runtime/node.js";
import { hostRandom } from "../../src/engine/random.js";
import type { LabelledSplit, Matrix } from "../../src/evaluate/index.js";

type Rows = number[][];

export const host = nodeHost({ threads: 1 });

/** Numbers of scikit-learn, scipy and numpy, written by test/references/features.py. */
export const features = JSON.parse(
  readFileSync(new URL("../references/features.json", import.meta.url), "utf8"),
) as {
  readonly knn: {
    readonly train: Rows;
    readonly train_labels: number[];
    readonly test: Rows;
    readonly test_labels: number[];
    readonly distances: Rows;
    readonly indices: Rows;
    readonly accuracy_1: number;
    readonly binary_accuracy_5: number;
  };
  readonly probe: readonly {
    readonly penalty: number;
    readonly weights: Rows;
    readonly bias: number[];
    readonly loss: number;
    readonly accuracy: number;
    readonly train_accuracy: number;
  }[];
  readonly retrieval: number;
  readonly frechet: { readonly a: Rows; readonly b: Rows; readonly value: number };
  readonly pca: {
    readonly rows: Rows;
    readonly components: Rows;
    readonly variances: number[];
    readonly shares: number[];
    readonly transformed: Rows;
  };
  readonly kmeans: { readonly rows: Rows; readonly k: number; readonly inertia: number };
  readonly pictures: {
    readonly x: number[];
    readonly y: number[];
    readonly mean_squared_error: number;
    readonly sharpness: number;
  };
};

/** Rows of independent normal numbers, [n, width]. */
export function normalRows(n: number, width: number, name: string): Matrix {
  const random = hostRandom(1, name);
  return { data: Float32Array.from({ length: n * width }, random.normal), n, width };
}

/** Rows around one corner per class, in turn: class c is far out on axis c; labels are known by thought. */
export function groups(n: number, classes: number, name: string): { rows: Matrix; labels: number[] } {
  const rows = normalRows(n, classes, name);
  const labels = Array.from({ length: n }, (_, i) => i % classes);
  for (const [i, label] of labels.entries()) rows.data[i * classes + label]! += 20;
  return { rows, labels };
}

/** Groups to learn from and others to be judged on. */
export function groupSplit(classes: number): LabelledSplit {
  const [train, test] = [groups(120, classes, "train"), groups(90, classes, "test")];
  return { train: train.rows, trainLabels: train.labels, test: test.rows, testLabels: test.labels };
}
