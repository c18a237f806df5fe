import { OptionError } from "../errors.js";
import {
  type Variable,
  add,
  div,
  fill,
  mul,
  sqrt,
  square,
  stopGradient,
  sub,
  sum,
} from "../engine/ops/index.js";
import { type Tensor, ancestors, sameShape, show } from "../engine/tensor.js";
import type { Rule, Update } from "../engine/update.js";
import type { Applied } from "./network.js";
import { sgd } from "./optimizers.js";

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

/**
 * Gives one network what another of the same layers has learned: the direction of each weight, at the length it has there, and a
 * bias scaled like the weight beside it; scales and shifts as they are. Where layers scale their output with their weights up to
 * the next batch normalisation, as with a leaky rectifier between, that is the same function, and a rule such as Adam moves it as
 * fast as it would have moved the weights before. Half the squared distance, and a single step of gradient descent at rate 1: exact
 * to within rounding. Say by `times` when. Running statistics and averages of weights stay their own. Throws OptionError for other layers.
 */
export function copyDirections(from: Player, to: Player, options: UpdateOptions = {}): Update {
  const [given, taken] = [from, to].map(({ network }) => network.variables.filter((v) => v.trainable));
  const pairs = (taken ?? []).map((own, i) => ({ own, other: given?.[i] }));
  /** Of a weight, and of the bias beside it: how much longer the layer's own weight is than the given one. */
  const ratio = ({ name }: Variable) => {
    const [layer, part] = splitName(name);
    const weight = pairs.find(({ own }) => own.name === `${layer}.weight`);
    if ((part !== "weight" && part !== "bias") || weight?.other === undefined) return 1;
    return stopGradient(div(lengthOf(weight.own), lengthOf(weight.other)));
  };
  const distances = pairs.map(({ own, other }) => {
    if (other === undefined || given?.length !== pairs.length || !sameShape(own.shape, other.shape)) {
      throw new OptionError({
        where: `copy of ${from.network.name} into ${to.network.name}`,
        expected: `parameters of ${shapes(taken)}`,
        received: shapes(given),
      });
    }
    return sum(mul(0.5, square(sub(own.tensor, mul(ratio(own), other.tensor)))));
  });
  const name = `${to.network.name}_from_${from.network.name}`;
  return update(
    [to],
    distances.reduce((a, b) => add(a, b), fill(0, [])),
    sgd(1),
    { name, ...options },
  );
}

const lengthOf = ({ tensor }: Variable): Tensor => sqrt(sum(square(tensor)));
/** "E.0.weight" -> "E.0", "weight". */
const splitName = (name: string) =>
  [name.slice(0, name.lastIndexOf(".")), name.slice(name.lastIndexOf(".") + 1)] as const;
const shapes = (variables: readonly Variable[] = []) => variables.map(({ shape }) => show(shape)).join(" ");

function trackedBy(players: readonly Player[], loss: Tensor) {
  const names = new Set(players.map((p) => p.network.name));
  const behind = new Set(ancestors([loss]));
  const records = new Set(players.flatMap(({ mode }) => (mode.training ? mode.records : [])));
  return [...records].filter((r) => names.has(r.network) && behind.has(r.value.node));
}
