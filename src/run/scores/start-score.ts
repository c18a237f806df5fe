import { type Dataset, readPictures } from "../../data/index.js";
import { codeEntropy, nearestNeighbours, neighbourAgreement, pool2 } from "../../evaluate/index.js";
import { CLASS, type DataShape, type Method, hasEncoder } from "../../methods/index.js";
import type { Model } from "../../train/index.js";
import { categoricalCode, informationOf, likeliest } from "./codes.js";
import type { Domains } from "./measured.js";

const NEIGHBOURS = 5;
/** Most pictures whose neighbours are looked for; of 28x28 pixels, pooled, that takes about a second. */
const MOST_PICTURES = 4000;
/** The work of that; of larger pictures there are as many as do not exceed it. */
const NEIGHBOUR_WORK = MOST_PICTURES ** 2 * 14 ** 2;
/** Pictures that a classifier's certainty is measured on. */
const CERTAINTY_PICTURES = 2000;

/** Whether a latent vector has a categorical part does not depend on the pictures. */
const ANY_DATA: DataShape = { image: { channels: 1, height: 32, width: 32 }, classes: 2 };

/** Whether `labelFreeScore` can tell starts apart: of methods that name classes, or find some of their own. */
export function startsCompare(method: Method, options: object): boolean {
  const parts = method.latent?.(options, ANY_DATA) ?? [];
  const found = parts.some(({ kind, name }) => kind === "categorical" && name !== CLASS);
  return hasEncoder(method, options) && (method.classify !== undefined || found);
}

/**
 * A judge of starts that needs no labels. Of a method that names known classes: how much its answers tell of the pictures, those
 * of the target where there is one. Of a method that finds classes: whether similar pictures get the same.
 */
export function labelFreeScore({
  data,
  target,
}: Pick<Domains, "data" | "target">): (model: Model) => Promise<number> {
  const agreement = agreementOfNeighbours(data.train);
  const information = informationOfClasses((target ?? data).train);
  return (model) => (model.spec.method.classify === undefined ? agreement(model) : information(model));
}

/** How much its classes tell of the first training pictures. */
function informationOfClasses(train: Dataset): (model: Model) => Promise<number> {
  return async (model) => {
    const { images } = readPictures(train, CERTAINTY_PICTURES);
    const found = (await model.features(images))[CLASS];
    return found === undefined ? 0 : informationOf(found);
  };
}

/**
 * How often the nearest neighbours of a training picture get the same code, times how evenly the codes are used (one code for
 * everything would agree with itself).
 */
function agreementOfNeighbours(train: Dataset): (model: Model) => Promise<number> {
  const { channels, height, width } = train.image;
  const pooledWidth = channels * Math.floor(height / 2) * Math.floor(width / 2);
  const rows = Math.floor(Math.min(MOST_PICTURES, Math.sqrt(NEIGHBOUR_WORK / pooledWidth)));
  const { images } = readPictures(train, rows);
  let neighbours: Uint32Array | undefined;
  return async (model) => {
    const features = await model.features(images);
    const code = categoricalCode(model, features);
    if (code === undefined) return 0;
    const n = code.data.length / code.width;
    const k = Math.min(NEIGHBOURS, n - 1);
    if (k < 1) return 0;
    neighbours ??= nearestNeighbours(pool2(images, train.image), k);
    const { balance } = codeEntropy({ data: code.data, n, width: code.width });
    return neighbourAgreement(neighbours, likeliest(code), k) * balance;
  };
}
