// How many of its steps a run needed until a metric, as a mean of the last 50 steps that have it, fell to each of the values.
//
//   node scripts/steps-to.mjs METRIC VALUE,... RUN...
import { readFileSync } from "node:fs";
import { join } from "node:path";

const WINDOW = 50;
const [metric, list, ...runs] = process.argv.slice(2);
if (runs.length === 0) throw new Error("usage: node scripts/steps-to.mjs METRIC VALUE,... RUN...");
const values = list.split(",").map(Number);

const rows = runs.map((run) => {
  const logged = logOf(run);
  return [run, ...values.map((value) => stepsTo(logged, value) ?? "never")];
});
for (const row of [["steps to", ...values], ...rows]) console.log(row.join("\t"));

/** The metric at the steps that have it, in order. */
function logOf(run) {
  const lines = readFileSync(join(run, "metrics.jsonl"), "utf8").trimEnd().split("\n");
  const logged = lines.map((line) => JSON.parse(line)[metric]).filter((value) => value !== undefined);
  if (logged.length < WINDOW)
    throw new Error(`${run}: ${metric} was logged at ${logged.length} steps, not at ${WINDOW}`);
  return logged;
}

/** Steps done when the mean of the last 50 is first at most `value`; undefined if it never is. */
function stepsTo(logged, value) {
  const sums = [0];
  for (const v of logged) sums.push(sums.at(-1) + v);
  const ends = sums.slice(WINDOW).map((end, i) => (end - sums[i]) / WINDOW);
  const first = ends.findIndex((mean) => mean <= value);
  return first < 0 ? undefined : first + WINDOW;
}
