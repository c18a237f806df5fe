import { OptionError } from "../errors.js";
import { type Tensor, ancestors } from "../engine/tensor.js";
import type { Rule, Update } from "../engine/update.js";
import type { Applied } from "./network.js";

/** Extras of an update; see `Update`. */
export interface UpdateOptions extends Pick<
  Partial<Update>,
  "monitor" | "times" | "when" | "together" | "clamp"
> {
  /** Key of its loss in the metrics; by default the players' names and `_loss`. */
  readonly name?: string;
}

type Player = Pick<Applied, "network" | "mode">;

/**
 * Moves these players, and only these, along the gradient of a loss. Their running statistics follow the passes that the loss
 * is made of; those of other networks stay as they are.
 */
export function update(
  players: readonly Player[],
  loss: Tensor,
  rule: Rule,
  options: UpdateOptions = {},
): Update {
  const { name = `${players.map((p) => p.network.name).join("_")}_loss`, monitor = {}, ...rest } = options;
  const twice = players.find((p, i) => players.findIndex((q) => q.network === p.network) !== i);
  if (twice !== undefined) {
    throw new OptionError({
      where: `update ${name}`,
      expected: "every player once",
      received: `${twice.network.name} twice`,
    });
  }
  if (rest.when !== undefined && !(rest.when in monitor)) {
    throw new OptionError({
      where: `update ${name}, when`,
      expected: `one of its monitored values: ${Object.keys(monitor).join(", ") || "there is none"}`,
      received: rest.when,
    });
  }
  const variables = players.flatMap((p) => p.network.variables.filter((v) => v.trainable));
  if (variables.length === 0) {
    throw new OptionError({
      where: `update ${name}`,
      expected: "players with parameters",
      received: players.map((p) => p.network.name).join(", ") || "no player",
      hint: "A network has parameters only once it has been applied: build the loss first.",
    });
  }
  return { name, loss, variables, rule, monitor, tracked: trackedBy(players, loss), ...rest };
}

function trackedBy(players: readonly Player[], loss: Tensor) {
  const names = new Set(players.map((p) => p.network.name));
  const behind = new Set(ancestors([loss]));
  const records = new Set(players.flatMap(({ mode }) => (mode.training ? mode.records : [])));
  return [...records].filter((r) => names.has(r.network) && behind.has(r.value.node));
}
