import type { Variable } from "../ops/leaves.js";
import { keyOf, streamOf } from "../random.js";
import type { Buffer, Host } from "../runtime/host.js";
import { type Shape, count } from "../tensor.js";
import type { Feed, Update } from "../update.js";
import { AVERAGE, Layout } from "./layout.js";
import { checkLogged, groupsOf, planUpdates } from "./plan.js";
import { loadAverager } from "./mover.js";
import { Stage, runTogether } from "./stage.js";

/** What a training step is made of. */
export interface ProgramSpec {
  readonly updates: readonly Update[];
  readonly feeds: readonly Feed[];
  readonly host: Host;
  /** Decides every draw and the initial values. */
  readonly seed: number;
  /** Variables to hold besides those the updates name (networks that only serve). */
  readonly variables?: readonly Variable[];
  /** Decay of a moving average of every trainable variable, kept beside it; 0 or absent for none. */
  readonly averageDecay?: number;
}

/** A compiled training step with all its memory. */
export interface Program {
  /**
   * Everything that lives longer than a step, by name: variables, their averages, the rules' state. Views, not copies; where
   * the host computes in memory of its own, `sync` first.
   */
  readonly state: ReadonlyMap<string, Float32Array>;
  readonly shapes: ReadonlyMap<string, Shape>;
  /** Where variables lie, for functions compiled beside the program; `averaged` gives the averages where there are any. */
  memory(averaged: boolean): ReadonlyMap<string, Buffer>;
  /** Runs step `step` (from 0) and returns the logged scalars, the losses among them. */
  step(step: number, progress: number): Promise<Readonly<Record<string, number>>>;
  /** Brings the state up to date where steps leave it on a device. From then until the next step it may be written. */
  sync(): Promise<void>;
  /** Decides all later draws. */
  useSeed(seed: number): void;
  /** Initial values of this seed, rules at zero. */
  reset(): void;
  /** Whether every value of the state is a finite number. */
  isFinite(): boolean;
  readonly bytes: number;
  release(): void;
}

/**
 * Compiles a step: gradients, one graph per update (values shared as `Update` says), one arena, rules in place. Throws
 * EngineError naming the op at fault, OptionError for names that are not distinct and inputs that nothing fills; its step
 * throws DivergenceError as soon as a loss is not finite, before its update moves anything.
 */
export async function compileProgram(spec: ProgramSpec): Promise<Program> {
  checkLogged(spec.updates);
  const planned = planUpdates(spec.updates);
  const layout = new Layout(spec, planned);
  const stages = await loadStages(spec, layout);
  const groups = groupsOf(stages);
  const averager = await loadAverager(spec.host, layout);
  let { seed } = spec;
  initialise(layout, seed);
  return {
    useSeed: (next) => {
      seed = next;
    },
    reset: () => {
      layout.device?.forget();
      initialise(layout, seed);
    },
    state: layout.state,
    shapes: layout.shapes,
    memory: (averaged) => layout.variableViews(averaged),
    isFinite: () => layout.isFinite(),
    sync: async () => layout.device?.fetch(layout.lasting),
    bytes: layout.bytes,
    step: async (step, progress) => {
      layout.device?.begin(layout.lasting);
      const logged: Record<string, number> = {};
      const filled = new Set<Feed>();
      for (const group of groups)
        Object.assign(logged, await runTogether(group, { step, progress }, filled, seed));
      await averager.average(averageShare(spec.averageDecay ?? 0, step));
      return logged;
    },
    release: () => {
      layout.device?.release(); // first: what is on a device does not outlive the sessions that put it there
      for (const stage of stages) stage.release();
      averager.release();
    },
  };
}

/** Loads every update's graph; where one fails, lets go of those before. */
async function loadStages(spec: ProgramSpec, layout: Layout): Promise<Stage[]> {
  const stages: Stage[] = [];
  try {
    for (const piece of layout.pieces) stages.push(await Stage.load(spec, layout, piece));
    return stages;
  } catch (error) {
    for (const stage of stages) stage.release();
    throw error;
  }
}

/** The decay rises from 1/10, so that initial weights are soon forgotten; as TensorFlow's ExponentialMovingAverage. */
const averageShare = (decay: number, step: number) => Math.min(decay, (step + 1) / (step + 10));

/** Initial values: a function of the seed and the variable's name. Averages start equal, rule state at zero. */
function initialise(layout: Layout, seed: number): void {
  const { kernels } = layout;
  for (const values of layout.state.values()) values.fill(0);
  for (const { name, shape, initializer } of layout.variables) {
    const at = layout.address(name);
    const n = count(shape);
    const key = [...keyOf(seed), 0, streamOf(`initial/${name}`), 0] as const;
    if (initializer.kind === "fill") kernels.fill(at, n, initializer.value);
    else if (initializer.kind === "normal")
      kernels.normal(at, n, ...key, initializer.mean, initializer.deviation);
    else kernels.uniform(at, n, ...key, initializer.low, initializer.high);
    layout.state.get(AVERAGE + name)?.set(layout.view(name) as Float32Array);
  }
}
