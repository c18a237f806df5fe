import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { nodeHost } from "../../src/engine/runtime/node.js";
import type { Host } from "../../src/engine/runtime/host.js";

interface Running {
  step(): Promise<unknown>;
  read(result: unknown): readonly number[];
  release(): void;
}
type Create = (module: string, sizes: object, host: Host) => Promise<Running>;

/** Plain JavaScript, outside what is compiled, and so without types. */
const bench = async (path: string): Promise<unknown> =>
  import(new URL(`../../bench/${path}`, import.meta.url).href);

interface Case {
  readonly workload: string;
  readonly sizes: object;
  readonly losses: readonly (readonly number[])[];
}
const cases = JSON.parse(
  readFileSync(new URL("../references/bench.json", import.meta.url), "utf8"),
) as Case[];

// The values are PyTorch's in double precision: bench/peers/torch_peer.py --references test/references/bench.json. The sizes are
// such that no input of a leaky rectifier lies so near 0 that single precision sees it on the other side.
test.each(cases)("$workload, small, has the losses of its twin", async ({ workload, sizes, losses }) => {
  const { create } = (await bench("workloads/index.mjs")) as { create: Create };
  const running = await create(workload, sizes, nodeHost());
  try {
    for (const [step, expected] of losses.entries()) {
      const found = running.read(await running.step());
      expect(found).toHaveLength(expected.length);
      for (const [i, loss] of expected.entries())
        expect(Math.abs(found[i]! / loss - 1), `loss ${i} of step ${step}`).toBeLessThan(1e-4);
    }
  } finally {
    running.release();
  }
});

test("sides are compared round by round", async () => {
  const { inRounds } = (await bench("rounds.mjs")) as {
    inRounds(sides: object[], rounds: number): Promise<{ key: string; ms: number; ratio: number }[]>;
  };
  // A machine that takes twice as long from the third round on (turn 8): the ratio is that of the same round.
  let turns = 0;
  const side = (key: string, base: number) => ({
    name: key,
    key,
    peer: { ask: async () => ({ ms: base * (turns++ < 8 ? 1 : 2) }) },
  });
  const found = await inRounds([side("ours", 600), side("theirs", 800)], 4);
  expect(found.map(({ key, ratio }) => [key, ratio])).toEqual([
    ["ours", 1],
    ["theirs", 0.75],
  ]);
  expect(found.map(({ ms }) => ms)).toEqual([900, 1200]);
});

test("a report says what failed, what is best and what was left out", async () => {
  const { linesOf } = (await bench("table.mjs")) as { linesOf(report: object): string[] };
  const others = [
    { key: "eager", name: "PyTorch eager", ms: 200, ratio: 0.5 },
    { key: "compile", name: "PyTorch torch.compile", ms: 80, ratio: 1.25 },
  ];
  const report = {
    processor: "P",
    threads: 2,
    load: 0.1,
    node: "20",
    rounds: 3,
    notes: ["a note"],
    workloads: {
      a: { ms: 100, eager: 0.5, best: 1.25, bestForm: "compile", others },
      b: { failure: "loss 1 differs" },
      start: { seconds: { strokes: 1.234 } },
    },
  };
  expect(linesOf(report)).toEqual([
    "P, 2 threads, load average 0.10, Node 20",
    "",
    "workload                                time or size            ours / theirs",
    "a         ganymede                      100 ms",
    "a         PyTorch eager                 200 ms                  0.50",
    "a         PyTorch torch.compile (best)  80.0 ms                 1.25",
    "b         ganymede                      failed: loss 1 differs",
    "start     ganymede, strokes             1.23 s",
    "",
    "a note",
  ]);
});
