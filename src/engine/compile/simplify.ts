import { feedName } from "../ops/leaves.js";
import { type Attributes, type Node, type Op, type Tensor, ancestors, apply } from "../tensor.js";

/**
 * The same values from fewer nodes: every op's own simplifications, and equal nodes merged into one. Placeholders and
 * variables stay as they are, so feeds keep their identity.
 */
export function simplify(outputs: readonly Tensor[]): Tensor[] {
  const replacement = new Map<Tensor, Tensor>();
  const kept = new Set<Node>();
  const byKey = new Map<Op, Map<string, Node>>();
  const current = (x: Tensor): Tensor => replacement.get(x) ?? x;
  /** The node of that op, inputs and attributes: an earlier one if there is one. */
  const merge = (node: Node): Node => {
    const same = byKey.get(node.op) ?? new Map<string, Node>();
    byKey.set(node.op, same);
    const key = keyOf(node.inputs, node.attributes);
    const first = same.get(key) ?? node;
    same.set(key, first);
    kept.add(first);
    return first;
  };

  /** What a rule has just made, down to what was there before, merged as everything else. */
  const place = (made: Tensor, trace: Error): Tensor => {
    if (kept.has(made.node)) return made;
    const inputs = made.node.inputs.map((x) => place(x, trace));
    return merge(copyOf(made.node, inputs, trace)).outputs[made.index] ?? made;
  };

  for (const node of ancestors(outputs)) {
    const [out] = node.outputs;
    if (out === undefined || feedName(out) !== undefined) {
      kept.add(node);
      continue;
    }
    const inputs = node.inputs.map(current);
    const simpler = simplest(node.op, inputs, node.attributes);
    if (simpler !== undefined) {
      replacement.set(out, place(simpler, node.trace));
      continue;
    }
    const changed = inputs.some((x, i) => x !== node.inputs[i]);
    const same = merge(changed ? copyOf(node, inputs, node.trace) : node);
    if (same === node) continue;
    for (const [i, out] of node.outputs.entries()) replacement.set(out, same.outputs[i] ?? out);
  }
  return outputs.map(current);
}

/** What an op's own rules make of it, applied until none does; undefined where none did. */
function simplest(op: Op, inputs: readonly Tensor[], attributes: Attributes): Tensor | undefined {
  const simpler = op.simplify?.(inputs, attributes);
  if (simpler === undefined) return undefined;
  const { node } = simpler;
  return simplest(node.op, node.inputs, node.attributes) ?? simpler;
}

/** JSON knows no Infinity, NaN or -0, and would take fill(Infinity) and fill(-Infinity) for the same. */
function keyOf(inputs: readonly Tensor[], attributes: Attributes): string {
  const plain = (_key: string, value: unknown): unknown =>
    typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))
      ? { special: Object.is(value, -0) ? "-0" : String(value) }
      : value;
  return `${inputs.map((x) => `${x.node.id}.${x.index}`).join()} ${JSON.stringify(attributes, plain)}`;
}

/** The node once more, on other inputs and with the line of the user's code it stands for. */
function copyOf(node: Node, inputs: readonly Tensor[], trace: Error): Node {
  const copy = apply(node.op, inputs, node.attributes, trace)[0]?.node;
  if (copy === undefined) throw new Error("an op without outputs");
  return copy;
}
