// Times this library beside others; docs/performance.md says what and how. `npm run bench -- --help` lists the flags.
import { writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { layers } from "./workloads/layers.mjs";
import { training } from "./workloads/index.mjs";
import { measureLayer } from "./layers.mjs";
import { profile } from "./profile.mjs";
import { measureStart } from "./start.mjs";
import { findTorch, startTorch } from "./torch.mjs";
import { measureMemory, measureTraining } from "./training.mjs";
import { linesOf } from "./table.mjs";

const flags = {
  only: { type: "string" },
  rounds: { type: "string", default: "5" },
  threads: { type: "string", default: String(availableParallelism()) },
  "no-compile": { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  out: { type: "string" },
  profile: { type: "string" },
  help: { type: "boolean", default: false },
};
const others = { start: "process start to the first training step", memory: "peak resident size, 20 steps" };
const about = Object.fromEntries([
  ...Object.entries({ ...training, ...layers }).map(([name, { about }]) => [name, about]),
  ...Object.entries(others),
]);
const help = `Usage: npm run bench -- [options]

Times training steps beside PyTorch, and convolution layers beside other engines in JavaScript.

Options:
  --only <names>    workloads, separated by commas
  --rounds <n>      rounds of alternating turns (default: 5)
  --threads <n>     threads of every side; all cores by default
  --no-compile      leaves torch.compile out, which takes minutes to begin
  --json            prints one line of JSON instead of the table
  --out <file>      also writes that JSON to a file (docs/performance.md is made from bench/results.json)
  --profile <name>  time by ONNX op of each graph of a training step, and nothing else
  --help            shows this

PyTorch runs in $BENCH_PYTHON, or python3; without it, ours is timed alone.
The engines in JavaScript are installed by: npm install --prefix bench

Workloads:
${Object.entries(about)
  .map(([name, text]) => `  ${name.padEnd(22)}${text}`)
  .join("\n")}`;

function fail(message) {
  console.error(message);
  process.exit(2);
}

function readFlags() {
  try {
    return parseArgs({ options: flags }).values;
  } catch (error) {
    return fail(error.message);
  }
}

function whole(name, text) {
  const value = Number(text);
  return Number.isInteger(value) && value > 0 ? value : fail(`--${name} takes a whole number, not ${text}`);
}

const given = readFlags();
const names = given.only?.split(",") ?? Object.keys(about);
const known = (list, name) =>
  name in list || fail(`no workload ${name}; known: ${Object.keys(list).join(", ")}`);
names.forEach((name) => known(about, name));
const rounds = whole("rounds", given.rounds);
const threads = whole("threads", given.threads);

if (given.help) console.log(help);
else if (given.profile !== undefined) {
  known(training, given.profile);
  console.log(await profile(training[given.profile], threads));
} else await bench();

async function bench() {
  const notes = [];
  const note = (text) => {
    if (!notes.includes(text)) notes.push(text);
  };
  const [load] = loadavg();
  const found = await findTorch();
  if (found.missing !== undefined) note(`PyTorch is not measured: ${found.missing}`);
  if (load > 0.5) note(`The load average is ${load.toFixed(1)}: other work takes part in these numbers.`);
  const settings = {
    threads,
    rounds,
    torch: found.missing === undefined,
    compile: !given["no-compile"],
    note,
  };

  const workloads = {};
  for (const name of names) {
    console.error(`${name} ...`);
    try {
      workloads[name] = await measure(name, settings);
    } catch (error) {
      workloads[name] = { failure: error.message };
    }
  }
  const report = {
    processor: cpus()[0]?.model ?? process.arch,
    threads,
    load,
    node: process.versions.node,
    ...(found.version !== undefined && { torch: found.version }),
    rounds,
    workloads,
    notes,
  };
  if (given.out !== undefined) writeFileSync(given.out, `${JSON.stringify(report, undefined, 1)}\n`);
  console.log(given.json ? JSON.stringify(report) : linesOf(report).join("\n"));
  if (Object.values(workloads).some(({ failure }) => failure !== undefined)) process.exitCode = 1;
}

function measure(name, settings) {
  if (name === "start") return measureStart(settings);
  if (name === "memory") return measureMemory({ ...settings, start: startTorch });
  return name in layers ? measureLayer(layers[name], settings) : measureTraining(training[name], settings);
}
