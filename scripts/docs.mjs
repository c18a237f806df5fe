// Rewrites what the docs take from the program: everything between `<!-- generated: WHAT -->` and `<!-- end -->` in
// README.md and docs/, and the pictures that need no training. `--check` changes nothing, names what is out of date and
// exits 1. Reads the built library: run `npm run build` first.
import { execFile } from "node:child_process";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { rowsOf } from "../bench/table.mjs";
import * as ganymede from "../dist/index.js";
import { rangeOf } from "../dist/options.js";
import { metricOf } from "../dist/run/metrics.js";
import * as z from "zod";

const root = new URL("../", import.meta.url);
const at = (path) => new URL(path, root);
const read = (path) => readFileSync(at(path), "utf8");

/** What may stand after "generated:", each with the words that follow it. */
const parts = {
  presets: (method) => presets(ganymede.methods[method]),
  options: (owner) => {
    const method = ganymede.methods[owner];
    if (method !== undefined) return options(method.options, ([, preset]) => preset.options, method.presets);
    return options({ training: ganymede.trainingOptions, data: ganymede.dataOptions }[owner]);
  },
  "data-sets": () => dataSets(ganymede.dataSets),
  commands: async () => commands(await help()),
  help: async (...words) => fence("text", await help(...words)),
  performance,
  metrics: () => metrics(ganymede.metrics),
  results: (page) => results(JSON.parse(read(`results/${page}.json`))),
  ranks: (page, ...keys) => ranks(JSON.parse(read(`results/${page}.json`)), keys),
  example: (name) => fence("ts", withoutHelpers(read(`examples/${name}.ts`))),
};

/** An example up to its first documented function. */
const withoutHelpers = (source) => source.split("\n/** ")[0];
const fence = (language, text) => `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;
const table = (head, rows) =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
const code = (value) => `\`${value}\``;

function presets({ presets: all, options: schema }) {
  const defaults = schema.parse({});
  const settings = (values = {}) =>
    Object.entries(values)
      .filter(([name, value]) => value !== defaults[name])
      .map(([name, value]) => code(`${name}=${value}`))
      .join(" ") || "none";
  const rows = Object.entries(all).map(([name, { about, options, training }], i) => [
    code(name) + (i === 0 ? " (runs by default)" : ""),
    about,
    settings(options),
    settings(training),
  ]);
  return table(["preset", "what it is", "options that differ from the defaults", "training"], rows);
}

function metrics(all) {
  const rows = Object.entries(all).map(([key, { meaning, range, better, chance, defined }]) => [
    `[${code(key)}](#${defined})`,
    meaning,
    range ?? "",
    better ?? "",
    chance ?? "",
  ]);
  return table(["key", "what it is", "range, or what it is held against", "better", "by chance"], rows);
}

/** The stored measurements, if there are any. */
function performance() {
  if (!existsSync(at("bench/results.json"))) return "Not measured yet.";
  const report = JSON.parse(read("bench/results.json"));
  const { processor, threads, load, node, torch, rounds } = report;
  const versions = [`Node ${node}`, ...(torch === undefined ? [] : [`PyTorch ${torch}`])].join(", ");
  const machine = `${processor}, ${threads} threads; ${versions}; ${rounds} rounds, load average ${load.toFixed(2)} before.`;
  const notes = report.notes.map((note) => `- ${note}`);
  return [
    machine,
    table(["workload", "", "time or size", "ours / theirs"], rowsOf(report)),
    ...(notes.length === 0 ? [] : [notes.join("\n")]),
  ].join("\n\n");
}

/** What others report and what ours gave, results in one table whose metrics are in its heading; the commands below. */
function results({ published, results: all }) {
  const groups = [];
  for (const one of all) {
    const heading = groups.at(-1)?.[0].metrics ?? [];
    if (one.metrics.every((key) => heading.includes(key))) groups.at(-1).push(one);
    else groups.push([one]);
  }
  const tables = groups.map((group, i) => resultTable(group, i === 0 ? published : []));
  const commands = all.map(({ id, train, evaluate }) => {
    const judged = evaluate === undefined ? "" : `, then \`evaluate RUN ${evaluate}\``;
    return `- ${code(id)}: \`train ${train}\`${judged}`;
  });
  const inputs = Object.entries(Object.assign({}, ...all.map((one) => one.inputs)));
  const needed = inputs.map(([name, what]) => `- ${code(`--input ${name}=PATH`)}: ${what}`);
  const again = `\`npx ganymede reproduce ID --seed N --threads T\` makes each again, with the threads in the table's last column`;
  return [
    ...tables,
    ...(needed.length === 0
      ? [`${again}:`]
      : [
          `${again}. Some need data that does not come with Ganymede ([what it is](../data.md#data-of-the-results)):`,
          needed.join("\n"),
          "The commands:",
        ]),
    commands.join("\n"),
  ].join("\n\n");
}

/** How one metric orders the runs of results, a group for each beginning of their ids, beside how another does. */
function ranks({ results: all }, [key, other, ...beginnings]) {
  const rows = beginnings.map((beginning) => {
    const measured = all.filter(({ id }) => id.startsWith(beginning)).flatMap((one) => one.measured);
    const [a, b] = [key, other].map((name) => ranksOf(measured.map(({ values }) => values[name])));
    const value = measured.length < 4 ? "not measured yet" : correlation(a, b).toFixed(2);
    return [`\`${beginning}*\``, measured.length, value];
  });
  return table(["results", "runs", `Spearman's rank correlation of ${code(key)} and ${code(other)}`], rows);
}

/** Equal values share the mean of their ranks. */
function ranksOf(values) {
  const mean = (places) => places.reduce((sum, place) => sum + place, 0) / places.length;
  const sorted = values.toSorted((a, b) => a - b);
  return values.map((value) => mean(sorted.flatMap((other, place) => (other === value ? [place] : []))));
}

function correlation(a, b) {
  const centred = (values) =>
    values.map((value) => value - values.reduce((x, y) => x + y, 0) / values.length);
  const [x, y] = [centred(a), centred(b)];
  const dot = (u, v) => u.reduce((sum, value, i) => sum + value * v[i], 0);
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
}

function resultTable(group, published) {
  const metrics = group[0].metrics;
  const others = published.map(({ about, values }) => [
    "",
    about,
    "",
    ...metrics.map((key) => values[key] ?? ""),
    "",
  ]);
  const ours = group.flatMap(({ id, about, seeds, measured, metrics: own }) => {
    const cells = (cell) => metrics.map((key) => (own.includes(key) ? cell(key) : ""));
    const rows = measured.map(({ seed, values, seconds, threads }) => [
      code(id),
      about,
      seed,
      ...cells((key) => values[key].toFixed(4)),
      `${Math.round(seconds / 60)} (${threads})`,
    ]);
    const mean = (key) => measured.reduce((sum, { values }) => sum + values[key], 0) / measured.length;
    if (rows.length > 1)
      rows.push([code(id), "mean", "", ...cells((key) => `**${mean(key).toFixed(4)}**`), ""]);
    const missing = seeds.filter((seed) => !measured.some((one) => one.seed === seed));
    if (missing.length > 0)
      rows.push([
        code(id),
        about,
        missing.join(", "),
        ...metrics.map((_, i) => (i === 0 ? "not measured yet" : "")),
        "",
      ]);
    return rows;
  });
  const defined = (key) => `[${code(key)}](../metrics.md#${metricOf(key).defined})`;
  return table(
    ["result", "what", "seed", ...metrics.map(defined), "minutes (threads)"],
    [...others, ...ours],
  );
}

function dataSets(all) {
  const rows = all.map(({ name, description, needs }) => [code(name), description, needs]);
  return table([code("--data"), "what it is", "needs"], rows);
}

/** One row per field of a schema; `presets`, where given, in the last column if they set it. */
function options(schema, settingsOf, presetsOf = {}) {
  const { properties } = z.toJSONSchema(schema, { io: "input" });
  const rows = Object.entries(properties).map(([name, option]) => {
    const set = Object.entries(presetsOf).flatMap((entry) => {
      const value = settingsOf(entry)?.[name];
      return value === undefined ? [] : [`${entry[0]} ${code(value)}`];
    });
    const cells = [code(name), code(option.default), rangeOf(option), option.description];
    return settingsOf === undefined ? cells : [...cells, set.join(", ")];
  });
  const head = ["option", "default", "range", "meaning"];
  return table(settingsOf === undefined ? head : [...head, "in presets"], rows);
}

/** Names and summaries from the "Commands:" part of the help, whose lines are wrapped. */
function commands(text) {
  const [, list = ""] = /\nCommands:\n([^]*?)\n\n/.exec(text) ?? [];
  const lines = list.replaceAll(/\n {10,}/g, " ").split("\n");
  const rows = lines.map((line) => /^ {2}(\w+) .*? {2,}(.*)$/.exec(line) ?? [line]);
  return table(
    ["command", "what it does"],
    rows
      .filter(([, name]) => name !== "help")
      .map(([, name, about]) => [`[${code(name)}](${linkTo(name)})`, about]),
  );
}
const linkTo = (name) => `docs/cli.md#${name}`;

const asked = new Map();
function help(...words) {
  const key = words.join(" ");
  const known = asked.get(key) ?? askForHelp(words);
  asked.set(key, known);
  return known;
}
async function askForHelp(words) {
  const main = fileURLToPath(at("dist/cli/main.js"));
  const env = { ...process.env, NO_COLOR: "1" };
  const { stdout } = await promisify(execFile)(process.execPath, [main, ...words, "--help"], { env });
  return stdout;
}

async function render(page) {
  const marked = /(<!-- generated: ([^>]*) -->\n)[^]*?(<!-- end -->)/g;
  const made = [...page.matchAll(marked)].map(async ([, , what]) => {
    const [kind, ...words] = what.split(" ");
    const make = parts[kind];
    if (make === undefined)
      throw new Error(`nothing makes "${what}"; known: ${Object.keys(parts).join(", ")}`);
    return make(...words);
  });
  const texts = await Promise.all(made);
  return page.replaceAll(marked, (_all, begin, _what, end) => `${begin}\n${texts.shift()}\n\n${end}`);
}

/** So many of each class, the first that are drawn, in rows. */
function ofEachClass({ train }, each, columns) {
  const found = train.classes.map(() => []);
  for (let i = 0; found.some((indices) => indices.length < each); i++) {
    const indices = found[train.label(i)];
    if (indices.length < each) indices.push(i);
  }
  return gridOf(train, found.flat(), columns);
}

function gridOf(data, indices, columns) {
  const { channels, height, width } = data.image;
  const images = new Float32Array(indices.length * channels * height * width);
  data.read(indices, images);
  return Buffer.from(ganymede.grid({ images, shape: data.image, columns }));
}

async function strokesOnPatches() {
  const { train } = await ganymede.loadData("strokes-m");
  return gridOf(
    train,
    Array.from({ length: 100 }, (_, i) => i),
    20,
  );
}

const markdown = readdirSync(at("docs"), { recursive: true })
  .map((name) => `docs/${name.replaceAll("\\", "/")}`)
  .filter((name) => name.endsWith(".md"));
/** @type {[path: string, bytes: Buffer][]} */
const wanted = [
  ["docs/pictures/strokes.png", ofEachClass(ganymede.strokes(), 10, 10)],
  ["docs/pictures/avatars.png", ofEachClass(ganymede.avatars(), 20, 20)],
  ["docs/pictures/strokes-m.png", await strokesOnPatches()],
];
for (const path of ["README.md", ...markdown.toSorted()])
  wanted.push([path, Buffer.from(await render(read(path)))]);

const stale = wanted.filter(
  ([path, bytes]) => !existsSync(at(path)) || !readFileSync(at(path)).equals(bytes),
);
const check = process.argv.includes("--check");
for (const [path, bytes] of stale) {
  if (!check) writeFileSync(at(path), bytes);
  console.log(`${path} ${check ? "is out of date: run npm run docs" : "written"}`);
}
if (check && stale.length > 0) process.exitCode = 1;
