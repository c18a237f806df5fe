import { hostRandom } from "../engine/random.js";
import type { HostRandom } from "../engine/random.js";
import type { Photo, PhotoSource } from "./blend.js";

/** Seed of `textures`, and what patches are to be cut from them. */
export interface TextureOptions {
  /** Another seed, other textures. Default 1. */
  readonly seed?: number;
  /** Height and width of a patch, in pixels. Default 28. */
  readonly patch?: number;
}

/** Height and width of a texture are three times those of a patch, and no less than this. */
const smallestSide = 96;

/** Textures of a part. */
const counts = { train: 256, test: 64 };

type Colour = readonly [r: number, g: number, b: number];

/** A value in about [0,1] at each place; x and y in [0,1]. */
type Field = (x: number, y: number) => number;

/**
 * Coloured textures drawn by code, where there are no photos: clouds, stripes, blobs and slopes of three to five colours,
 * roughened at several scales. 256 to train on, 64 others to test on, functions of (seed, part, number), three times as wide as a patch. Each is made when it
 * is first asked for, in a few milliseconds, and kept.
 */
export function textures(part: "train" | "test", { seed = 1, patch = 28 }: TextureOptions = {}): PhotoSource {
  const side = Math.max(smallestSide, 3 * patch);
  const made = new Map<number, Photo>();
  const photo = (index: number): Photo => {
    const known = made.get(index) ?? drawTexture(hostRandom(seed, `texture ${part} ${index}`), side);
    made.set(index, known);
    return known;
  };
  return {
    count: counts[part],
    photo,
    fingerprint: `textures ${part} ${seed} ${side}`,
    about: "textures drawn by code",
  };
}

function drawTexture(random: HostRandom, side: number): Photo {
  const shade = ramp(random);
  const field = fields[random.integer(fields.length)]?.(random) ?? clouds(random);
  const grain = noise(random, 32);
  const light = noise(random, 3);
  const [roughness, depth] = [0.1 + 0.35 * random.uniform(), 0.2 + 0.5 * random.uniform()];
  const pixels = new Uint8Array(3 * side * side);
  for (let at = 0, row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const [x, y] = [column / side, row / side];
      const brightness = 1 + roughness * (grain(x, y) - 0.5) + depth * (light(x, y) - 0.5);
      for (const value of shade(field(x, y)))
        pixels[at++] = 255 * Math.min(1, Math.max(0, brightness * value));
    }
  }
  return { width: side, height: side, pixels };
}

const fields: readonly ((random: HostRandom) => Field)[] = [clouds, stripes, blobs, slope];

/** Noise at four scales, each half as strong as the one before. */
function clouds(random: HostRandom): Field {
  const coarsest = 2 + random.integer(4);
  const octaves = [1, 2, 4, 8].map((factor) => noise(random, coarsest * factor));
  return (x, y) => octaves.reduce((sum, octave, i) => sum + (octave(x, y) - 0.5) / 2 ** i, 0.5);
}

/** Waves in one direction, bent by noise. */
function stripes(random: HostRandom): Field {
  const angle = Math.PI * random.uniform();
  const waves = 2 * Math.PI * (2 + 6 * random.uniform());
  const [cos, sin] = [waves * Math.cos(angle), waves * Math.sin(angle)];
  const bend = noise(random, 4);
  const bending = 8 * random.uniform();
  return (x, y) => 0.5 + 0.5 * Math.sin(cos * x + sin * y + bending * bend(x, y));
}

/** Discs over each other, each of its own value, with edges that noise has eaten at. */
function blobs(random: HostRandom): Field {
  const discs = Array.from({ length: 12 + random.integer(20) }, () => ({
    x: random.uniform(),
    y: random.uniform(),
    radius: 0.05 + 0.2 * random.uniform() ** 2,
    value: random.uniform(),
  }));
  const edge = noise(random, 12);
  return (x, y) => {
    const ragged = 0.08 * (edge(x, y) - 0.5);
    return discs.findLast((disc) => Math.hypot(x - disc.x, y - disc.y) + ragged < disc.radius)?.value ?? 0;
  };
}

/** From one side to the other, with clouds before it. */
function slope(random: HostRandom): Field {
  const angle = 2 * Math.PI * random.uniform();
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const before = clouds(random);
  return (x, y) => 0.5 + 0.6 * ((x - 0.5) * cos + (y - 0.5) * sin) + 0.4 * (before(x, y) - 0.5);
}

/** Values of a random lattice of `cells` x `cells`, which repeats, joined smoothly (value noise). In [0,1). */
function noise(random: HostRandom, cells: number): Field {
  const lattice = Float64Array.from({ length: cells * cells }, () => random.uniform());
  return (x, y) => {
    const [u, v] = [x * cells, y * cells];
    const [left, top] = [Math.floor(u), Math.floor(v)];
    const [s, t] = [smooth(u - left), smooth(v - top)];
    const upper = (top % cells) * cells;
    const lower = ((top + 1) % cells) * cells;
    const [near, far] = [left % cells, (left + 1) % cells];
    const above = mix(lattice[upper + near] ?? 0, lattice[upper + far] ?? 0, s);
    const below = mix(lattice[lower + near] ?? 0, lattice[lower + far] ?? 0, s);
    return mix(above, below, t);
  };
}

const smooth = (t: number): number => t * t * (3 - 2 * t);
const mix = (a: number, b: number, t: number): number => a + t * (b - a);

/** Three to five colours, and what lies between neighbours. */
function ramp(random: HostRandom): (value: number) => Colour {
  const colours = Array.from({ length: 3 + random.integer(3) }, (): Colour => {
    const [light, colourful] = [random.uniform(), 0.6 * random.uniform()];
    const channel = () => mix(light, random.uniform(), colourful);
    return [channel(), channel(), channel()];
  });
  const last = colours.length - 1;
  return (value) => {
    const place = last * Math.min(0.9999, Math.max(0, value));
    const [a, b] = [colours[Math.floor(place)] ?? black, colours[Math.floor(place) + 1] ?? black];
    const t = place % 1;
    return [mix(a[0], b[0], t), mix(a[1], b[1], t), mix(a[2], b[2], t)];
  };
}

const black: Colour = [0, 0, 0];
