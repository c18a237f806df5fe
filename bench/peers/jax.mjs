// jax-js on its WebAssembly backend, each pass compiled by its jit.
import { blockUntilReady, grad, jit, lax, numpy as np } from "@jax-js/jax";
import { passes, shapesOf, sumOfSquares, valuesOf } from "../workloads/layers.mjs";
import { serveLayers } from "./serve.mjs";

const halve = (x, w) => lax.conv(x, w, [2, 2], [[1, 1], [1, 1]]); // prettier-ignore
const along = (x, w, d) => halve(x, w).mul(d).sum();

await serveLayers({ version: "" }, ({ layer }) => {
  const shapes = shapesOf(layer);
  const [x, w, d] = ["x", "w", "d"].map((name) =>
    np.array(valuesOf(name, shapes[name])).reshape(shapes[name]),
  );
  const compiled = {
    forward: jit((x, w) => halve(x, w)),
    input: jit((x, w, d) => grad((x) => along(x, w, d))(x)),
    weight: jit((x, w, d) => grad((w) => along(x, w, d))(w)),
  };
  return Object.fromEntries(
    Object.keys(passes).map((name) => {
      let y;
      const given = name === "forward" ? [x, w] : [x, w, d];
      const run = async () => {
        y?.dispose();
        // An array is used up by the function it is given to, unless a further reference is.
        y = compiled[name](...given.map((array) => array.ref));
        await blockUntilReady(y);
      };
      return [name, { run, value: async () => sumOfSquares(await y.ref.data()) }];
    }),
  );
});
