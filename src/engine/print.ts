import { type Attributes, type Node, type Tensor, ancestors, show } from "./tensor.js";

/**
 * A graph as text, one line per node, inputs before users: `%3 = conv(%1, %2) [2, 4, 5, 4] {strides: [2, 2]}`. A second
 * output of node 3 is `%3.1`; the last line says what the graph returns.
 */
export function printGraph(outputs: readonly Tensor[]): string {
  const nodes = ancestors(outputs);
  const numbers = new Map(nodes.map((node, i) => [node, i + 1]));
  const name = ({ node, index }: Tensor) => `%${numbers.get(node)}${index === 0 ? "" : `.${index}`}`;
  const lines = nodes.map((node) => {
    const types = node.outputs.map(
      ({ shape, dtype }) => `${dtype === "float32" ? "" : `${dtype} `}${show(shape)}`,
    );
    const call = `${node.op.name}(${node.inputs.map(name).join(", ")})`;
    return `%${numbers.get(node)} = ${[call, types.join(" and "), attributesOf(node)].filter(Boolean).join(" ")}`;
  });
  return [...lines, `return ${outputs.map(name).join(", ")}`].join("\n");
}

/** Attributes as text, without those that repeat the type of the output. */
function attributesOf({ attributes, outputs }: Node): string {
  const [out] = outputs;
  const told: Attributes = { shape: out?.shape, dtype: out?.dtype };
  const parts = Object.entries(attributes)
    .filter(([key, value]) => text(told[key]) !== text(value))
    .map(([key, value]) => `${key}: ${text(value)}`);
  return parts.length === 0 ? "" : `{${parts.join(", ")}}`;
}

function text(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(text).join(", ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  return `{${Object.entries(value)
    .map(([key, part]) => `${key}: ${text(part)}`)
    .join(", ")}}`;
}
