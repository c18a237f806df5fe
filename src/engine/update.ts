import type { Kernels } from "./kernels/kernels.js";
import type { Variable } from "./ops/leaves.js";
import type { Buffer } from "./runtime/host.js";
import type { Tensor } from "./tensor.js";

/** When something happens: the step (from 0), its share of the planned run (0 to 1), and which repetition of an update. */
export interface Moment {
  readonly step: number;
  readonly progress: number;
  readonly repetition: number;
}

/** What fills a placeholder before an update that reads it: a draw, a batch, the clock. */
export interface Feed {
  readonly tensor: Tensor;
  readonly fill: (target: FeedTarget, moment: Moment) => void;
}
export interface FeedTarget {
  readonly view: Buffer;
  readonly kernels: Kernels;
  readonly seed: number;
}

/** How a parameter moves along its gradient. */
export interface Rule {
  /** State kept per parameter, each of its size, starting at zero. */
  readonly slots: readonly string[];
  /** The move as a loop in place. Pointers are byte offsets into the arena. */
  apply(
    kernels: Kernels,
    at: { parameter: number; gradient: number; slots: readonly number[]; count: number },
    moment: RuleMoment,
  ): void;
  /** The same move as a graph. A rule without one serves no device that has a memory of its own. */
  readonly graph?: RuleGraph;
}

/** `step` counts the applications of the update, from 1. */
export interface RuleMoment {
  readonly step: number;
  readonly progress: number;
}

/** A rule for devices whose memory no kernel of ours reaches. */
export interface RuleGraph {
  /** What differs from one application to the next, in float64 until it is fed. */
  numbers(moment: RuleMoment): readonly number[];
  /** The parameter afterwards, then its slots; `numbers` are scalars. */
  move(at: {
    readonly parameter: Tensor;
    readonly gradient: Tensor;
    readonly slots: readonly Tensor[];
    readonly numbers: readonly Tensor[];
  }): readonly Tensor[];
}

/** Running state that follows a value of the graph: state += momentum (value - state), once per update. */
export interface Tracked {
  readonly variable: Variable;
  readonly value: Tensor;
  readonly momentum: number;
}

/**
 * One move of some variables against a loss. Updates of a step run in order: a loss is evaluated with the variables as they
 * stand when its turn comes, and a value that no earlier update of the step changes is computed once.
 */
export interface Update {
  readonly name: string;
  readonly loss: Tensor;
  readonly variables: readonly Variable[];
  readonly rule: Rule;
  readonly tracked: readonly Tracked[];
  /** Scalars to log besides the loss. */
  readonly monitor: Readonly<Record<string, Tensor>>;
  /**
   * How often it runs at a step (1 where absent, 0 to skip). An update with `times` has fresh draws and batches at every
   * repetition and shares no values with the others; later updates read the last ones.
   */
  readonly times?: (step: number) => number;
  /** Key of a monitored value; the variables and running statistics stay where they are unless it is above 0. */
  readonly when?: string;
  /**
   * Moves together with the update before it: neither moves anything before the losses and gradients of both are known. For
   * algorithms that take all gradients at one point. Neither may have `times`.
   */
  readonly together?: boolean;
  /** Bounds every variable is clipped to afterwards (weight clipping, arXiv:1701.07875, algorithm 1). */
  readonly clamp?: readonly [low: number, high: number];
}
