// A step of InfoGAN in a page beside the same step in Node, alternating, and the page's memory over many steps.
//
//   npm run build && node bench/page.mjs [--threads 2] [--device wasm|webgpu] [--rounds 4] [--steps 8] [--memory 500]
//
// Needs Chromium (CHROMIUM=PATH where it is not /usr/bin/chromium). On a machine that does anything else the ratio says
// more than the times.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { nodeHost } from "../dist/index.js";
import { chromium } from "playwright-core";
import { build, preview } from "vite";
import { opened } from "./page/steps.js";

const { values } = parseArgs({
  options: {
    threads: { type: "string", default: "2" },
    device: { type: "string", default: "wasm" },
    rounds: { type: "string", default: "4" },
    steps: { type: "string", default: "8" },
    memory: { type: "string", default: "500" },
  },
});
const [threads, rounds, steps, long] = [values.threads, values.rounds, values.steps, values.memory].map(
  Number,
);

const workloads = [
  { name: "paper's nets, batch 64", preset: "paper", training: { batch: 64 } },
  { name: "quick preset", preset: "quick", training: {} },
];
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const ms = (value) => `${value.toFixed(0)} ms`;

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const outDir = await mkdtemp(join(tmpdir(), "ganymede-bench-"));
const site = { root: at("page"), configFile: at("../examples/page/vite.config.ts"), logLevel: "silent" };
await build({ ...site, build: { outDir, emptyOutDir: true } });
const server = await preview({ ...site, build: { outDir } });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});

async function openPage(workload) {
  const page = await browser.newPage();
  await page.goto(server.resolvedUrls.local[0]);
  const call = (name, argument) => page.evaluate(([n, a]) => globalThis.call(n, a), [name, argument]);
  const about = await call("open", { ...workload, host: { device: values.device, threads } });
  return { page, call, about };
}

async function compare(workload) {
  const { page, call, about } = await openPage(workload);
  const node = await opened(nodeHost({ threads }), workload);
  await Promise.all([node.run(2), call("run", 2)]);
  const found = { node: [], page: [], copies: [] };
  for (let round = 0; round < rounds; round++) {
    found.node.push(median(await node.run(steps)));
    const { times, copies } = await call("run", steps);
    found.page.push(median(times));
    found.copies.push(copies);
  }
  node.release();
  await page.close();
  const [ofNode, ofPage] = [median(found.node), median(found.page)];
  const ratios = found.page.map((time, i) => (time / found.node[i]).toFixed(2)).join(" ");
  const { bytes } = found.copies[0];
  const copied = median(found.copies.map((c) => c.ms));
  console.log(`${workload.name}: Node ${ms(ofNode)}, page ${ms(ofPage)} (${about}), by rounds ${ratios}`);
  console.log(`  of the page's, copies ${ms(copied)} for ${(bytes / 1e6).toFixed(0)} MB`);
}

/** Resident memory of the processes that show pages, everything in it: arena, engine, garbage. Linux alone tells. */
async function residentMiB() {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  const kilobytes = await Promise.all(
    processInfo
      .filter(({ type }) => type === "renderer")
      .map(async ({ id }) =>
        Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${id}/status`, "utf8"))?.[1]),
      ),
  );
  return Math.round(kilobytes.reduce((sum, value) => sum + value, 0) / 1024);
}

async function memory(workload) {
  const { page, call } = await openPage(workload);
  await call("run", 10);
  const found = [await residentMiB()];
  for (let part = 0; part < 10; part++) {
    await call("run", long / 10);
    found.push(await residentMiB());
  }
  await page.close();
  console.log(
    `${workload.name}: resident MiB after 10 steps and after every ${long / 10} more: ${found.join(" ")}`,
  );
}

console.log(`${cpus()[0]?.model}, ${threads} threads, load ${loadavg()[0]?.toFixed(1)} when it began`);
for (const workload of workloads) await compare(workload);
if (long > 0) await memory(workloads[1]);
await browser.close();
await server.close();
await rm(outDir, { recursive: true, force: true });
