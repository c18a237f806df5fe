import { feedName } from "../ops/leaves.js";
import { type Node, type Tensor, ancestors, apply } from "../tensor.js";

/**
 * The same values from fewer nodes: every op's own simplification, and equal nodes merged into one. Leaves stay as they
 * are, so feeds keep their identity.
 */
export function simplify(outputs: readonly Tensor[]): Tensor[] {
  const replacement = new Map<Tensor, Tensor>();
  const known = new Map<string, Node>();
  const current = (x: Tensor): Tensor => replacement.get(x) ?? x;

  for (const node of ancestors(outputs)) {
    if (node.outputs[0] !== undefined && feedName(node.outputs[0]) !== undefined) continue;
    const inputs = node.inputs.map(current);
    const simpler = node.op.simplify?.(inputs, node.attributes);
    if (simpler !== undefined && node.outputs[0] !== undefined) {
      replacement.set(node.outputs[0], simpler);
      continue;
    }
    const changed = inputs.some((x, i) => x !== node.inputs[i]);
    const rebuilt = changed ? nodeOf(apply(node.op, inputs, node.attributes, node.trace)) : node;
    const key = `${node.op.name}(${inputs.map((x) => `${x.node.id}.${x.index}`).join()})${JSON.stringify(node.attributes)}`;
    const same = known.get(key) ?? rebuilt;
    known.set(key, same);
    if (same !== node)
      for (const [i, out] of node.outputs.entries()) replacement.set(out, same.outputs[i] ?? out);
  }
  return outputs.map(current);
}

function nodeOf(outputs: readonly Tensor[]): Node {
  const node = outputs[0]?.node;
  if (node === undefined) throw new Error("an op without outputs");
  return node;
}
