import { resolve } from "node:path";
import type { DataOptions } from "../data/index.js";
import { OptionError } from "../errors.js";
import { taughtDomain } from "../methods/index.js";
import { parseAssignments } from "../options.js";
import type { RunConfig } from "../run/config.js";
import { absoluteDataName } from "../run/data-names.js";
import type { RunFolder } from "../run/folder.js";
import { type TrainRequest, findMethod, optionsOf, settingsOf } from "../run/session.js";
import { assignedDataName, flaggedOptions } from "./assignments.js";
import { type TrainFlags, requestOf } from "./train-request.js";

/** What is asked for, beside what a run was begun with. */
type Asked = [name: string, asked: unknown, begun: unknown];

/**
 * A run goes on with what it was begun with: throws OptionError where something else is asked for. With `asBegun` options that are
 * not given count too, with their values by preset and default.
 */
export function refuseOtherOptions(
  { config, path }: RunFolder,
  method: string | undefined,
  flags: TrainFlags,
): void {
  const shown = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  const asked = [
    ...askedOf(config, path, method, flags),
    ...(flags.asBegun === true ? unsaidOf(config, requestOf(method, flags)) : []),
  ];
  const other = asked.find(([, value, begun]) => value !== undefined && value !== begun);
  if (other === undefined) return;
  const [name, value, begun] = other;
  throw new OptionError({
    where: `--resume ${path}, ${name}`,
    expected: begun === undefined ? "none" : `${shown(begun)}, as the run was begun`,
    received: shown(value),
    hint: "A run goes on with its own options: leave others out, or begin a new run.",
  });
}

function askedOf(
  config: RunConfig,
  path: string,
  method: string | undefined,
  { set, preset, data, target, threads, device, out, force, ...flags }: TrainFlags,
): Asked[] {
  const begun = everyOption(config, optionsOfTaught(config));
  return [
    ["method", method, config.method],
    ["--data", data === undefined ? undefined : absoluteDataName(data), config.data.name],
    ["--target", target === undefined ? undefined : absoluteDataName(target), config.target?.name],
    ["--preset", preset, config.preset],
    ["--threads", threads, config.host.threads],
    ["--device", device, config.host.device],
    ["--out", out === undefined ? undefined : resolve(out), resolve(path)],
    ["--force", force, undefined],
    ...Object.entries(parseAssignments(set)).map(([key, value]): Asked => [
      `--set ${key}`,
      value,
      begun[key],
    ]),
    ...Object.entries(flaggedOptions(flags)).map(([key, { flag, value }]): Asked => [
      flag,
      value,
      begun[key],
    ]),
  ];
}

/** What a request comes to where it says nothing. */
function unsaidOf(config: RunConfig, request: TrainRequest): Asked[] {
  const settings = settingsOf(request);
  // By this version's schema: an option that came later has its default.
  const options = optionsOf(config, findMethod(config.method));
  const begun = everyOption({ ...config, options }, optionsOfTaught(config));
  const all = Object.entries(everyOption(settings, settings.dataOptions));
  return [
    ["--preset", settings.preset, config.preset],
    ...all.map(([key, value]): Asked => [`--set ${key}`, value, begun[key]]),
  ];
}

/** Options by the names that --set has for them. */
function everyOption(
  { options, training }: Pick<RunConfig, "options" | "training">,
  dataOptions: DataOptions,
): Record<string, unknown> {
  const ofData = Object.entries(dataOptions).map(([name, value]) => [assignedDataName(name), value]);
  return { ...options, ...training, ...Object.fromEntries(ofData) };
}

/** How the domain was read whose labels are learned from: as it was asked for. */
function optionsOfTaught({ method, options, data, target = data }: RunConfig): DataOptions {
  return (taughtDomain(findMethod(method), options) === "source" ? data : target).options;
}
