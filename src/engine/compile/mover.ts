import { EngineError } from "../../errors.js";
import { add, clip, mul } from "../ops/index.js";
import type { Host } from "../runtime/host.js";
import { type Tensor, count } from "../tensor.js";
import type { RuleMoment, Update } from "../update.js";
import { AVERAGE, type Layout, gradientName, slotName, trackedName } from "./layout.js";
import { Replacement, now, numberTensors } from "./replacement.js";

/** Moves the variables of an update along gradients that have just been computed; its running statistics follow. */
export interface Mover {
  move(moment: RuleMoment): Promise<void>;
  release(): void;
}

/** Keeps an average beside every trained variable; `keep` is the share of it that stays. */
export interface Averager {
  average(keep: number): Promise<void>;
  release(): void;
}

export function loadMover(host: Host, layout: Layout, update: Update): Promise<Mover> {
  return layout.device === undefined
    ? Promise.resolve(kernelMover(layout, update))
    : graphMover(host, layout, update);
}

export function loadAverager(host: Host, layout: Layout): Promise<Averager> {
  return layout.device === undefined ? Promise.resolve(kernelAverager(layout)) : graphAverager(host, layout);
}

/** In our own memory: loops in place. */
function kernelMover(layout: Layout, update: Update): Mover {
  const { kernels } = layout;
  const address = (name: string) => layout.address(name);
  const moved = update.variables.map((v) => ({
    parameter: address(v.name),
    gradient: address(gradientName(update, v)),
    slots: update.rule.slots.map((slot) => address(slotName(update, slot, v))),
    count: count(v.shape),
  }));
  const tracked = update.tracked.map(({ variable, momentum }, k) => ({
    running: address(variable.name),
    value: address(trackedName(update, k)),
    count: count(variable.shape),
    keep: 1 - momentum,
  }));
  return {
    move: (moment) => {
      for (const at of moved) {
        update.rule.apply(kernels, at, moment);
        if (update.clamp) kernels.clip(at.parameter, at.count, ...update.clamp);
      }
      for (const { running, value, count, keep } of tracked) kernels.average(running, value, count, keep);
      return Promise.resolve();
    },
    release: () => {},
  };
}

function kernelAverager(layout: Layout): Averager {
  return {
    average: (keep) => {
      for (const { name, shape } of layout.averaged)
        layout.kernels.average(layout.address(AVERAGE + name), layout.address(name), count(shape), keep);
      return Promise.resolve();
    },
    release: () => {},
  };
}

/** On a device: one graph for all variables of the update. */
async function graphMover(host: Host, layout: Layout, update: Update): Promise<Mover> {
  const { graph } = update.rule;
  if (graph === undefined) {
    throw new EngineError({
      where: `update ${update.name}`,
      expected: `a rule that has a graph, since ${host.device} has a memory of its own`,
      received: "one that is kernels alone",
    });
  }
  const numbers = numberTensors(graph.numbers({ step: 1, progress: 0 }).length);
  const next = new Map<string, Tensor>();
  for (const v of update.variables) {
    const slots = update.rule.slots.map((slot) => slotName(update, slot, v));
    const [parameter, ...state] = graph.move({
      parameter: now(v.name, v.shape),
      gradient: now(gradientName(update, v), v.shape),
      slots: slots.map((name) => now(name, v.shape)),
      numbers,
    }) as [Tensor, ...Tensor[]];
    next.set(v.name, update.clamp ? clip(parameter, ...update.clamp) : parameter);
    state.forEach((tensor, i) => next.set(slots[i] ?? "", tensor));
  }
  update.tracked.forEach(({ variable: { name, shape }, momentum }, k) => {
    const value = now(trackedName(update, k), shape);
    // A network that is applied twice has two values for one statistic, which follows one and then the other.
    next.set(name, blend(1 - momentum, next.get(name) ?? now(name, shape), value));
  });
  const place = (name: string) => layout.place(name);
  const replacement = await Replacement.load(host, place, next, numbers);
  return {
    move: (moment) => replacement.run(graph.numbers(moment)),
    release: () => replacement.release(),
  };
}

async function graphAverager(host: Host, layout: Layout): Promise<Averager> {
  if (layout.averaged.length === 0) return { average: () => Promise.resolve(), release: () => {} };
  const [keep, rest] = numberTensors(2) as [Tensor, Tensor];
  const next = new Map(
    layout.averaged.map(({ name, shape }) => [
      AVERAGE + name,
      add(mul(keep, now(AVERAGE + name, shape)), mul(rest, now(name, shape))),
    ]),
  );
  const place = (name: string) => layout.place(name);
  const replacement = await Replacement.load(host, place, next, [keep, rest]);
  return {
    average: (share) => replacement.run([share, 1 - share]),
    release: () => replacement.release(),
  };
}

function blend(keep: number, old: Tensor, latest: Tensor): Tensor {
  return add(mul(keep, old), mul(1 - keep, latest));
}
