import { compileProgram, placeholder } from "../../dist/index.js";
import { fillNetwork, noise } from "../numbers.mjs";

/** Inputs of a step that never change: numbers of their name in [low, high), or classes 0, 1, 2, ... in turn. */
export class FixedFeeds {
  feeds = [];

  uniform = (name, shape, low = -1, high = 1) => {
    const values = noise(
      new Float32Array(shape.reduce((a, b) => a * b, 1)),
      name,
      (high - low) / 2,
      (high + low) / 2,
    );
    return this.add(placeholder(name, shape), values);
  };

  categorical = (name, shape, classes) => {
    const values = BigInt64Array.from({ length: shape[0] }, (_, i) => BigInt(i % classes));
    return this.add(placeholder(name, shape, "int64"), values);
  };

  add(tensor, values) {
    this.feeds.push({ tensor, fill: ({ view }) => view.set(values) });
    return tensor;
  }
}

/** A compiled step with the common initial weights; `read` takes the losses of its updates from what a step gives. */
export async function programOf({ updates, feeds, host }) {
  const program = await compileProgram({ updates, feeds, host, seed: 1 });
  for (const [name, values] of program.state) if (!name.startsWith("rule/")) fillNetwork(values, name);
  let count = 0;
  return {
    step: () => program.step(count++, 0),
    read: (logged) => updates.map(({ name }) => logged[name]),
    release: () => program.release(),
  };
}
