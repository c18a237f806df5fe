import { placeholder } from "../ops/leaves.js";
import type { Host, Resident, Runnable, Session } from "../runtime/host.js";
import type { Shape } from "../tensor.js";
import { graphOf } from "./compile.js";

/** A tensor of the state in our memory. */
export interface Lasting {
  readonly name: string;
  readonly shape: Shape;
  readonly view: Float32Array;
}

/**
 * What of a program lives on a host's device: the state, gradients, and what graphs hand on. Batches, draws and logged scalars
 * do not. Our memory has a copy of the state. It is the true one before the first step, and from `fetch` to the next step.
 */
export class DeviceMemory {
  private readonly residents = new Map<string, Resident>();
  private ahead = false;
  private copy: { readonly session: Session; readonly runnable: Runnable } | undefined;

  constructor(
    private readonly host: Host,
    private readonly make: () => Resident,
  ) {}

  add(name: string): void {
    if (!this.residents.has(name)) this.residents.set(name, this.make());
  }

  at(name: string): Resident | undefined {
    return this.residents.get(name);
  }

  /** Before a step: where our copy of the state is the true one, the device takes it over. */
  begin(state: readonly Lasting[]): void {
    if (this.ahead) return;
    for (const { name, shape, view } of state) this.at(name)?.set(view, shape);
    this.ahead = true;
  }

  /** Brings the state into our memory. */
  async fetch(state: readonly Lasting[]): Promise<void> {
    if (!this.ahead) return;
    this.copy ??= await this.loadCopy(state);
    await this.copy.runnable.run();
    this.ahead = false;
  }

  /** Our copy has been written anew. */
  forget(): void {
    this.ahead = false;
  }

  release(): void {
    for (const resident of this.residents.values()) resident.release();
    this.copy?.session.release();
  }

  private async loadCopy(state: readonly Lasting[]) {
    const graph = graphOf(
      Object.fromEntries(state.map(({ name, shape }) => [`copy/${name}`, placeholder(name, shape)])),
    );
    const session = await this.host.load(graph);
    const sources = graph.inputs.flatMap(({ name }) => this.at(name) ?? []);
    const runnable = session.bind(
      sources,
      state.map(({ view }) => view),
    );
    return { session, runnable };
  }
}
