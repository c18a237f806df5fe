// TensorFlow.js on its WebAssembly backend: channels last, one thread (in Node it starts no others), and no kernel for the
// gradient in a weight.
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-wasm";
import { shapesOf, sumOfSquares, valuesOf } from "../workloads/layers.mjs";
import { serveLayers } from "./serve.mjs";

await tf.setBackend("wasm");
await tf.ready();
await serveLayers({ version: tf.version_core }, ({ layer }) => {
  const shapes = shapesOf(layer);
  const tensorOf = (name, order) =>
    tf.transpose(tf.tensor(valuesOf(name, shapes[name]), shapes[name]), order);
  const [x, w, d] = [tensorOf("x", [0, 2, 3, 1]), tensorOf("w", [2, 3, 1, 0]), tensorOf("d", [0, 2, 3, 1])];
  return {
    forward: pass(() => tf.conv2d(x, w, 2, 1)),
    input: pass(() => tf.conv2dTranspose(d, w, x.shape, 2, 1)),
  };
});

function pass(make) {
  let y;
  return {
    run: () => {
      y?.dispose();
      y = make();
    },
    value: () => sumOfSquares(y.dataSync()),
  };
}
