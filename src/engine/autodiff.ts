import { ShapeError } from "../errors.js";
import { add } from "./ops/elementwise.js";
import { fill } from "./ops/leaves.js";
import { sumTo } from "./ops/reduce.js";
import { type Node, type Tensor, ancestors, sameShape, show } from "./tensor.js";

/**
 * Reverse-mode differentiation: d(output)/d(wrt) as tensors made of ordinary ops, so that a gradient has gradients.
 * output: one element, unless `cotangent` (of output's shape) weighs its elements. Returns one tensor per wrt, of its shape;
 * zeros where output does not depend on it. Griewank & Walther 2008, chapter 3.
 */
export function grad(output: Tensor, wrt: readonly Tensor[], cotangent?: Tensor): Tensor[] {
  if (cotangent === undefined && output.shape.some((size) => size !== 1)) {
    throw new ShapeError({
      where: "grad",
      expected: "a loss of one element",
      received: show(output.shape),
      hint: "Reduce it with mean or sum, or pass a cotangent.",
    });
  }
  if (cotangent !== undefined && !sameShape(cotangent.shape, output.shape)) {
    throw new ShapeError({
      where: "grad",
      expected: `a cotangent ${show(output.shape)}`,
      received: show(cotangent.shape),
    });
  }
  const nodes = ancestors([output]);
  const wanted = nodesOnThePath(nodes, wrt);
  const cotangents = new Map<Tensor, Tensor>([[output, cotangent ?? fill(1, output.shape)]]);
  for (const node of nodes.toReversed()) {
    if (wanted.has(node)) passBack(node, wanted, cotangents);
  }
  return wrt.map((x) => cotangents.get(x) ?? fill(0, x.shape));
}

/** Nodes through which output depends on wrt. */
function nodesOnThePath(nodes: readonly Node[], wrt: readonly Tensor[]): Set<Node> {
  const wanted = new Set(wrt.map((x) => x.node));
  for (const node of nodes) {
    if (node.inputs.some((x) => wanted.has(x.node))) wanted.add(node);
  }
  return wanted;
}

function passBack(node: Node, wanted: ReadonlySet<Node>, cotangents: Map<Tensor, Tensor>): void {
  const arriving = node.outputs.map((out) => cotangents.get(out));
  if (arriving.every((d) => d === undefined)) return;
  node.inputs.forEach((x, i) => {
    if (!wanted.has(x.node)) return;
    const d = node.op.pullback(node, i, arriving);
    if (d === undefined) return;
    const fitted = sumTo(d, x.shape);
    const before = cotangents.get(x);
    cotangents.set(x, before === undefined ? fitted : add(before, fitted));
  });
}
