import { Peer } from "./peer.mjs";
import { inRounds } from "./rounds.mjs";
import { passes } from "./workloads/layers.mjs";

const engines = { "TensorFlow.js (wasm)": "tfjs", "jax-js (wasm)": "jax" };
const script = (name) => new URL(`./peers/${name}.mjs`, import.meta.url).pathname;
const TOLERANCE = 1e-3;

/** Times each direction of a convolution layer, ours and the engines' that are installed and have it. */
export async function measureLayer(layer, { threads, rounds, note }) {
  const sides = [
    { name: "ganymede", key: "ours", peer: new Peer(process.execPath, [script("ours-layers")]) },
  ];
  for (const [name, key] of Object.entries(engines))
    sides.push({ name, key, peer: new Peer(process.execPath, [script(key)]) });
  try {
    const present = [];
    for (const side of sides) {
      try {
        const { passes } = await side.peer.ask({ op: "prepare", layer, threads });
        present.push({ ...side, passes });
      } catch (error) {
        if (side.key === "ours") throw error;
        const missing = /Cannot find package/.test(error.message);
        const why = missing ? "not installed (npm install --prefix bench)" : error.message.split("\n")[0];
        note(`${side.name} left out: ${why}`);
      }
    }
    const found = {};
    for (const [form, about] of Object.entries(passes))
      found[form] = await measurePass({ form, about }, present, { rounds, note });
    return { passes: found };
  } finally {
    for (const { peer } of sides) peer.close();
  }
}

async function measurePass({ form, about }, present, { rounds, note }) {
  const sides = [];
  let expected;
  for (const side of present) {
    if (!side.passes.includes(form)) {
      note(`${side.name} has no ${about}`);
      continue;
    }
    const { value } = await side.peer.ask({ op: "value", form });
    expected ??= value;
    if (Math.abs(value / expected - 1) < TOLERANCE) sides.push({ ...side, form });
    else note(`${side.name} left out of the ${about}: its result has square ${value}, ours ${expected}`);
  }
  const [own, ...others] = await inRounds(sides, rounds);
  return { about, ms: own.ms, others };
}
