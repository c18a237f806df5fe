import { Peer } from "./peer.mjs";
import { inRounds } from "./rounds.mjs";
import { exactLosses, torchSides } from "./torch.mjs";

const ours = new URL("./peers/ours.mjs", import.meta.url).pathname;
export const startOurs = () => new Peer(process.execPath, [ours]);

const PARITY_STEPS = 3;
const TOLERANCE = 1e-3;

/**
 * Times a training workload: ours, and PyTorch in all its forms where it is there. Losses that differ from PyTorch's in
 * double precision are answered as `failure`, without a ratio.
 */
export async function measureTraining(workload, { threads, rounds, torch, compile, note }) {
  const mine = { name: "ganymede", key: "ours", peer: startOurs() };
  const sides = [mine];
  try {
    const { module, sizes } = workload;
    await mine.peer.ask({ op: "prepare", workload: module, sizes, threads });
    const { losses } = await mine.peer.ask({ op: "losses", steps: PARITY_STEPS });
    if (torch) {
      const failure = difference(losses, await exactLosses(workload, PARITY_STEPS, threads));
      if (failure !== undefined) return { failure };
      sides.push(...(await torchSides(workload, { threads, compile, note })));
    }
    const [own, ...others] = await inRounds(sides, rounds);
    const best = others.toSorted((a, b) => a.ms - b.ms)[0];
    const eager = others.find(({ key }) => key === "eager");
    return {
      ms: own.ms,
      ...(eager && { eager: eager.ratio }),
      ...(best && { best: best.ratio, bestForm: best.key }),
      others,
    };
  } finally {
    for (const { peer } of sides) peer.close();
  }
}

function difference(losses, exact) {
  for (const [step, row] of exact.entries())
    for (const [i, expected] of row.entries()) {
      const found = losses[step][i];
      if (!(Math.abs(found / expected - 1) < TOLERANCE))
        return `loss ${i + 1} of step ${step + 1} is ${found}, PyTorch's in double precision ${expected}`;
    }
  return undefined;
}

/** Peak resident size of a process that runs 20 steps of InfoGAN, ours and PyTorch's as it comes, in bytes. */
export async function measureMemory({ threads, torch, start }) {
  const peak = async (peer) => {
    try {
      await peer.ask({ op: "prepare", workload: "infogan-28", sizes: { batch: 64 }, threads });
      await peer.ask({ op: "run", steps: 20 });
      return (await peer.ask({ op: "memory" })).bytes;
    } finally {
      peer.close();
    }
  };
  const bytes = await peak(startOurs());
  if (!torch) return { bytes };
  const theirs = await peak(start());
  return { bytes, theirs, eager: bytes / theirs, best: bytes / theirs };
}
