import { DivergenceError, OptionError } from "../../errors.js";
import type { Kernels } from "../kernels/kernels.js";
import { type Variable, feedName } from "../ops/leaves.js";
import { grad } from "../autodiff.js";
import { keyOf, streamOf } from "../random.js";
import type { Buffer, Host, Runnable, Session } from "../runtime/host.js";
import { type Shape, type Tensor, type TensorType, count } from "../tensor.js";
import type { Feed, Moment, Update } from "../update.js";
import { Arena, ArenaPlan } from "./arena.js";
import { feedsOf } from "./compile.js";
import { cut } from "./cut.js";
import { emitOnnx } from "./emit.js";
import { simplify } from "./simplify.js";

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
  /** Everything that lives longer than a step, by name: variables, their averages, the rules' state. Views, not copies. */
  readonly state: ReadonlyMap<string, Float32Array>;
  readonly shapes: ReadonlyMap<string, Shape>;
  /** Where variables lie, for functions compiled beside the program; `averaged` gives the averages where there are any. */
  memory(averaged: boolean): ReadonlyMap<string, Buffer>;
  /** Runs step `step` (from 0) and returns the logged scalars, the losses among them. */
  step(step: number, progress: number): Promise<Readonly<Record<string, number>>>;
  /** Decides all later draws. */
  useSeed(seed: number): void;
  /** Initial values of this seed, rules at zero. */
  reset(): void;
  readonly bytes: number;
  release(): void;
}

/** A stage of the step as planned: its graph's tensors and where they will lie. */
interface Planned {
  readonly update: Update;
  readonly scalars: readonly (readonly [name: string, tensor: Tensor])[];
  readonly gradients: readonly Tensor[];
  readonly tracked: readonly Tensor[];
}

export const AVERAGE = "average/";
export const RULE = "rule/";

/**
 * Compiles a step: gradients, one graph per update (values shared as `Update` says), one arena, rules in place. Throws
 * EngineError naming the op at fault, OptionError for names that are not distinct and inputs that nothing fills; its step
 * throws DivergenceError as soon as a loss is not finite, before its update moves anything.
 */
export async function compileProgram(spec: ProgramSpec): Promise<Program> {
  checkLogged(spec.updates);
  const planned = planUpdates(spec.updates);
  const layout = new Layout(spec, planned);
  const stages: Stage[] = [];
  for (const piece of layout.pieces) stages.push(await Stage.load(spec, layout, piece));
  let { seed } = spec;
  initialise(layout, seed);
  return {
    useSeed: (next) => {
      seed = next;
    },
    reset: () => initialise(layout, seed),
    state: layout.state,
    shapes: layout.shapes,
    memory: (averaged) => layout.variableViews(averaged),
    bytes: layout.bytes,
    step: async (step, progress) => {
      const logged: Record<string, number> = {};
      const filled = new Set<Feed>();
      for (const stage of stages)
        Object.assign(logged, await stage.run({ step, progress, repetition: 0 }, filled, seed));
      layout.average(step);
      return logged;
    },
    release: () => {
      for (const stage of stages) stage.release();
    },
  };
}

/** Losses and monitored values are logged side by side, and an update's name is that of its rule's state. */
function checkLogged(updates: readonly Update[]): void {
  const twice = repeated(updates.flatMap(({ name, monitor }) => [name, ...Object.keys(monitor)]));
  if (twice === undefined) return;
  throw new OptionError({
    where: "program",
    expected: "updates and monitored values of distinct names",
    received: `two called ${twice}`,
    hint: "Name an update by update(..., { name }).",
  });
}

const repeated = (names: readonly string[]): string | undefined =>
  names.find((name, i) => names.indexOf(name) !== i);

/** Gradients of every update, simplified together so that equal values of different updates are one. */
function planUpdates(updates: readonly Update[]): Planned[] {
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
interface PlacedPiece extends Planned {
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly outputs: ReadonlyMap<string, Tensor>;
}

/** Where everything lies. */
class Layout {
  readonly pieces: readonly PlacedPiece[];
  readonly state = new Map<string, Float32Array>();
  readonly shapes = new Map<string, Shape>();
  readonly variables: readonly Variable[];
  readonly kernels: Kernels;
  readonly bytes: number;
  private readonly views = new Map<string, Buffer>();
  private readonly decay: number;

  constructor(spec: ProgramSpec, planned: readonly Planned[]) {
    this.decay = spec.averageDecay ?? 0;
    this.pieces = placePieces(spec, planned);
    this.variables = uniqueVariables(spec, planned);
    checkInputs(spec, this.pieces, this.variables);
    const plan = new ArenaPlan();
    const offsets = new Map<string, [TensorType, number]>();
    const place = (name: string, type: TensorType) => {
      if (!offsets.has(name)) offsets.set(name, [type, plan.place(type)]);
    };
    const float = (shape: readonly number[]): TensorType => ({ shape, dtype: "float32" });

    for (const variable of this.variables) {
      place(variable.name, float(variable.shape));
      if (this.decay > 0 && variable.trainable) place(AVERAGE + variable.name, float(variable.shape));
    }
    for (const { update } of planned) {
      for (const v of update.variables)
        for (const slot of update.rule.slots) place(slotName(update, slot, v), float(v.shape));
    }
    const lasting = [...offsets.keys()];
    for (const { inputs, outputs } of this.pieces) {
      for (const [name, tensor] of inputs) place(name, tensor);
      for (const [name, tensor] of outputs) if (!name.startsWith("gradient/")) place(name, tensor);
    }
    // Gradients live from their graph to their rule only, so those of different updates share their place.
    for (const { outputs } of this.pieces) {
      plan.scratch(() => {
        for (const [name, tensor] of outputs) place(name, tensor);
      });
    }
    const arena = new Arena(plan.size);
    this.kernels = arena.kernels;
    this.bytes = plan.size;
    for (const [name, [type, offset]] of offsets) this.views.set(name, arena.view(type, offset));
    for (const name of lasting) {
      this.state.set(name, this.view(name) as Float32Array);
      this.shapes.set(name, offsets.get(name)?.[0].shape ?? []);
    }
  }

  view(name: string): Buffer {
    const view = this.views.get(name);
    if (view === undefined) throw new Error(`${name} has no place`);
    return view;
  }

  address(name: string): number {
    return this.view(name).byteOffset;
  }

  variableViews(averaged: boolean): ReadonlyMap<string, Buffer> {
    return new Map(
      this.variables.map(({ name }) => [
        name,
        (averaged ? this.views.get(AVERAGE + name) : undefined) ?? this.view(name),
      ]),
    );
  }

  /** The decay rises from 1/10, so that initial weights are soon forgotten; as TensorFlow's ExponentialMovingAverage. */
  average(step: number): void {
    if (this.decay === 0) return;
    const decay = Math.min(this.decay, (step + 1) / (step + 10));
    for (const { name, shape, trainable } of this.variables) {
      if (trainable)
        this.kernels.average(this.address(AVERAGE + name), this.address(name), count(shape), decay);
    }
  }
}

function slotName(update: Update, slot: string, variable: Variable): string {
  return `${RULE}${update.name}/${slot}/${variable.name}`;
}

function uniqueVariables(spec: ProgramSpec, planned: readonly Planned[]): Variable[] {
  const all = [
    ...planned.flatMap(({ update }) => [...update.variables, ...update.tracked.map((t) => t.variable)]),
    ...(spec.variables ?? []),
  ];
  const unique = [...new Set(all)];
  const twice = repeated(unique.map((v) => v.name));
  if (twice === undefined) return unique;
  throw new OptionError({
    where: "program",
    expected: "variables of distinct names",
    received: `two called ${twice}`,
    hint: "Two networks of one program need different names.",
  });
}

/** An input that nothing fills would silently be zero. */
function checkInputs(
  spec: ProgramSpec,
  pieces: readonly PlacedPiece[],
  variables: readonly Variable[],
): void {
  const filled = new Set([...spec.feeds, ...variables].map(({ tensor }) => tensor));
  const inputs = pieces.flatMap((piece) => [...piece.inputs.values()]);
  const missing = inputs.find((tensor) => feedName(tensor) !== undefined && !filled.has(tensor));
  if (missing === undefined) return;
  throw new OptionError({
    where: "program",
    expected: `a feed or variable for ${feedName(missing)}`,
    received: "none",
  });
}

/** Names the ports of every stage: feeds and variables keep theirs, values handed on are numbered. */
function placePieces({ feeds }: ProgramSpec, planned: readonly Planned[]): PlacedPiece[] {
  const targets = ({ scalars, gradients, tracked }: Planned) => [
    ...scalars.map(([, t]) => t),
    ...gradients,
    ...tracked,
  ];
  const pieces = cut(
    planned.map((p) => {
      const shares = p.update.times === undefined;
      // Repetitions fill their feeds again, so what others made of those is no longer true.
      const read = new Set(shares ? [] : feedsWithin(targets(p), new Set()).values());
      const changes = [
        ...p.update.variables.map((v) => v.name),
        ...p.update.tracked.map((t) => t.variable.name),
        ...feeds.filter(({ tensor }) => read.has(tensor)).map(({ tensor }) => feedName(tensor) ?? ""),
      ];
      return { targets: targets(p), changes: new Set(changes), shares };
    }),
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

/** One update, loaded: fills its feeds, runs its graph, moves its variables. */
class Stage {
  /** Applications before `step`, worked out from the schedule, so that a run that goes on or starts over needs no count. */
  private applied = { step: 0, before: 0 };

  private constructor(
    private readonly piece: PlacedPiece,
    private readonly layout: Layout,
    private readonly session: Session,
    private readonly runnable: Runnable,
    private readonly feeds: readonly Feed[],
  ) {}

  static async load(spec: ProgramSpec, layout: Layout, piece: PlacedPiece): Promise<Stage> {
    const session = await spec.host.load(emitOnnx(piece));
    const views = (ports: ReadonlyMap<string, Tensor>) => [...ports.keys()].map((name) => layout.view(name));
    const runnable = session.bind(views(piece.inputs), views(piece.outputs));
    const read = new Set(piece.inputs.values());
    const feeds = spec.feeds.filter(({ tensor }) => read.has(tensor));
    return new Stage(piece, layout, session, runnable, feeds);
  }

  async run(moment: Moment, filled: Set<Feed>, seed: number): Promise<Record<string, number>> {
    const { update } = this.piece;
    const times = update.times?.(moment.step) ?? 1;
    for (let repetition = 0; repetition < times; repetition++) {
      this.fill({ ...moment, repetition }, filled, seed);
      await this.runnable.run();
      this.checkLoss(moment.step);
      this.move({ ...moment, repetition });
    }
    if (times === 0) return {};
    return Object.fromEntries(this.piece.scalars.map(([key]) => [key, this.scalar(key)]));
  }

  release(): void {
    this.session.release();
  }

  private fill(moment: Moment, filled: Set<Feed>, seed: number): void {
    for (const feed of this.feeds) {
      if (moment.repetition === 0 && filled.has(feed)) continue;
      filled.add(feed);
      const view = this.layout.view(feedName(feed.tensor) ?? "");
      feed.fill({ view, kernels: this.layout.kernels, seed }, moment);
    }
  }

  private scalar(key: string): number {
    return Number(this.layout.view(`scalar/${this.piece.update.name}/${key}`)[0]);
  }

  private checkLoss(step: number): void {
    const { name } = this.piece.update;
    const loss = this.scalar(name);
    if (Number.isFinite(loss)) return;
    throw new DivergenceError({
      where: `step ${step}, ${name}`,
      expected: "a finite loss",
      received: String(loss),
      hint: "Likely a learning rate that is too high for this data, or a loss that takes the logarithm of 0.",
    });
  }

  private move({ step, progress, repetition }: Moment): void {
    const { update } = this.piece;
    const { kernels } = this.layout;
    const application = this.appliedBefore(step) + repetition + 1;
    for (const v of update.variables) {
      const at = {
        parameter: this.layout.address(v.name),
        gradient: this.layout.address(`gradient/${update.name}/${v.name}`),
        slots: update.rule.slots.map((slot) => this.layout.address(slotName(update, slot, v))),
        count: count(v.shape),
      };
      update.rule.apply(kernels, at, { step: application, progress });
      if (update.clamp) kernels.clip(at.parameter, at.count, ...update.clamp);
    }
    update.tracked.forEach(({ variable, momentum }, k) => {
      const value = this.layout.address(`tracked/${update.name}/${k}`);
      kernels.average(this.layout.address(variable.name), value, count(variable.shape), 1 - momentum);
    });
  }

  private appliedBefore(step: number): number {
    const { times } = this.piece.update;
    if (times === undefined) return step;
    let { step: past, before } = step < this.applied.step ? { step: 0, before: 0 } : this.applied;
    for (; past < step; past++) before += times(past);
    this.applied = { step, before };
    return before;
  }
}

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
