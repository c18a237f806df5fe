import { type Node, type Tensor, apply } from "../tensor.js";

/** A part of the graph: what it returns, and the tensors it is handed, behind which it does not look. */
export interface Part {
  readonly outputs: readonly Tensor[];
  readonly given: ReadonlySet<Tensor>;
}

/** Nodes of a part, each after what it needs: its inputs, or what `needs` says instead. */
export function nodesOf(part: Part, needs = (node: Node): readonly Tensor[] => node.inputs): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  const pending: (Tensor | { readonly done: Node })[] = [...part.outputs];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if ("done" in next) {
      order.push(next.done);
      continue;
    }
    if (part.given.has(next) || seen.has(next.node)) continue;
    seen.add(next.node);
    pending.push({ done: next.node }, ...needs(next.node));
  }
  return order;
}

/**
 * The part once more, with other tensors in place of some. `replace` is asked for every node, after those it needs, and may
 * call `current` for what has become of a tensor; it says what stands for the node's one output, or undefined to leave the
 * node as it is, on its inputs as they now are.
 */
export function rebuild(
  part: Part,
  replace: (node: Node, current: (x: Tensor) => Tensor) => Tensor | undefined,
  needs?: (node: Node) => readonly Tensor[],
): Tensor[] {
  const became = new Map<Tensor, Tensor>();
  const current = (x: Tensor): Tensor => became.get(x) ?? x;
  for (const node of nodesOf(part, needs)) {
    const other = replace(node, current);
    if (other !== undefined) {
      for (const out of node.outputs) became.set(out, other);
      continue;
    }
    const inputs = node.inputs.map(current);
    if (inputs.every((x, i) => x === node.inputs[i])) continue;
    const copies = apply(node.op, inputs, node.attributes, node.trace);
    for (const [i, copy] of copies.entries()) became.set(node.outputs[i] as Tensor, copy);
  }
  return part.outputs.map(current);
}
