import { Command, CommanderError } from "commander";
import pc from "picocolors";
import { GanymedeError } from "../errors.js";
import { ownVersion } from "../run/session.js";
import { addCompare } from "./compare.js";
import { addDoctor } from "./doctor.js";
import { addEvaluate } from "./evaluate.js";
import { addExport } from "./export.js";
import { addExtract } from "./extract.js";
import { addHelp } from "./help.js";
import { addInterpolate } from "./interpolate.js";
import { addList } from "./list.js";
import { addReproduce } from "./reproduce.js";
import { addSample } from "./sample.js";
import { addTrain } from "./train.js";
import { addTraverse } from "./traverse.js";
import { complainInOneVoice } from "./usage.js";

const program = new Command("ganymede")
  .description("Adversarial feature learning: train, evaluate and apply InfoGAN and its family.")
  .version(ownVersion())
  .addHelpText(
    "after",
    "\nExamples:\n  ganymede train infogan --data mnist\n  ganymede list\n  ganymede doctor",
  );

for (const add of [
  addTrain,
  addSample,
  addTraverse,
  addInterpolate,
  addExtract,
  addEvaluate,
  addCompare,
  addReproduce,
  addExport,
  addList,
  addDoctor,
  addHelp,
])
  add(program);
complainInOneVoice(program);

// Whoever reads the output may have seen enough, as `head` has.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit();
    throw error;
  });

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** Says what went wrong; returns the exit status: 2 for wrong usage, 1 for anything that failed. */
function report(error: unknown): number {
  if (error instanceof CommanderError) {
    if (!/help|version/.test(error.code)) process.stderr.write(`${pc.red("error")} ${error.message}\n`);
    return error.exitCode === 0 ? 0 : 2;
  }
  if (error instanceof GanymedeError) {
    process.stderr.write(`${pc.red("error")} ${error.message}\n`);
    return error.exitCode;
  }
  process.stderr.write(
    `${pc.red("error")} ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return 1;
}
