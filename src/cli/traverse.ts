import type { Command } from "commander";
import { baseLatents, traversal } from "../latent/index.js";
import { codeNames } from "../methods/index.js";
import { grid } from "../report/index.js";
import { writeWhole } from "../run/files.js";
import { openRun } from "../run/open-run.js";
import { jsonOption, positive, print, whole } from "./shared.js";

interface TraverseFlags {
  readonly part?: string;
  readonly index?: number;
  readonly rows: number;
  readonly columns: number;
  readonly reach: number;
  readonly seed: number;
  readonly out?: string;
  readonly json?: boolean;
}

export function addTraverse(program: Command): void {
  program
    .command("traverse")
    .summary("vary one code at a time and show what it does")
    .argument("<run>", "run folder")
    .option("--part <name>", "the code to vary, such as c1; all codes by default")
    .option("--index <n>", "which dimension of a part that has several", whole("--index"))
    .option("--rows <n>", "rows, each with a noise of its own", whole("--rows", 1), 10)
    .option("--columns <n>", "steps of a continuous code", whole("--columns", 2), 10)
    .option("--reach <n>", "how far a continuous code goes, in units of its range", positive("--reach"), 2)
    .option("--seed <n>", "decides the noise", whole("--seed"), 1)
    .option("-o, --out <prefix>", "files are PREFIX-PART.png; RUN/traverse by default")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nExamples:\n  ganymede traverse runs/infogan-mnist-default-1\n  ganymede traverse runs/infogan-mnist-default-1 --part z --index 5",
    )
    .action(async (path: string, flags: TraverseFlags) => {
      const { folder, model } = await openRun(path);
      const codes = codeNames(model.latent);
      const files: string[] = [];
      for (const part of flags.part === undefined ? codes : [flags.part]) {
        const kind = model.latent.find(({ name }) => name === part)?.kind;
        const base = baseLatents({
          parts: model.latent,
          rows: flags.rows,
          seed: flags.seed,
          spread: kind !== "categorical",
        });
        const latents = traversal({
          parts: model.latent,
          base,
          part,
          ...(kind !== "categorical" && { columns: flags.columns, reach: flags.reach }),
          ...(flags.index !== undefined && { index: flags.index }),
        });
        const images = await model.generate(latents);
        const columns = latents.length / base.length;
        const file = `${flags.out ?? folder.at("traverse")}-${part}.png`;
        await writeWhole(file, grid({ images, shape: folder.config.data.image, columns }));
        files.push(file);
      }
      model.release();
      print(flags.json === true ? JSON.stringify({ files }) : files.join("\n"));
    });
}
