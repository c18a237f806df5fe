import { expect, test } from "vitest";
import { evaluate } from "./cases/check.js";
import { gradientsOf, networks } from "./cases/networks.js";
import { reference, wave } from "./cases/reference.js";

interface Stored {
  readonly loss: number;
  /** Length of the gradient and its products with two waves. */
  readonly gradients: Readonly<Record<string, readonly [number, number, number]>>;
}
const stored = reference("networks") as Record<string, Stored>;

test("every stored network is tested", () => {
  expect(Object.keys(networks)).toEqual(Object.keys(stored));
});

// float32 against PyTorch in float64: 2e-5 of the gradient's length.
test.each(Object.keys(stored))("%s: loss and gradients", async (name) => {
  const known = stored[name]!;
  const network = networks[name]!();
  const gradients = gradientsOf(network);
  const { loss, ...found } = await evaluate({ loss: network.loss, ...prefixed(gradients) }, network.feeds);
  expect(Math.abs(loss!.values[0]! - known.loss)).toBeLessThan(1e-6 * Math.max(1, Math.abs(known.loss)));
  expect(Object.keys(gradients)).toEqual(Object.keys(known.gradients));
  for (const [parameter, [length, first, second]] of Object.entries(known.gradients)) {
    const { values } = found[`d.${parameter}`]!;
    const dot = (other: readonly number[]) => values.reduce((sum, v, i) => sum + v * other[i]!, 0);
    const norm = Math.sqrt(dot(values));
    const along = (seed: number) => dot(wave(values.length, seed));
    const tolerance = 2e-5 * length;
    expect(Math.abs(norm - length), `length of ${parameter}`).toBeLessThan(tolerance);
    expect(Math.abs(along(0.2) - first), `${parameter}, first wave`).toBeLessThan(tolerance);
    expect(Math.abs(along(1.7) - second), `${parameter}, second wave`).toBeLessThan(tolerance);
  }
});

const prefixed = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [`d.${name}`, value]));
