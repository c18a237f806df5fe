import { OptionError } from "../../errors.js";
import { grad } from "../autodiff.js";
import { feedName } from "../ops/leaves.js";
import type { Tensor } from "../tensor.js";
import type { Feed, Update } from "../update.js";
import { feedsOf } from "./compile.js";
import { cut } from "./cut.js";
import { simplify } from "./simplify.js";

/** A stage of the step as planned: its graph's tensors and where they will lie. */
export interface Planned {
  readonly update: Update;
  readonly scalars: readonly (readonly [name: string, tensor: Tensor])[];
  readonly gradients: readonly Tensor[];
  readonly tracked: readonly Tensor[];
}

/** Losses and monitored values are logged side by side, and an update's name is that of its rule's state. */
export function checkLogged(updates: readonly Update[]): void {
  const twice = repeated(updates.flatMap(({ name, monitor }) => [name, ...Object.keys(monitor)]));
  if (twice === undefined) return;
  throw new OptionError({
    where: "program",
    expected: "updates and monitored values of distinct names",
    received: `two called ${twice}`,
    hint: "Name an update by update(..., { name }).",
  });
}

export const repeated = (names: readonly string[]): string | undefined =>
  names.find((name, i) => names.indexOf(name) !== i);

/** Updates that move together, in order; most are alone. Throws OptionError where one has nothing to move together with. */
export function groupsOf<T extends { readonly update: Update }>(all: readonly T[]): T[][] {
  const groups: T[][] = [];
  for (const one of all) {
    const { name, together = false, times } = one.update;
    const group = groups.at(-1);
    if (!together) groups.push([one]);
    else if (group !== undefined && times === undefined && group.at(-1)?.update.times === undefined)
      group.push(one);
    else {
      throw new OptionError({
        where: `update ${name}, together`,
        expected: "an update before it, and no `times` of either",
        received: group === undefined ? "the first of the step" : "one with `times`",
      });
    }
  }
  return groups;
}

/** Gradients of every update, simplified together so that equal values of different updates are one. */
export function planUpdates(updates: readonly Update[]): Planned[] {
  const raw = updates.map((update) => ({
    update,
    scalars: [[update.name, update.loss], ...Object.entries(update.monitor)] as [string, Tensor][],
    gradients: grad(
      update.loss,
      update.variables.map((v) => v.tensor),
    ),
    tracked: update.tracked.map((t) => t.value),
  }));
  const flat = raw.flatMap(({ scalars, gradients, tracked }) => [
    ...scalars.map(([, t]) => t),
    ...gradients,
    ...tracked,
  ]);
  const simple = simplify(flat);
  const take = (n: number) => simple.splice(0, n);
  return raw.map(({ update, scalars, gradients, tracked }) => {
    const values = take(scalars.length);
    return {
      update,
      scalars: scalars.map(([name], i) => [name, values[i] as Tensor] as const),
      gradients: take(gradients.length),
      tracked: take(tracked.length),
    };
  });
}

/** A stage with the names of its ports; names are addresses in the layout. */
export interface PlacedPiece extends Planned {
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly outputs: ReadonlyMap<string, Tensor>;
}

/** Names the ports of every stage: feeds and variables keep theirs, values handed on are numbered. */
export function placePieces(feeds: readonly Feed[], planned: readonly Planned[]): PlacedPiece[] {
  const targets = ({ scalars, gradients, tracked }: Planned) => [
    ...scalars.map(([, t]) => t),
    ...gradients,
    ...tracked,
  ];
  const changes = (p: Planned) => {
    // Repetitions fill their feeds again, so what others made of those is no longer true.
    const read = new Set(p.update.times === undefined ? [] : feedsWithin(targets(p), new Set()).values());
    return [
      ...p.update.variables.map((v) => v.name),
      ...p.update.tracked.map((t) => t.variable.name),
      ...feeds.filter(({ tensor }) => read.has(tensor)).map(({ tensor }) => feedName(tensor) ?? ""),
    ];
  };
  const pieces = cut(
    groupsOf(planned).flatMap((group) =>
      group.map((p, i) => ({
        targets: targets(p),
        // Those that move together change nothing until the last of them has been evaluated.
        changes: new Set(i === group.length - 1 ? group.flatMap(changes) : []),
        shares: p.update.times === undefined,
      })),
    ),
  );
  const handed = new Map<Tensor, string>();
  const handedName = (t: Tensor) => {
    const name = handed.get(t) ?? `value/${handed.size}`;
    handed.set(t, name);
    return name;
  };
  return planned.map((p, i) => {
    const { handedIn = [], handedOut = [] } = pieces[i] ?? {};
    const { name } = p.update;
    const inputs = new Map<string, Tensor>(handedIn.map((t) => [handedName(t), t]));
    const outputs = new Map<string, Tensor>([
      ...p.scalars.map(([key, t]) => [`scalar/${name}/${key}`, t] as const),
      ...p.gradients.map((t, k) => [`gradient/${name}/${p.update.variables[k]?.name ?? k}`, t] as const),
      ...p.tracked.map((t, k) => [`tracked/${name}/${k}`, t] as const),
      ...handedOut.map((t) => [handedName(t), t] as const),
    ]);
    for (const [feed, tensor] of feedsWithin([...outputs.values()], new Set(handedIn)))
      inputs.set(feed, tensor);
    return { ...p, inputs, outputs };
  });
}

/** Feeds that outputs need, not looking behind values that are handed in. */
function feedsWithin(outputs: readonly Tensor[], given: ReadonlySet<Tensor>): Map<string, Tensor> {
  const leaves = new Set<Tensor>();
  const seen = new Set<Tensor>();
  const pending = [...outputs];
  for (let t = pending.pop(); t !== undefined; t = pending.pop()) {
    if (seen.has(t) || given.has(t)) continue;
    seen.add(t);
    if (feedName(t) !== undefined) leaves.add(t);
    pending.push(...t.node.inputs);
  }
  return feedsOf([...leaves]);
}
