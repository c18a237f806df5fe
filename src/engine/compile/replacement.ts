import { placeholder } from "../ops/leaves.js";
import { type Host, type Place, type Runnable, type Session, isBuffer } from "../runtime/host.js";
import type { Shape, Tensor } from "../tensor.js";
import { graphOf } from "./compile.js";

/**
 * A graph whose results take the place of what they were made from, on a device: a rule, an average, running statistics. What
 * differs from run to run it is told as numbers.
 */
export class Replacement {
  private constructor(
    private readonly session: Session,
    private readonly runnable: Runnable,
    private readonly numbers: readonly Float32Array[],
  ) {}

  /** `next` by the name of the place; what it is made of are tensors `now` of places, and `numbers`. */
  static async load(
    host: Host,
    place: (name: string) => Place,
    next: ReadonlyMap<string, Tensor>,
    numbers: readonly Tensor[],
  ): Promise<Replacement> {
    const outputs = Object.fromEntries([...next].map(([name, tensor]) => [`next/${name}`, tensor]));
    const graph = graphOf(outputs, host.lacks);
    const targets = [...next.keys()].map(place);
    const kept = new Set(Object.keys(outputs).filter((_, i) => !isBuffer(targets[i])));
    const session = await host.load(graph, kept);
    const told = numbers.map(() => new Float32Array(1));
    const memory = new Map(told.map((values, i) => [numberName(i), values]));
    const sources = graph.inputs.map(({ name }) => memory.get(name) ?? place(name));
    return new Replacement(session, session.bind(sources, targets), told);
  }

  async run(numbers: readonly number[]): Promise<void> {
    this.numbers.forEach((memory, i) => (memory[0] = numbers[i] ?? NaN));
    await this.runnable.run();
  }

  release(): void {
    this.session.release();
  }
}

const numberName = (i: number) => `number/${i}`;

/** Scalars that a replacement is told at every run. */
export const numberTensors = (n: number): Tensor[] =>
  Array.from({ length: n }, (_, i) => placeholder(numberName(i), []));

/** What a place holds before the run. */
export const now = (name: string, shape: Shape): Tensor => placeholder(name, shape);
