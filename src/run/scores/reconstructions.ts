import { readPictures } from "../../data/index.js";
import { meanSquaredError, sharpness } from "../../evaluate/index.js";
import { drawLatents, latentWidth } from "../../methods/index.js";
import type { Model } from "../../train/index.js";
import type { Measured, Scores } from "./measured.js";

const PICTURES = 1000;

/** How far pictures come back from where they went, and latent vectors. */
export async function reconstructionScores({ model, domains, seed }: Measured): Promise<Scores> {
  if (model.spec.method.reconstruct === undefined) return { numbers: {} };
  const { image } = model.spec.data;
  const { images } = readPictures(domains.data.test, PICTURES);
  const back = await model.reconstruct(images);
  return {
    numbers: {
      reconstruction_error: meanSquaredError(images, back),
      sharpness: sharpness(back, image),
      ...(await latentError(model, seed)),
      /** What a model that ignores its input would reach: of each picture, the reconstruction of another. */
      reconstruction_error_of_others: meanSquaredError(images, turnedBy(back, image)),
      sharpness_of_data: sharpness(images, image),
    },
  };
}

/** Pictures moved on by one. */
function turnedBy(pictures: Float32Array, image: Model["spec"]["data"]["image"]): Float32Array {
  const size = image.channels * image.height * image.width;
  const turned = new Float32Array(pictures.length);
  turned.set(pictures.subarray(size));
  turned.set(pictures.subarray(0, size), pictures.length - size);
  return turned;
}

/** Mean squared difference of latent vectors, where the encoder estimates them, and what it says of the pictures made of them. */
async function latentError(model: Model, seed: number): Promise<Record<string, number>> {
  const latents = drawLatents(model.latent, PICTURES, seed, "latent error");
  const features = await model.features(await model.generate(latents));
  const width = latentWidth(model.latent);
  let [sum, count, start] = [0, 0, 0];
  for (const { name, size } of model.latent) {
    const found = features[name];
    if (found?.width === size) {
      for (let row = 0; row < PICTURES; row++)
        for (let i = 0; i < size; i++)
          sum += ((latents[row * width + start + i] ?? 0) - (found.data[row * size + i] ?? 0)) ** 2;
      count += PICTURES * size;
    }
    start += size;
  }
  return count === 0 ? {} : { latent_error: sum / count };
}
