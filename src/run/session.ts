import { createRequire } from "node:module";
import { cpus } from "node:os";
import { OptionError, RunError } from "../errors.js";
import { parseOptions, unknownName } from "../options.js";
import { type DataOptions, type DataOptionsInput, type DataSplits, readDataOptions } from "../data/index.js";
import { type Progress, loadData } from "../data/disk/index.js";
import type { Host } from "../engine/runtime/host.js";
import { nodeHost } from "../engine/runtime/node.js";
import {
  type Method,
  type TrainingOptions,
  methods,
  taughtDomain,
  trainingOptions,
} from "../methods/index.js";
import { checkDevice } from "./devices.js";
import type { Domains } from "./scores/measured.js";
import { startsCompare } from "./scores/start-score.js";
import { type DataConfig, RUN_FORMAT, type RunConfig } from "./config.js";
import { absoluteDataName } from "./data-names.js";

/** What a user asks to be trained. Options and training override the preset, which overrides the defaults. */
export interface TrainRequest {
  readonly method: string;
  /** "mnist", "strokes", "folder:PATH": one of `dataSets`. */
  readonly data: string;
  /** A second domain, read with the same options, for methods that ask for one. */
  readonly target?: string;
  readonly dataOptions?: DataOptionsInput;
  readonly preset?: string;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly training?: Readonly<Partial<TrainingOptions>>;
  readonly device?: string;
  readonly threads?: number;
  /** The command to print in the report. */
  readonly command?: string;
}

/** A configuration with the things it names. */
export interface Prepared extends Domains {
  readonly config: RunConfig;
  readonly method: Method;
  readonly host: Host;
  /** What differs from when the run was begun, so that it may end on other bytes than it would have; a sentence each. */
  readonly changes: readonly string[];
}

/** The method of a name. Throws OptionError with the nearest name. */
export function findMethod(name: string): Method {
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (method === undefined) throw unknownName("method", name, Object.keys(methods), "ganymede list");
  return method;
}

/** What a request comes to: every option with its value. */
export interface Settings {
  readonly method: Method;
  readonly preset: string;
  readonly options: Record<string, unknown>;
  readonly training: TrainingOptions;
  /** As they were asked for: how the domain is read whose labels are learned from. */
  readonly dataOptions: DataOptions;
}

/** Fills in presets and defaults. Throws OptionError for an option that the method, the training or the data does not take. */
export function settingsOf(request: TrainRequest): Settings {
  const method = findMethod(request.method);
  const presetName = request.preset ?? Object.keys(method.presets)[0] ?? "";
  const preset = Object.hasOwn(method.presets, presetName) ? method.presets[presetName] : undefined;
  if (preset === undefined)
    throw unknownName(
      `${method.name} preset`,
      presetName,
      Object.keys(method.presets),
      `ganymede list ${method.name}`,
    );
  const options = parseOptions(method.options, { ...preset.options, ...request.options }, method.name);
  const training = parseOptions(trainingOptions, { ...preset.training, ...request.training }, "training");
  const dataOptions = readDataOptions(request.dataOptions ?? {});
  return { method, preset: presetName, options, training, dataOptions };
}

/** Resolves a request: checks every option before any data is read, then loads the data and opens the host. */
export async function prepare(request: TrainRequest, progress?: Progress): Promise<Prepared> {
  const settings = settingsOf(request);
  const { method, options, training } = settings;
  if (training.restarts > 1 && !startsCompare(method, options)) {
    throw new OptionError({
      where: "training option restarts",
      expected: `1, since ${method.name} with these options learns no classes to compare starts by`,
      received: String(training.restarts),
      hint: "Say --set restarts=1.",
    });
  }
  if (request.target !== undefined && method.domains === undefined) {
    throw new OptionError({
      where: method.name,
      expected: "no target, since it learns from one domain",
      received: request.target,
      hint: "Leave out --target.",
    });
  }
  const host = nodeHost({
    ...(request.device !== undefined && { device: request.device }),
    ...(request.threads !== undefined && { threads: request.threads }),
  });
  await checkDevice(host.device);
  const [sourceOptions, targetOptions] = optionsOfDomains(settings);
  const data = await loadData(request.data, sourceOptions, progress);
  const target =
    request.target === undefined ? undefined : await loadData(request.target, targetOptions, progress);
  const config: RunConfig = {
    format: RUN_FORMAT,
    ganymede: ownVersion(),
    method: method.name,
    preset: settings.preset,
    options,
    training,
    data: describeData(request.data, sourceOptions, data),
    ...(target && { target: describeData(request.target ?? "", targetOptions, target) }),
    host: describeHost(host),
    command: request.command ?? "",
    started: new Date().toISOString(),
  };
  return { config, method, data, ...(target && { target }), host, changes: [] };
}

/** How source and target are read: alike, but that only the labels which are learned from are few or come from a table. */
function optionsOfDomains({ method, options, dataOptions }: Settings): [DataOptions, DataOptions] {
  const whole = { ...dataOptions, labels: null, labelsCsv: null };
  return taughtDomain(method, options) === "source" ? [dataOptions, whole] : [whole, dataOptions];
}

function describeData(name: string, options: DataOptions, { train, test }: DataSplits): DataConfig {
  return {
    name: absoluteDataName(name),
    options,
    fingerprint: train.fingerprint,
    testFingerprint: test.fingerprint,
    preprocessing: train.preprocessing,
    image: { ...train.image },
    classes: [...(train.classes ?? [])],
  };
}

/**
 * Opens what a run's configuration names, to go on with it. Throws RunError where the data is no longer the same, OptionError
 * where this version of the method has other options.
 */
export async function prepareAgain(config: RunConfig): Promise<Prepared> {
  const method = findMethod(config.method);
  const options = optionsOf(config, method);
  const host = nodeHost({ device: config.host.device, threads: config.host.threads });
  await checkDevice(host.device);
  const domains = await domainsOf(config);
  return { config: { ...config, options }, method, ...domains, host, changes: changesSince(config, host) };
}

/** A run's options of its method, checked by this version's schema. */
export function optionsOf(config: RunConfig, method: Method): Record<string, unknown> {
  return parseOptions(method.options, config.options, `${config.method} in this run's config.json`);
}

function describeHost({ name, device, threads }: Host): RunConfig["host"] {
  return {
    name,
    device,
    threads,
    processor: cpus()[0]?.model ?? "unknown",
    node: process.version,
    onnxruntime: versionOf("onnxruntime-node/package.json"),
  };
}

function changesSince({ ganymede, host: then }: RunConfig, host: Host): string[] {
  const now = describeHost(host);
  const facts: [fact: string, then: string | number, now: string | number][] = [
    ["Ganymede", ganymede, ownVersion()],
    ["host", then.name, now.name],
    ["processor", then.processor, now.processor],
    ["Node", then.node, now.node],
    ["ONNX Runtime", then.onnxruntime, now.onnxruntime],
  ];
  return facts.filter(([, a, b]) => a !== b).map(([fact, a, b]) => `${fact} was ${a}, is ${b}`);
}

/** The data of a run, of both domains where there are two. */
export async function domainsOf({ data, target }: RunConfig, progress?: Progress): Promise<Domains> {
  return {
    data: await dataOf(data, progress),
    ...(target && { target: await dataOf(target, progress) }),
  };
}

/** Data of a run, checked to be what the run was trained on. */
export async function dataOf(
  { name, options, fingerprint }: DataConfig,
  progress?: Progress,
): Promise<DataSplits> {
  const data = await loadData(name, options, progress);
  if (data.train.fingerprint !== fingerprint) {
    throw new RunError({
      where: name,
      expected: `the pictures the run was trained on (fingerprint ${fingerprint})`,
      received: `others (${data.train.fingerprint})`,
      hint: "Put the pictures back as they were, or train a new run.",
    });
  }
  return data;
}

/**
 * Another set with all of its labels, its pictures made as those of a run's data are. What is broken is left out with `skipBad`
 * alone, whatever the run did.
 */
export function dataLike(
  { options, image }: DataConfig,
  name: string,
  { skipBad, progress }: { readonly skipBad: boolean; readonly progress?: Progress },
): Promise<DataSplits> {
  const alike = { ...options, size: image.height, channels: channelsOf(image) };
  return loadData(name, { ...alike, labels: null, labelsCsv: null, skipBad }, progress);
}

/** Grey or colour, as data sets are asked for. */
export const channelsOf = ({ channels }: DataConfig["image"]): 1 | 3 => (channels === 1 ? 1 : 3);

const require = createRequire(import.meta.url);

function versionOf(packageFile: string): string {
  return (require(packageFile) as { version: string }).version;
}

/** Version of Ganymede, as in package.json. */
export function ownVersion(): string {
  return versionOf("../../package.json");
}
