import { DivergenceError, OptionError } from "../../errors.js";
import { feedName } from "../ops/leaves.js";
import type { Runnable, Session } from "../runtime/host.js";
import { isBuffer } from "../runtime/host.js";
import type { Tensor } from "../tensor.js";
import type { Feed, Moment, Update } from "../update.js";
import { blockConvolutions, blockSize } from "./block-convolutions.js";
import { type GraphSpec, emitOnnx } from "./emit.js";
import type { Layout } from "./layout.js";
import { type Mover, loadMover } from "./mover.js";
import type { PlacedPiece } from "./plan.js";
import type { ProgramSpec } from "./program.js";
import { shareProducts } from "./share-products.js";

/** The same values by faster ways. */
function fastest(piece: PlacedPiece, block: number | undefined): GraphSpec {
  const { inputs } = piece;
  const names = [...piece.outputs.keys()];
  const given = new Set(inputs.values());
  const shared = shareProducts({ outputs: [...piece.outputs.values()], given });
  const outputs = block === undefined ? shared : blockConvolutions({ outputs: shared, given }, block);
  return { inputs, outputs: new Map(names.map((name, i) => [name, outputs[i] as Tensor])) };
}

/** How often an update runs at a step. */
function timesOf({ name, times }: Update, step: number): number {
  const count = times?.(step) ?? 1;
  if (Number.isInteger(count) && count >= 0) return count;
  throw new OptionError({
    where: `times of update ${name}, step ${step}`,
    expected: "a whole number from 0 on",
    received: String(count),
  });
}

/** Evaluates stages that move together, then moves them, as often as their update says; returns what they log. */
export async function runTogether(
  group: readonly Stage[],
  at: Pick<Moment, "step" | "progress">,
  filled: Set<Feed>,
  seed: number,
): Promise<Record<string, number>> {
  const times = Math.max(...group.map(({ update }) => timesOf(update, at.step)));
  for (let repetition = 0; repetition < times; repetition++) {
    for (const stage of group) await stage.evaluate({ ...at, repetition }, filled, seed);
    for (const stage of group) await stage.move({ ...at, repetition });
  }
  return times === 0
    ? {}
    : (Object.assign({}, ...group.map((stage) => stage.logged)) as Record<string, number>);
}

/** One update, loaded: fills its feeds, runs its graph, moves its variables. */
export class Stage {
  /** Applications before `step`, worked out from the schedule, so that a run that goes on or starts over needs no count. */
  private applied = { step: 0, before: 0 };

  private constructor(
    private readonly piece: PlacedPiece,
    private readonly layout: Layout,
    private readonly session: Session,
    private readonly runnable: Runnable,
    private readonly mover: Mover,
    private readonly feeds: readonly Feed[],
  ) {}

  static async load(spec: ProgramSpec, layout: Layout, piece: PlacedPiece): Promise<Stage> {
    const { host } = spec;
    const places = (ports: ReadonlyMap<string, Tensor>) =>
      [...ports.keys()].map((name) => layout.place(name));
    const kept = new Set([...piece.outputs.keys()].filter((name) => !isBuffer(layout.place(name))));
    const graph = fastest(piece, await blockSize(host));
    const session = await host.load(emitOnnx({ ...graph, lacks: host.lacks }), kept);
    const runnable = session.bind(places(piece.inputs), places(piece.outputs));
    const mover = await loadMover(host, layout, piece.update);
    const read = new Set(piece.inputs.values());
    const feeds = spec.feeds.filter(({ tensor }) => read.has(tensor));
    return new Stage(piece, layout, session, runnable, mover, feeds);
  }

  get update(): Update {
    return this.piece.update;
  }

  /** Loss and gradients with the variables as they stand. Throws DivergenceError where the loss is not finite. */
  async evaluate(moment: Moment, filled: Set<Feed>, seed: number): Promise<void> {
    this.fill(moment, filled, seed);
    await this.runnable.run();
    this.checkLoss(moment.step);
  }

  /** Moves the variables along the gradients of the last evaluation, where its condition holds. */
  async move({ step, progress, repetition }: Moment): Promise<void> {
    if (!this.moves()) return;
    await this.mover.move({ step: this.appliedBefore(step) + repetition + 1, progress });
  }

  /** The loss and the monitored values of the last evaluation. */
  get logged(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.piece.scalars.map(([key]) => [key, this.scalar(key)]));
  }

  release(): void {
    this.session.release();
    this.mover.release();
  }

  private fill(moment: Moment, filled: Set<Feed>, seed: number): void {
    for (const feed of this.feeds) {
      if (moment.repetition === 0 && filled.has(feed)) continue;
      filled.add(feed);
      const view = this.layout.view(feedName(feed.tensor) ?? "");
      feed.fill({ view, kernels: this.layout.kernels, seed }, moment);
    }
  }

  private moves(): boolean {
    const { when } = this.piece.update;
    return when === undefined || this.scalar(when) > 0;
  }

  private scalar(key: string): number {
    return Number(this.layout.view(`scalar/${this.piece.update.name}/${key}`)[0]);
  }

  private checkLoss(step: number): void {
    const { name } = this.piece.update;
    const loss = this.scalar(name);
    if (Number.isFinite(loss)) return;
    throw new DivergenceError({
      where: `step ${step + 1}, ${name}`,
      expected: "a finite loss",
      received: String(loss),
      hint: "Likely a learning rate that is too high for this data, or a loss that takes the logarithm of 0.",
    });
  }

  private appliedBefore(step: number): number {
    const { update } = this.piece;
    if (update.times === undefined) return step;
    let { step: past, before } = step < this.applied.step ? { step: 0, before: 0 } : this.applied;
    for (; past < step; past++) before += timesOf(update, past);
    this.applied = { step, before };
    return before;
  }
}
