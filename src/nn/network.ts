import { ShapeError } from "../errors.js";
import { type Initializer, type Variable, variable } from "../engine/ops/index.js";
import { type Shape, type Tensor, sameShape, show } from "../engine/tensor.js";
import type { Draws } from "../engine/draws.js";
import type { Tracked } from "../engine/update.js";

/**
 * How a network is applied. In training, batch normalisation uses the batch's own statistics (and records them), dropout
 * draws masks; in inference both use what was learned. `masks: false` leaves dropout and noise out of training: the batch's statistics as
 * inference will meet them.
 */
export type Mode =
  | { readonly training: false }
  | {
      readonly training: true;
      readonly draws: Draws;
      readonly records: StatisticsRecord[];
      readonly masks?: false;
    };

/** A running statistic met on the way, and the network it belongs to. */
export interface StatisticsRecord extends Tracked {
  readonly network: string;
}

/** What a layer may ask for while it is applied: variables under its own name, and the mode. */
export class Scope {
  constructor(
    readonly network: string,
    readonly path: string,
    readonly mode: Mode,
    private readonly variables: Map<string, Variable>,
    private readonly calls: number,
  ) {}

  /** The scope of a part, whose variables are called `path.name...`. */
  child(name: string | number): Scope {
    return new Scope(this.network, `${this.path}.${name}`, this.mode, this.variables, this.calls);
  }

  /** A trained variable; made at the first application, found again (and its shape checked) at later ones. */
  parameter(name: string, shape: Shape, initializer: Initializer): Tensor {
    return this.variable(name, shape, initializer, true).tensor;
  }

  /** A variable that is not trained, such as a running statistic. */
  state(name: string, shape: Shape, value: number): Variable {
    return this.variable(name, shape, { kind: "fill", value }, false);
  }

  /** Lets state follow a value of this pass, whenever an update moves this network. */
  track(variable: Variable, value: Tensor, momentum: number): void {
    if (this.mode.training) this.mode.records.push({ network: this.network, variable, value, momentum });
  }

  /** A mask of ones (with the given probability) and zeros, a fresh one at every application. Training only. */
  mask(shape: Shape, probability: number): Tensor {
    if (!this.mode.training) throw new Error("masks are drawn in training only");
    return this.mode.draws.bernoulli(`${this.path}#${this.calls}`, shape, probability);
  }

  /** N(0, 1), afresh at every application. Training only. */
  normal(shape: Shape): Tensor {
    if (!this.mode.training) throw new Error("noise is drawn in training only");
    return this.mode.draws.normal(`${this.path}~${this.calls}`, shape);
  }

  private variable(name: string, shape: Shape, initializer: Initializer, trainable: boolean): Variable {
    const full = `${this.path}.${name}`;
    const known = this.variables.get(full);
    if (known === undefined) {
      const made = variable(full, shape, initializer, trainable);
      this.variables.set(full, made);
      return made;
    }
    if (!sameShape(known.shape, shape)) {
      throw new ShapeError({
        where: full,
        expected: `shape ${show(known.shape)}, as at its first application`,
        received: show(shape),
        hint: "A network's inputs must have the same shape (but for the batch) at every application.",
      });
    }
    return known;
  }
}

/** A function with parameters. Its variables come into being when it is first applied, shaped by what it is given. */
export interface Network<I extends readonly Tensor[] = readonly [Tensor], O = Tensor> {
  readonly name: string;
  /** The network as a plain function of tensors. */
  in(mode: Mode): Applied<I, O>;
  /** Everything it has, trained or not, in order of creation. */
  readonly variables: readonly Variable[];
}

/** A network in a mode: call it like a function. */
export interface Applied<I extends readonly Tensor[] = readonly [Tensor], O = Tensor> {
  (...inputs: I): O;
  readonly network: Pick<Network, "name" | "variables">;
  readonly mode: Mode;
  /** The same network in another mode, such as a finished one in inference mode, through which another learns. */
  in(mode: Mode): Applied<I, O>;
}

/** Names a forward function and gives it variables. Two networks of one program need different names. */
export function network<I extends readonly Tensor[] = readonly [Tensor], O = Tensor>(
  name: string,
  forward: (scope: Scope, ...inputs: I) => O,
): Network<I, O> {
  const variables = new Map<string, Variable>();
  let calls = 0;
  const self: Network<I, O> = {
    name,
    get variables() {
      return [...variables.values()];
    },
    in: (mode) => {
      const apply = (...inputs: I) => forward(new Scope(name, name, mode, variables, calls++), ...inputs);
      return Object.assign(apply, { network: self, mode, in: self.in });
    },
  };
  return self;
}

/** One step of a sequential network: a function of a tensor alone (any activation), or one that also asks for variables. */
export type Layer = ((x: Tensor) => Tensor) | ((x: Tensor, scope: Scope) => Tensor);

/** Layers one after the other; layer i's variables are called `NAME.i....`. */
export function sequential(...layers: readonly Layer[]): (scope: Scope, x: Tensor) => Tensor {
  return (scope, x) =>
    layers.reduce((h, layer, i) => {
      // Ops take further inputs where a layer takes its scope, so only those that name a second parameter are given one.
      return layer.length < 2 ? (layer as (x: Tensor) => Tensor)(h) : layer(h, scope.child(i));
    }, x);
}
