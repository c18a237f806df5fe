import type { Command } from "commander";
import { exportModels } from "../run/export.js";
import { openRun } from "../run/open-run.js";
import { jsonOption, print } from "./shared.js";

export function addExport(program: Command): void {
  program
    .command("export")
    .summary("write a run's networks as ONNX models")
    .description(
      "Writes the networks of a run as ONNX models, which any ONNX runtime runs, and checks each against the run.",
    )
    .argument("<run>", "run folder")
    .option("-o, --out <dir>", "where the models go; RUN/models by default")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nExamples:\n  ganymede export runs/infogan-mnist-default-1\n  ganymede export runs/infogan-mnist-default-1 -o models",
    )
    .action(async (path: string, { out, json }: { out?: string; json?: boolean }) => {
      const { folder, model } = await openRun(path);
      const exported = await exportModels(model, folder.config, out ?? folder.at("models"));
      model.release();
      if (json === true) return print(JSON.stringify(exported));
      const line = (m: (typeof exported)[number]) =>
        `${m.file}: ${m.inputs.join(", ")} -> ${m.outputs.join(", ")} (within ${m.difference.toExponential(1)} of the run)`;
      print(exported.map(line).join("\n"));
    });
}
