import type { Command } from "commander";
import { unknownCommand } from "./usage.js";

/** `ganymede help [command]`; commander's own answers an unknown name without saying so. */
export function addHelp(program: Command): void {
  program
    .helpCommand(false)
    .command("help [command]")
    .description("say what a command does, and every flag of it")
    .action((name?: string) => {
      if (name === undefined) return program.help();
      const command = program.commands.find((one) => one.name() === name);
      if (command === undefined) throw unknownCommand(name, program);
      return command.help();
    });
}
