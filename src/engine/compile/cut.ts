import { feedName } from "../ops/leaves.js";
import type { Node, Tensor } from "../tensor.js";

/** What one update needs of the graph, and what is another afterwards. */
export interface Stage {
  readonly targets: readonly Tensor[];
  /** Names of the variables that change after this stage, and of the feeds that it fills again. */
  readonly changes: ReadonlySet<string>;
  /** False for stages that run several times or not always: they neither take nor hand on values. */
  readonly shares: boolean;
}

/** A stage's share: values it is handed by earlier stages, and values it hands on. Feeds are not listed. */
export interface Piece {
  readonly handedIn: readonly Tensor[];
  readonly handedOut: readonly Tensor[];
}

/**
 * Cuts the graph of a step at its updates. A value computed by an earlier stage is handed on if no stage since has changed a
 * variable or feed it depends on; otherwise it is computed again with these as they now stand.
 */
export function cut(stages: readonly Stage[]): Piece[] {
  const dependencies = new Map<Node, ReadonlySet<string>>();
  const computedBy = new Map<Node, number>();
  const handedOut = stages.map(() => new Set<Tensor>());

  const stillTrue = (node: Node, by: number, now: number): boolean => {
    const variables = dependenciesOf(node, dependencies);
    return stages.slice(by, now).every(({ changes }) => ![...changes].some((name) => variables.has(name)));
  };

  const handedIn = stages.map((stage, now) => {
    const taken = new Set<Tensor>();
    const fresh: Node[] = [];
    const seen = new Set<Tensor>();
    const pending = [...stage.targets];
    for (let tensor = pending.pop(); tensor !== undefined; tensor = pending.pop()) {
      if (seen.has(tensor)) continue;
      seen.add(tensor);
      const { node } = tensor;
      if (node.inputs.length === 0) continue;
      const by = computedBy.get(node);
      if (stage.shares && by !== undefined && stillTrue(node, by, now)) {
        taken.add(tensor);
        handedOut[by]?.add(tensor);
      } else {
        fresh.push(node);
        pending.push(...node.inputs);
      }
    }
    if (stage.shares) for (const node of fresh) computedBy.set(node, now);
    return [...taken];
  });
  return stages.map((_, i) => ({ handedIn: handedIn[i] ?? [], handedOut: [...(handedOut[i] ?? [])] }));
}

/** Names of the feeds a node depends on (variables among them). */
function dependenciesOf(node: Node, known: Map<Node, ReadonlySet<string>>): ReadonlySet<string> {
  const found = known.get(node);
  if (found !== undefined) return found;
  const [out] = node.outputs;
  const own = out && feedName(out);
  const names = new Set<string>(own === undefined ? [] : [own]);
  for (const input of node.inputs) for (const name of dependenciesOf(input.node, known)) names.add(name);
  known.set(node, names);
  return names;
}
