import { DataError } from "../errors.js";
import type { DataSplits, Dataset } from "./dataset.js";

/**
 * Both parts of a set as one, the training pictures first: for sets that are nothing but test pictures. Throws DataError for an
 * endless set.
 */
export function joined({ train, test }: DataSplits): Dataset {
  if (train.size === Infinity) {
    throw new DataError({
      where: train.name,
      expected: "a set with an end, to be read whole",
      received: "an endless one",
    });
  }
  const pixels = train.image.channels * train.image.height * train.image.width;
  const at = <T>(index: number, read: (part: Dataset, own: number) => T): T =>
    index < train.size ? read(train, index) : read(test, index - train.size);
  return {
    name: train.name,
    image: train.image,
    size: train.size + test.size,
    ...(train.classes && { classes: train.classes }),
    fingerprint: `${train.fingerprint}+${test.fingerprint}`,
    preprocessing: train.preprocessing,
    label: (index) => at(index, (part, own) => part.label(own)),
    read: (indices, out) => {
      for (const [i, index] of Array.from(indices).entries())
        at(index, (part, own) => part.read([own], out.subarray(i * pixels, (i + 1) * pixels)));
    },
  };
}
