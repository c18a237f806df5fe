import { add } from "../ops/elementwise.js";
import { fill } from "../ops/leaves.js";
import { matmul } from "../ops/linalg.js";
import { type Range, concat, slice, transpose } from "../ops/shape.js";
import { type Node, type Op, type Tensor, count, sizeOf } from "../tensor.js";
import { type Part, nodesOf, rebuild } from "./rebuild.js";

const square = fill(0, [1, 1]);
const opOf = (x: Tensor): Op => x.node.op;
const MATMUL = opOf(matmul(square, square));
const ADD = opOf(add(square, square));
const CONCAT = opOf(concat([square, square], 0));
const SLICE = opOf(slice(square, [{ axis: 0, start: 0, end: 0 }]));
const TRANSPOSE = opOf(transpose(square));

/**
 * Matrix products that read one weight become one, and sums of products one longer product: real and generated batches go
 * through a linear layer together, and their shares of its gradient come out added. A product reads (and packs) its weight
 * once however many rows there are, so that twice the rows take much less than twice the time.
 */
export function shareProducts(part: Part): Tensor[] {
  const joined = new Joiner(part.given);
  let outputs: Tensor[] = [...part.outputs];
  for (let group = sharing({ ...part, outputs }); group; group = sharing({ ...part, outputs }))
    outputs = together({ ...part, outputs }, group, joined);
  for (let sum = sumOfTwo({ ...part, outputs }); sum; sum = sumOfTwo({ ...part, outputs }))
    outputs = asOne({ ...part, outputs }, sum, joined);
  return outputs;
}

const isProduct = ({ op, inputs }: Node): boolean =>
  op === MATMUL && inputs.every(({ shape }) => shape.length === 2);

/** Products with one right factor, none of which needs another: the first such group that is worth it. */
function sharing(part: Part): readonly Node[] | undefined {
  const byWeight = new Map<Tensor | undefined, Node[]>();
  for (const node of nodesOf(part).filter(isProduct)) {
    const [, weight] = node.inputs;
    byWeight.set(weight, [...(byWeight.get(weight) ?? []), node]);
  }
  for (const products of byWeight.values()) {
    const group = independent(products, part.given);
    if (group.length > 1 && group.every(isWorthSharing)) return group;
  }
  return undefined;
}

/** Copying its rows in and out must cost less than reading the weight once more. */
function isWorthSharing({ inputs: [x, w] }: Node): boolean {
  const [rows = 0, inner = 0] = x?.shape ?? [];
  const columns = w?.shape[1] ?? 0;
  return 2 * rows * (inner + columns) < inner * columns;
}

function independent(products: readonly Node[], given: ReadonlySet<Tensor>): Node[] {
  const chosen: Node[] = [];
  if (products.length < 2) return chosen;
  for (const product of products) {
    const behind = new Set(nodesOf({ outputs: product.inputs, given }));
    if (!chosen.some((other) => behind.has(other))) chosen.push(product);
  }
  return chosen;
}

function together(part: Part, group: readonly Node[], joined: Joiner): Tensor[] {
  const members = new Set(group);
  const rows = group.flatMap(({ inputs }) => inputs.slice(0, 1));
  const weight = group[0]?.inputs[1] as Tensor;
  let product: Tensor | undefined;
  const replace = (node: Node, current: (x: Tensor) => Tensor) => {
    if (!members.has(node)) return undefined;
    product ??= matmul(joined.join(rows.map(current), 0), current(weight));
    const start = rows.slice(0, group.indexOf(node)).reduce((sum, x) => sum + sizeOf(x, 0), 0);
    return slice(product, [{ axis: 0, start, end: start + sizeOf(node.outputs[0] as Tensor, 0) }]);
  };
  return rebuild(part, replace, (node) => (members.has(node) ? [...rows, weight] : node.inputs));
}

interface Sum {
  readonly node: Node;
  readonly terms: readonly [Node, Node];
}

/** An addition of two products that nothing else reads. */
function sumOfTwo(part: Part): Sum | undefined {
  const nodes = nodesOf(part);
  const readers = new Map<Tensor, number>();
  const read = (x: Tensor) => readers.set(x, (readers.get(x) ?? 0) + 1);
  for (const { inputs } of nodes) inputs.forEach(read);
  part.outputs.forEach(read);
  for (const node of nodes) {
    if (node.op !== ADD) continue;
    const [a, b] = node.inputs as readonly [Tensor, Tensor];
    const own = (x: Tensor) => !part.given.has(x) && isProduct(x.node) && readers.get(x) === 1;
    const alike = count(a.shape) === count(b.shape);
    if (alike && own(a) && own(b) && isWorthAdding(a.node, b.node)) return { node, terms: [a.node, b.node] };
  }
  return undefined;
}

/** Copying the factors must cost less than writing, reading and adding two results. */
function isWorthAdding(a: Node, b: Node): boolean {
  const inner = [a, b].reduce((sum, { inputs: [x] }) => sum + (x?.shape[1] ?? 0), 0);
  const [rows = 0, columns = 0] = a.outputs[0]?.shape ?? [];
  return 2 * inner * (rows + columns) < 4 * rows * columns;
}

function asOne(part: Part, { node, terms: [a, b] }: Sum, joined: Joiner): Tensor[] {
  const [ax, ay] = a.inputs as readonly [Tensor, Tensor];
  const [bx, by] = b.inputs as readonly [Tensor, Tensor];
  return rebuild(part, (other, current) => {
    if (other !== node) return undefined;
    return matmul(joined.join([ax, bx].map(current), 1), joined.join([ay, by].map(current), 0));
  });
}

/** Joins matrices, each combination once, and takes what is joined already as it is. Looks behind no value that is handed in. */
class Joiner {
  private readonly known = new Map<string, Tensor>();

  constructor(private readonly given: ReadonlySet<Tensor>) {}

  join(parts: readonly Tensor[], axis: 0 | 1): Tensor {
    if (parts.every((x) => this.isMadeBy(TRANSPOSE, x))) {
      const turned = parts.map(({ node }) => node.inputs[0] as Tensor);
      return transpose(this.join(turned, axis === 0 ? 1 : 0));
    }
    const flat = parts.flatMap((x) =>
      this.isMadeBy(CONCAT, x) && x.node.attributes["axis"] === axis ? x.node.inputs : [x],
    );
    const key = `${axis} ${flat.map(({ node, index }) => `${node.id}.${index}`).join()}`;
    const made = this.known.get(key) ?? this.wholeOf(flat, axis) ?? concat(flat, axis);
    this.known.set(key, made);
    return made;
  }

  private isMadeBy(op: Op, x: Tensor): boolean {
    return x.node.op === op && !this.given.has(x);
  }

  /** What the parts are slices of, where they make up all of it, in order. */
  private wholeOf(parts: readonly Tensor[], axis: number): Tensor | undefined {
    const [whole] = parts[0]?.node.inputs ?? [];
    let at = 0;
    for (const x of parts) {
      const { node } = x;
      if (!this.isMadeBy(SLICE, x) || node.inputs[0] !== whole) return undefined;
      const [range, ...others] = node.attributes["ranges"] as readonly Range[];
      if (range === undefined || others.length > 0 || range.axis !== axis || range.start !== at)
        return undefined;
      at = range.end;
    }
    return whole !== undefined && at === sizeOf(whole, axis) ? whole : undefined;
  }
}
