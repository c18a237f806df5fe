import { type Dataset, readPictures } from "../../data/index.js";
import { OptionError } from "../../errors.js";
import { type Gaussian, type Matrix, frechetDistance, frechetFloor, gaussian } from "../../evaluate/index.js";
import { hostRandom } from "../../engine/random.js";
import { CLASS, drawLatents, latentWidth } from "../../methods/index.js";
import type { Model } from "../../train/index.js";
import { cannot } from "../../train/model.js";
import { likeliest } from "./codes.js";
import type { Measured } from "./measured.js";

const PICTURES = 10_000;
/** Generating, judging that, and judging pictures there and back. */
const STAGES = 3;
/** The feature of a classifier that distances are taken in. */
const HIDDEN = "hidden";

/**
 * What an independent classifier of the same data says of a model's pictures: the Frechet distance of its hidden features between
 * them and test pictures, how often a picture is of the class it was asked for, and how often a picture there and back stays in its
 * class. Throws OptionError where nothing is generated, the judge names no classes, or reads pictures of another shape.
 */
export async function judgedScores(
  { model, domains, seed }: Pick<Measured, "model" | "domains" | "seed">,
  judge: Model,
  progress: (done: number, total: number) => void = () => {},
): Promise<Record<string, number>> {
  checkJudged(model);
  checkJudge(model, judge);
  const { test } = domains.data;
  const numbers: Record<string, number> = {};
  progress(0, STAGES);
  if (model.latent.length > 0) {
    const latents = drawLatents(model.latent, Math.min(PICTURES, test.size), seed, "judged");
    const pictures = await model.generate(latents);
    progress(1, STAGES);
    Object.assign(
      numbers,
      await distances(pictures, test, judge, seed),
      await drawnRight(model, latents, pictures, judge),
    );
  }
  progress(2, STAGES);
  if (model.spec.method.reconstruct !== undefined) {
    const { images } = readPictures(test, PICTURES);
    const [before, after] = [await named(judge, images), await named(judge, await model.reconstruct(images))];
    numbers["class_kept"] = share(before, (name, i) => name === after[i]);
  }
  progress(STAGES, STAGES);
  return numbers;
}

function checkJudged({ latent, spec }: Model): void {
  if (latent.length > 0 || spec.method.reconstruct !== undefined) return;
  throw cannot(spec, "generates or reconstructs pictures", ["generate", "reconstruct"]);
}

function checkJudge({ spec: { data } }: Model, { spec }: Model): void {
  const shape = ({ channels, height, width }: typeof data.image) => `${channels}x${height}x${width}`;
  if (spec.method.classify !== undefined && shape(spec.data.image) === shape(data.image)) return;
  throw new OptionError({
    where: "judge",
    expected: `a run that names classes of pictures of ${shape(data.image)}`,
    received: `${spec.method.name} on ${shape(spec.data.image)}`,
    hint: "Train one on the same data: ganymede train classifier --data ...",
  });
}

/** A covariance needs two. */
const FEWEST = 2;

/** Between generated and test pictures, and between two halves of the test pictures, as many on every side; none of too few. */
async function distances(pictures: Float32Array, test: Dataset, judge: Model, seed: number) {
  const real = await hidden(judge, readPictures(test, PICTURES).images);
  const made = await hidden(judge, pictures);
  const n = Math.floor(Math.min(real.n, made.n) / 2);
  if (n < FEWEST) return {};
  const first = ({ data, width }: Matrix): Gaussian => gaussian({ data: data.slice(0, n * width), width, n });
  return {
    [`frechet_distance_${n}`]: frechetDistance(first(made), first(real)).value,
    [`frechet_floor_${n}`]: frechetFloor(real, hostRandom(seed, "frechet floor").uniform, n).value,
  };
}

async function hidden(judge: Model, pictures: Float32Array): Promise<Matrix> {
  const { data, width } = (await judge.features(pictures))[HIDDEN] ?? { data: new Float32Array(), width: 1 };
  return { data, width, n: data.length / width };
}

/** Where the latent vector has a class: how often the judge sees that class in what is drawn. */
async function drawnRight(model: Model, latents: Float32Array, pictures: Float32Array, judge: Model) {
  const width = latentWidth(model.latent);
  let start = 0;
  for (const { name, size } of model.latent) {
    if (name === CLASS) {
      const asked = Float32Array.from({ length: (latents.length / width) * size }, (_, i) => {
        const row = Math.floor(i / size);
        return latents[row * width + start + (i % size)] ?? 0;
      });
      const wanted = likeliest({ data: asked, width: size });
      const seen = await named(judge, pictures);
      return { class_accuracy: share(wanted, (label, i) => label === seen[i]) };
    }
    start += size;
  }
  return {};
}

async function named(judge: Model, pictures: Float32Array): Promise<Int32Array> {
  const found = (await judge.features(pictures))[CLASS];
  return found === undefined ? new Int32Array() : likeliest(found);
}

const share = (values: Int32Array, holds: (value: number, i: number) => boolean): number =>
  values.filter((value, i) => holds(value, i)).length / values.length;
