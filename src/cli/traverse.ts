import type { Command } from "commander";
import { baseLatents, dimensionTraversal, isWide, traversal, usualReach } from "../latent/index.js";
import { type LatentPart, codeNames } from "../methods/index.js";
import { grid } from "../report/index.js";
import { writeWhole } from "../run/files.js";
import { openRun } from "../run/open-run.js";
import { cannot } from "../train/model.js";
import { jsonOption, positive, print, whole } from "./shared.js";

interface TraverseFlags {
  readonly part?: string;
  readonly index?: number;
  readonly rows: number;
  readonly columns: number;
  readonly reach?: number;
  readonly seed: number;
  readonly out?: string;
  readonly json?: boolean;
}

export function addTraverse(program: Command): void {
  program
    .command("traverse")
    .summary("vary one code at a time and show what it does")
    .description("Draws rows of pictures along which a single code changes, a file for each code.")
    .argument("<run>", "run folder")
    .option("--part <name>", "the code to vary, such as c1; all codes by default")
    .option(
      "--index <n>",
      "which dimension of a part that has several; a row for each by default",
      whole("--index"),
    )
    .option("--rows <n>", "rows, each with a noise of its own, or a dimension", whole("--rows", 1), 10)
    .option("--columns <n>", "steps of a continuous code", whole("--columns", 2), 10)
    .option(
      "--reach <n>",
      "how far a continuous code goes, in units of its range; by default 2 for a uniform code and 1 for others",
      positive("--reach"),
    )
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
      if (codes.length === 0) throw cannot(model.spec, "trains a generator", ["generate"]);
      const files: string[] = [];
      for (const part of flags.part === undefined ? codes : [flags.part]) {
        const { latents, columns } = figure(model.latent, part, flags);
        const images = await model.generate(latents);
        const file = `${flags.out ?? folder.at("traverse")}-${part}.png`;
        await writeWhole(file, grid({ images, shape: folder.config.data.image, columns }));
        files.push(file);
      }
      model.release();
      print(flags.json === true ? JSON.stringify({ files }) : files.join("\n"));
    });
}

/** The latent vectors of a figure, and how many of them stand in a row. */
function figure(
  parts: readonly LatentPart[],
  name: string,
  { index, rows, seed, columns, reach: asked }: TraverseFlags,
): { latents: Float32Array; columns: number } {
  const part = parts.find((p) => p.name === name);
  const categorical = part?.kind === "categorical";
  const reach = asked ?? (part && usualReach(part));
  const range = { part: name, parts, ...(!categorical && { columns, reach }) };
  if (part !== undefined && isWide(part) && index === undefined) {
    const base = baseLatents({ parts, rows: 1, seed });
    return { latents: dimensionTraversal({ ...range, base, rows: Math.min(rows, part.size) }), columns };
  }
  const base = baseLatents({ parts, rows, seed, spread: !categorical });
  const latents = traversal({ ...range, base, ...(index !== undefined && { index }) });
  return { latents, columns: latents.length / base.length };
}
