import { checkWhole } from "../check-whole.js";
import type { Dataset, DataSplits, Factor } from "./dataset.js";
import { drawn } from "./drawn.js";
import { drawFace } from "./face.js";
import type { AvatarFactors } from "./face.js";

/** Seed and picture size of `avatars`. */
export interface AvatarsOptions {
  /** Another seed, other faces. Default 1. */
  readonly seed?: number;
  /** Height and width in pixels, at least 16. Default 32. */
  readonly size?: number;
}

const hairStyles = ["bald", "short", "long", "curly", "bun"] as const;

/** Factors of `avatars`, in the order of `factorsOf`; the first is the class. Lengths: 1.75 is the width of a picture. */
export const avatarFactors = [
  { name: "hair", values: 5, names: hairStyles },
  { name: "hairColour", values: 5, names: ["black", "brown", "blond", "red", "grey"] },
  { name: "glasses", values: 2, names: ["without", "with"] },
  { name: "smile", range: [-0.6, 1] },
  { name: "skin", range: [0, 1] },
  { name: "turn", range: [-1, 1] },
  { name: "headWidth", range: [0.42, 0.54] },
  { name: "eyeDistance", range: [0.17, 0.24] },
  { name: "background", range: [0, 1] },
  { name: "clothes", range: [0, 1] },
] as const satisfies readonly (Factor & { readonly name: keyof AvatarFactors })[];

/** Size of the test part: as many as MNIST's, so that scores compare. */
const testSize = 10_000;

/**
 * Drawn faces of known attributes, RGB. Endless: picture i of a part is a function of (seed, part, i). `train` has size Infinity; `test`
 * is the first 10,000 pictures of another, unconnected sequence. Classes are the hair styles. Throws OptionError for a size below 16.
 */
export function avatars({ seed = 1, size = 32 }: AvatarsOptions = {}): DataSplits {
  checkWhole("avatars size", size, 16);
  return { train: part("train", Infinity, seed, size), test: part("test", testSize, seed, size) };
}

function part(name: "train" | "test", length: number, seed: number, side: number): Dataset {
  return drawn({
    name: "avatars",
    part: name,
    size: length,
    seed,
    image: { channels: 3, height: side, width: side },
    classes: hairStyles,
    factors: avatarFactors,
    preprocessing: `drawn ${side}x${side}, RGB`,
    draw: (values, random, out, start) => drawFace(named(values), random, side, out, start),
  });
}

/** Values in the order of `avatarFactors`, by their names. */
function named(values: readonly number[]): AvatarFactors {
  const [hair = 0, hairColour = 0, glasses = 0, smile = 0, skin = 0] = values;
  const [turn = 0, headWidth = 0, eyeDistance = 0, background = 0, clothes = 0] = values.slice(5);
  return { hair, hairColour, glasses, smile, skin, turn, headWidth, eyeDistance, background, clothes };
}
