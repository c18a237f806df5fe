import { readPictures } from "../data/index.js";
import {
  baseLatents,
  dimensionTraversal,
  interpolateParts,
  isWide,
  traversal,
  traversalValues,
  usualReach,
} from "../latent/index.js";
import { CLASS, type LatentPart, codeNames, drawLatents, latentWidth } from "../methods/index.js";
import { type Panel, grid } from "../report/index.js";
import type { Model } from "../train/index.js";
import type { Baseline } from "./baseline.js";
import type { RunConfig } from "./config.js";
import { counted } from "./in-words.js";
import type { Domains } from "./scores/measured.js";
import { concatenated } from "./scores/reading.js";

const ROWS = 10;
const COLUMNS = 10;

/** What a run has to show: its codes one by one, ways between draws, and test pictures there and back. */
export async function panels(
  model: Model,
  config: RunConfig,
  { data }: Domains,
  baseline: Baseline | undefined,
): Promise<Panel[]> {
  const codes = codeNames(model.latent);
  const shown = model.latent.filter(({ name }) => codes.includes(name));
  const made: Panel[] = [];
  for (const part of shown) made.push(...(await codePanels(model, config, part, baseline)));
  if (shown.some(isWide)) made.push(await walks(model, config));
  if (model.spec.method.reconstruct !== undefined) {
    const title = "Test pictures there and back";
    made.push(await reconstructions(model, data.test, title));
    if (baseline !== undefined)
      made.push(await reconstructions(baseline.model, data.test, `${title} ${beside(baseline)}`));
  }
  return made;
}

const beside = ({ name, steps }: Baseline) => `in a ${name} (${steps} steps)`;

/** What one code does, rows at fixed noise; a categorical one also in the baseline, where that has it. */
async function codePanels(
  model: Model,
  config: RunConfig,
  part: LatentPart,
  baseline: Baseline | undefined,
): Promise<Panel[]> {
  if (isWide(part)) return [await dimensions(model, config, part)];
  const own = await codePanel(model, config, part, `${part.name} varied`);
  const comparable = baseline?.model.latent.some(({ name }) => name === part.name) === true;
  if (part.kind !== "categorical" || baseline === undefined || !comparable) return [own];
  const title = `${part.name} varied ${beside(baseline)}`;
  return [own, await codePanel(baseline.model, config, part, title)];
}

async function codePanel(model: Model, config: RunConfig, part: LatentPart, title: string): Promise<Panel> {
  const categorical = part.kind === "categorical";
  const { seed } = config.training;
  const base = baseLatents({ parts: model.latent, rows: ROWS, seed, spread: !categorical });
  const way = { columns: categorical ? part.size : COLUMNS, reach: usualReach(part) };
  const latents = traversal({ parts: model.latent, base, part: part.name, ...way });
  const images = await model.generate(latents);
  const values = traversalValues(part, way);
  const range = categorical ? "takes each of its values" : `runs from ${values[0]} to ${values.at(-1)}`;
  return {
    title,
    caption: `Along each row ${part.name} ${range} while everything else stays as it is.`,
    alt: `${ROWS} rows of generated pictures in which only ${part.name} changes from left to right`,
    columns: way.columns,
    png: grid({ images, shape: config.data.image, columns: way.columns }),
    ...(categorical && { columnLabels: values.map((value) => valueName(part, value, config)) }),
  };
}

/** What was taught as a class has that class's name. */
const valueName = ({ name }: LatentPart, value: number, { data: { classes } }: RunConfig): string =>
  (name === CLASS ? classes[value] : undefined) ?? String(value);

/** The first dimensions of a wide part, a row each, from the same draw. */
async function dimensions(model: Model, config: RunConfig, part: LatentPart): Promise<Panel> {
  const rows = Math.min(ROWS, part.size);
  const base = baseLatents({ parts: model.latent, rows: 1, seed: config.training.seed });
  const way = { parts: model.latent, base, part: part.name, columns: COLUMNS, reach: usualReach(part) };
  const images = await model.generate(dimensionTraversal({ ...way, rows }));
  return {
    title: `${part.name}, dimension by dimension`,
    caption: `In each row one of the first ${rows} of ${part.size} dimensions of ${part.name} runs through its range.`,
    alt: `${rows} rows of generated pictures in which one dimension of ${part.name} changes from left to right`,
    png: grid({ images, shape: config.data.image, columns: COLUMNS }),
    rowLabels: Array.from({ length: rows }, (_, index) => String(index)),
  };
}

async function walks(model: Model, config: RunConfig): Promise<Panel> {
  const width = latentWidth(model.latent);
  const ends = drawLatents(model.latent, 2 * ROWS, config.training.seed, "walks");
  const end = (i: number) => ends.subarray(i * width, (i + 1) * width);
  const ways = Array.from({ length: ROWS }, (_, row) =>
    interpolateParts(model.latent, end(2 * row), end(2 * row + 1), COLUMNS),
  );
  const images = await model.generate(concatenated(ways));
  const normal = model.latent.some(({ kind }) => kind === "normal");
  const sphere = normal ? ", normal parts along the sphere they lie on" : "";
  return {
    title: "From one draw to another",
    caption: `Along each row the latent vector goes from one draw to another${sphere}.`,
    alt: `${ROWS} rows of generated pictures that change step by step from the first to the last`,
    png: grid({ images, shape: config.data.image, columns: COLUMNS }),
  };
}

/** Test pictures in odd rows, and what the model makes of them below each. */
async function reconstructions(model: Model, test: Domains["data"]["test"], title: string): Promise<Panel> {
  const columns = Math.min(COLUMNS, test.size);
  const pairs = Math.min(ROWS / 2, Math.floor(test.size / columns)); // whole rows only
  const { images: originals } = readPictures(test, pairs * columns);
  const back = await model.reconstruct(originals);
  const row = originals.length / pairs;
  const rows = Array.from({ length: pairs }, (_, i) => [
    originals.subarray(i * row, (i + 1) * row),
    back.subarray(i * row, (i + 1) * row),
  ]);
  return {
    title,
    caption: "Rows in pairs: pictures the model was not trained on, and below each what it makes of them.",
    alt: `${counted(pairs, "pair")} of rows: test pictures, and their reconstructions below them`,
    columns,
    png: grid({ images: concatenated(rows.flat()), shape: test.image, columns }),
  };
}
