import {
  add,
  compile,
  concat,
  grad,
  matmul,
  mul,
  fill,
  placeholder,
  reshape,
  sigmoid,
  slice,
  square,
  sub,
  sum,
  tanh,
  transpose,
} from "../../dist/index.js";
import { noise } from "../numbers.mjs";

/**
 * Forward and backward through a gated recurrent unit, unrolled: the sum of squares of all states and its gradients. Gates in
 * the order r, z, n and two biases, as torch.nn.GRU. Cho et al. 2014, arXiv:1406.1078.
 */
export async function create({ frames, batch, inputs, width }, host) {
  const shapes = {
    "input.weight": [inputs, 3 * width],
    "input.bias": [3 * width],
    "recurrent.weight": [width, 3 * width],
    "recurrent.bias": [3 * width],
  };
  const x = placeholder("x", [frames, batch, inputs]);
  const weights = Object.fromEntries(Object.entries(shapes).map(([name, s]) => [name, placeholder(name, s)]));
  const { loss, gradients } = unrolled(x, weights);

  const limit = 1 / Math.sqrt(width);
  const memory = new Map(
    Object.entries(shapes).map(([name, s]) => [name, noise(new Float32Array(size(s)), `gru.${name}`, limit)]),
  );
  memory.set("x", noise(new Float32Array(size(x.shape)), "x"));
  const names = Object.keys(shapes);
  const outputs = Object.fromEntries(names.map((name, i) => [`d ${name}`, gradients[i]]));
  const compiled = await compile({ loss, ...outputs }, host, memory);
  const directions = names.map((name) => noise(new Float32Array(size(shapes[name])), `along/${name}`));
  return {
    step: () => compiled.run({}),
    /** The loss, and the gradients along noise. */
    read: (out) => [out.loss[0], sumOf(names.map((name, i) => dot(out[`d ${name}`], directions[i])))],
    release: () => compiled.release(),
  };
}

const size = (shape) => shape.reduce((a, b) => a * b, 1);
const sumOf = (values) => values.reduce((a, b) => a + b, 0);
const dot = (a, b) => a.reduce((s, v, i) => s + v * b[i], 0);

/**
 * The loss and its gradients in the four weights. A frame's gates are cut into three from the start, so that no gradient is put
 * back into zeros; the gradients in the gates of all frames are joined before the products that need them.
 */
function unrolled(x, weights) {
  const [frames, batch, inputs] = x.shape;
  const width = weights["recurrent.weight"].shape[0];
  const part = (t, axis, k, n) => slice(t, [{ axis, start: k * n, end: (k + 1) * n }]);
  const three = (t, axis) => [0, 1, 2].map((k) => part(t, axis, k, width));
  const flat = reshape(x, [frames * batch, inputs]);
  const projected = three(add(matmul(flat, weights["input.weight"]), weights["input.bias"]), 1);
  const matrices = three(weights["recurrent.weight"], 1);
  const biases = three(weights["recurrent.bias"], 0);

  let h = fill(0, [batch, width]);
  const cells = Array.from({ length: frames }, (_, t) => {
    const before = h;
    const given = projected.map((p) => part(p, 0, t, batch));
    const own = matrices.map((m, k) => add(matmul(before, m), biases[k]));
    const r = sigmoid(add(given[0], own[0]));
    const z = sigmoid(add(given[1], own[1]));
    const n = tanh(add(given[2], mul(r, own[2])));
    h = add(n, mul(z, sub(before, n)));
    return { before, given, own, h };
  });
  const rows = (tensors) => concat(tensors, 0);
  const loss = sum(square(rows(cells.map((cell) => cell.h))));

  const wanted = cells.flatMap(({ given, own }) => [...own, given[2]]);
  const found = grad(loss, wanted);
  const [r, z, own, given] = [0, 1, 2, 3].map((k) => rows(cells.map((_, t) => found[4 * t + k])));
  const [byInput, byState] = [concat([r, z, given]), concat([r, z, own])];
  const befores = rows(cells.map((cell) => cell.before));
  const gradients = [
    matmul(transpose(flat), byInput),
    sum(byInput, [0]),
    matmul(transpose(befores), byState),
    sum(byState, [0]),
  ];
  return { loss, gradients };
}
