import type { Command, CommanderError } from "commander";
import { dataOptions } from "../data/index.js";
import { OptionError } from "../errors.js";
import { methods, trainingOptions } from "../methods/index.js";
import { unknownName } from "../options.js";

/** Has a command's complaints about its flags and arguments thrown as errors like all others: expected, received, what to do. */
export function complainInOneVoice(program: Command): void {
  for (const command of [program, ...program.commands]) {
    command.configureOutput({ outputError: () => {} }); // said where all errors are said
    command.exitOverride((error) => {
      throw usageError(error, command);
    });
  }
}

/** The same complaint with what to type instead; help and version, which are none, as they came. */
function usageError(error: CommanderError, command: Command): Error {
  const subject = /'([^']*)'/.exec(error.message)?.[1] ?? "";
  const where = command.name();
  switch (error.code) {
    case "commander.unknownCommand":
      return unknownCommand(subject, command);
    case "commander.unknownOption":
      return unknownFlag(command, subject);
    case "commander.optionMissingArgument":
      return complaint(where, `a value for ${subject}`, "none", help(command));
    case "commander.invalidArgument":
      return noChoice(command, error.message) ?? error;
    case "commander.missingArgument":
      return complaint(where, argument(command, subject), "none", usage(command));
    case "commander.excessArguments":
      return tooMany(command);
    default: // help and version, which are no complaints
      return error;
  }
}

/** A name that is no command, and the nearest that is. */
export function unknownCommand(name: string, program: Command): OptionError {
  const known = program.commands.map((command) => command.name());
  return unknownName("command", name, known, "ganymede --help");
}

function complaint(where: string, expected: string, received: string, hint: string): OptionError {
  return new OptionError({ where, expected, received, hint });
}

const help = (command: Command) => `Every flag: ganymede help ${command.name()}`;
const usage = (command: Command) => `Usage: ganymede ${command.name()} ${command.usage()}`;

function unknownFlag(command: Command, flag: string): OptionError {
  const name = flag.replace(/^-+/, "").replaceAll(/-(\w)/g, (_all, letter: string) => letter.toUpperCase());
  const schemas = [trainingOptions, dataOptions, ...Object.values(methods).map(({ options }) => options)];
  if (command.name() === "train" && schemas.some(({ shape }) => Object.hasOwn(shape, name)))
    return complaint("train", `--set ${name}=VALUE`, flag, "It is an option without a flag of its own.");
  const known = command.options.flatMap(({ long, hidden }) => (hidden ? [] : (long ?? [])));
  return unknownName(`${command.name()} option`, flag, known, `ganymede help ${command.name()}`);
}

/** A value that is none of those which a flag takes. */
function noChoice(command: Command, message: string): OptionError | undefined {
  const [, flags, value = ""] = /'([^']*)' argument '(.*)' is invalid/s.exec(message) ?? [];
  const option = command.options.find((one) => one.flags === flags);
  return option?.argChoices && unknownName(`${command.name()} ${option.long}`, value, option.argChoices);
}

/** An argument as the usage has it, and what it is. */
function argument({ registeredArguments }: Command, name: string): string {
  const description = registeredArguments.find((one) => one.name() === name)?.description ?? "";
  return description === "" ? `<${name}>` : `<${name}> (${description})`;
}

/** More arguments than a command takes: mostly an option whose --set was forgotten, or a path with a space in it. */
function tooMany(command: Command): OptionError {
  const { args, registeredArguments } = command;
  const most = registeredArguments.length;
  const extra = args.slice(most);
  const assignment = args.find((word) => /^\w[\w.]*=/.test(word));
  const hint = assignment === undefined ? usage(command) : afterSet(assignment);
  const expected = most === 0 ? "no arguments" : `${most} argument${most === 1 ? "" : "s"}`;
  return complaint(command.name(), expected, `also ${extra.join(" ")}`, hint);
}

/** What to do with an option that stands alone. */
export function afterSet(assignment: string): string {
  return `Options go after --set: --set ${assignment}`;
}
