/** Numbers in [-1, 1) that look random: a function of a name and a place, the same bits in JavaScript and in peers/torch_peer.py. */
function at(seed, i) {
  let h = (Math.imul(i, 0x9e3779b1) + seed) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 8) / 2 ** 23 - 1;
}

/** FNV-1a of the name. */
const seedOf = (name) => [...name].reduce((h, c) => Math.imul(h ^ c.charCodeAt(0), 0x01000193), 0x811c9dc5);

/** Fills an array with centre + spread times the numbers of a name. */
export function noise(target, name, spread = 1, centre = 0) {
  const seed = seedOf(name);
  for (let i = 0; i < target.length; i++) target[i] = centre + spread * at(seed, i);
  return target;
}

/** As DCGAN starts: weights of deviation 0.02, scales around 1, everything else around 0. */
const SPREAD = 0.02 * Math.sqrt(3);
export function fillNetwork(values, name) {
  const part = name.split(".").at(-1);
  if (part === "mean") values.fill(0);
  else if (part === "variance") values.fill(1);
  else noise(values, name, SPREAD, part === "scale" ? 1 : 0);
}
