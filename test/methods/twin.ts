import { readFileSync } from "node:fs";
import { afterAll, expect } from "vitest";
import { type Program, compileProgram } from "../../src/engine/compile/program.js";
import { Draws } from "../../src/engine/draws.js";
import { placeholder } from "../../src/engine/ops/index.js";
import { nodeHost } from "../../src/engine/runtime/node.js";
import { type Tensor, count } from "../../src/engine/tensor.js";
import type { Feed, Update } from "../../src/engine/update.js";
import type { BatchOf, DataShape, Method } from "../../src/methods/index.js";
import type { StatisticsRecord } from "../../src/nn/network.js";
import { applyNetworks } from "../../src/train/model.js";

// What a method's test shares with its twin in PyTorch, test/references/NAME.py: weights, draws and pictures that are a formula of
// their name, and the comparison of what comes out (test/references/twin.py is the other half).

export const host = nodeHost({ threads: 1 });
const open: { release(): void }[] = [];
afterAll(() => open.forEach((one) => one.release()));

/** Releases it after the tests of the file. */
export function held<T extends { release(): void }>(one: T): T {
  open.push(one);
  return one;
}

/** Numbers in [-1, 1) that are a function of a name; `noise` of twin.py. */
export function noise(name: string, size: number, step = 0): number[] {
  const seed = Array.from(name).reduce((sum, letter) => sum + letter.charCodeAt(0), 0) + 1000 * step;
  return Array.from({ length: size }, (_, i) => {
    const wild = Math.sin(12.9898 * (i + 1) + 78.233 * seed) * 43758.5453;
    return Math.fround(2 * (wild - Math.floor(wild)) - 1);
  });
}

export interface Traced {
  readonly updates: readonly Update[];
  readonly feeds: readonly Feed[];
  readonly variables: Update["variables"];
}

/** What a step is traced for. */
export interface Setting {
  readonly data: DataShape;
  readonly batch: number;
  /** Steps of the run; 3 where absent. */
  readonly steps?: number;
  /** Values of whole draws: 0 ... integers - 1. */
  readonly integers?: number;
  /** What the noise of a draw is multiplied by; 1 where absent. */
  readonly limit?: (name: string) => number;
}

/** One step of a method, whose draws, pictures and labels are `noise` of their names. */
export function trace(method: Method, options: object, setting: Setting): Traced {
  const { data, batch, steps = 3 } = setting;
  const { channels, height, width } = data.image;
  const networks = method.networks(data, options);
  const draws = new Draws();
  const records: StatisticsRecord[] = [];
  const batches: Tensor[] = [];
  let number = 0;
  const fed = (name: string, shape: readonly number[]) => {
    batches.push(placeholder(name, shape));
    return batches.at(-1) as Tensor;
  };
  const pictures = (at: number, size: number) => fed(`batch/${at}/x`, [size, channels, height, width]);
  const progress = placeholder("progress", []);
  const updates = method.step(
    applyNetworks(networks, { training: true, draws, records }),
    {
      batchSize: batch,
      steps,
      batch: ({ size = batch }: BatchOf = {}) => ({ x: pictures(number++, size) }),
      labelled: ({ size = batch }: BatchOf = {}) => {
        const at = number++;
        return { x: pictures(at, size), y: fed(`batch/${at}/y`, [size, data.classes]) };
      },
      draws,
      progress,
    },
    options,
  );
  const tensors = [...draws.feeds.map(({ tensor }) => tensor), ...batches];
  const clock: Feed = { tensor: progress, fill: ({ view }, moment) => void (view[0] = moment.progress) };
  return {
    updates,
    feeds: [...tensors.map((tensor) => noiseFeed(tensor, setting)), clock],
    variables: Object.values(networks).flatMap((net) => net.variables),
  };
}

/** `noise`, moved to the range of what it stands for. */
function noiseFeed(tensor: Tensor, { integers = 10, limit = () => 1 }: Setting): Feed {
  const name = tensor.node.attributes["name"] as string;
  const fill: Feed["fill"] = ({ view }, { step }) => {
    const values = noise(name, count(tensor.shape), step);
    const share = (v: number) => (v + 1) / 2;
    if (/^batch.*y$/.test(name)) return fillOneHot(view as Float32Array, tensor.shape, values.map(share));
    values.forEach((v, i) => {
      if (tensor.dtype === "int64") view[i] = BigInt(Math.floor(share(v) * integers));
      else if (name.startsWith("batch")) view[i] = share(v);
      else if (name.includes("#")) view[i] = v > 0 ? 1 : 0;
      else view[i] = v * limit(name);
    });
  };
  return { tensor, fill };
}

function fillOneHot(view: Float32Array, shape: readonly number[], shares: readonly number[]): void {
  const [rows = 0, classes = 0] = shape;
  view.fill(0);
  for (let row = 0; row < rows; row++) view[row * classes + Math.floor((shares[row] ?? 0) * classes)] = 1;
}

export async function programOf(traced: Traced): Promise<Program> {
  return held(await compileProgram({ ...traced, host, seed: 1 }));
}

/** Weights of the twin: `noise` of their name, scaled by the number of values that are summed. */
export function setWeights(program: Program): void {
  for (const [name, values] of program.state) {
    const part = name.split(".").at(-1);
    if (name.startsWith("rule/") || part === "mean" || part === "variance") continue;
    const shape = program.shapes.get(name) ?? [];
    const fan = shape.length === 2 ? (shape[0] ?? 1) : count(shape.slice(1));
    const scale = part === "weight" ? 1.7 / Math.sqrt(fan) : 0.3;
    values.set(noise(name, values.length).map((v) => (part === "scale" ? 1 : 0) + scale * v));
  }
}

const isRunning = (name: string) => /\.(mean|variance)$/.test(name);
const playerOf = (name: string) => name.slice(0, name.indexOf("."));
const weightsIn = (program: Program) => [...program.state].filter(([name]) => !name.startsWith("rule/"));

/** What a twin wrote down of a case. */
export interface Twin {
  readonly options: Readonly<Record<string, unknown>>;
  /** Losses of every step, in the order of the updates; null where an update does not run. */
  readonly losses: readonly (readonly (number | null)[])[];
  /** Length of each network's parameters at the end, their product with noise, and the length of its running statistics. */
  readonly parameters: Readonly<Record<string, number>>;
  readonly along: Readonly<Record<string, number>>;
  readonly running: Readonly<Record<string, number>>;
}

export function twinsOf(name: string): [string, Twin][] {
  const file = new URL(`../references/${name}.json`, import.meta.url);
  return Object.entries(JSON.parse(readFileSync(file, "utf8")) as Record<string, Twin>);
}

/** Runs the twin's steps and compares losses, parameters and running statistics. */
export async function expectTwin(
  traced: Traced,
  { losses, parameters, along, running }: Twin,
): Promise<void> {
  const program = await programOf(traced);
  setWeights(program);
  const names = traced.updates.map(({ name }) => name);
  for (const [step, expected] of losses.entries()) {
    const logged = await program.step(step, step / losses.length);
    for (const [i, name] of names.entries()) {
      if (expected[i] === null) expect(logged, `step ${step}`).not.toHaveProperty(name);
      else expect(Math.abs(logged[name]! / expected[i]! - 1), `${name} of step ${step}`).toBeLessThan(1e-4);
    }
  }
  for (const [player, length] of Object.entries(parameters))
    if (length > 0) expect(lengthOf(program, player, false) / length, player).toBeCloseTo(1, 4);
  for (const [player, product] of Object.entries(along)) {
    if (parameters[player] === 0) continue; // it takes no part
    const distance = Math.abs(alongNoise(program, player) - product);
    expect(distance / parameters[player]!, `${player} along noise`).toBeLessThan(1e-4);
  }
  for (const [player, length] of Object.entries(running))
    expect(lengthOf(program, player, true) / length, `statistics of ${player}`).toBeCloseTo(1, 4);
}

function lengthOf(program: Program, player: string, ofRunning: boolean): number {
  const own = weightsIn(program).filter(
    ([name]) => playerOf(name) === player && isRunning(name) === ofRunning,
  );
  return Math.sqrt(own.reduce((sum, [, values]) => sum + values.reduce((s, v) => s + v * v, 0), 0));
}

function alongNoise(program: Program, player: string): number {
  const own = weightsIn(program).filter(([name]) => playerOf(name) === player && !isRunning(name));
  return own.reduce((sum, [name, values]) => {
    const direction = noise(`along/${name}`, values.length);
    return sum + values.reduce((s, v, i) => s + v * direction[i]!, 0);
  }, 0);
}

/** For every update alone: the networks whose parameters it moves, and those whose running statistics. */
export async function playersMoved(traced: Traced): Promise<{ moved: string[][]; followed: string[][] }> {
  const moved: string[][] = [];
  const followed: string[][] = [];
  for (const { times: _, together: __, ...update } of traced.updates) {
    const program = await programOf({ ...traced, updates: [update] });
    const before = new Map(weightsIn(program).map(([name, values]) => [name, values.join()]));
    await program.step(0, 0.5);
    const changed = weightsIn(program).filter(([name, values]) => values.join() !== before.get(name));
    const players = (running: boolean) => {
      const own = changed.filter(([name]) => isRunning(name) === running);
      return [...new Set(own.map(([name]) => playerOf(name)))].toSorted();
    };
    moved.push(players(false));
    followed.push(players(true));
  }
  return { moved, followed };
}
