const TURN = 1000; // milliseconds one side runs at a time, about
const TOO_LONG = 5000; // a side that takes longer for a single run is timed once

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Times sides in turns, ours the first: each round runs every side once, and every other round in the opposite order. The
 * processes that are not at their turn are stopped. Gives the median time of each side, and for the others the median over
 * the rounds of ours divided by theirs.
 */
export async function inRounds(sides, rounds) {
  const run = async ({ peer, form }, steps) => (await peer.ask({ op: "run", steps, form })).ms;
  const once = [];
  for (const side of sides) once.push(await run(side, 1));
  const steps = once.map((ms) => Math.min(100, Math.max(1, Math.round(TURN / ms))));
  const times = sides.map(() => []);
  for (let round = 0; round < rounds; round++) {
    const order = sides.map((_, i) => i);
    for (const i of round % 2 === 0 ? order : order.toReversed()) {
      if (once[i] > TOO_LONG) {
        times[i].push(once[i]);
        continue;
      }
      if (steps[i] > 1) await run(sides[i], 1); // caches and threads are this side's again
      times[i].push(await run(sides[i], steps[i]));
    }
  }
  const [ours] = times;
  return sides.map(({ name, key }, i) => ({
    name,
    key,
    ms: median(times[i]),
    ratio: median(ours.map((ms, round) => ms / times[i][round])),
  }));
}
