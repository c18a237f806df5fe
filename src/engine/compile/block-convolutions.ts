import { EngineError } from "../../errors.js";
import { convBlocked, convInputBlocked, convWeightBlocked, hasPhases } from "../ops/conv-blocked.js";
import { type Window, conv, convInput, convWeight } from "../ops/conv.js";
import { constant, fill } from "../ops/leaves.js";
import type { Host } from "../runtime/host.js";
import { type Attributes, type Op, type Shape, type Tensor, count, sizeOf } from "../tensor.js";
import { compile } from "./compile.js";
import { type Part, rebuild } from "./rebuild.js";

const dot = fill(0, [1, 1, 1]);
const window: Window = { strides: [1], dilations: [1], pads: [0, 0], groups: 1 };

/**
 * Convolutions and their two adjoints in ONNX Runtime's blocked layout, where their sizes divide evenly: entered and left at
 * each, which costs a tenth of what it saves.
 */
export function blockConvolutions(part: Part, block: number): Tensor[] {
  return rebuild(part, (node, current) => {
    const blocked = kinds.find(({ op }) => op === node.op);
    const [x, y] = node.inputs as readonly [Tensor, Tensor];
    if (
      blocked === undefined ||
      !isBlockable(x, node.attributes) ||
      !blocked.fits(x, y, node.attributes, block)
    )
      return undefined;
    return blocked.make(current(x), current(y), { ...node.attributes, block });
  });
}

/** What a blocked form is made with; each op reads its own. */
type Sizes = Window & { readonly size: Shape; readonly kernel: Shape };

interface Kind {
  readonly op: Op;
  readonly fits: (x: Tensor, y: Tensor, attributes: Attributes, block: number) => boolean;
  readonly make: (x: Tensor, y: Tensor, attributes: Attributes) => Tensor;
}
const even = (block: number, ...sizes: readonly (number | undefined)[]) =>
  sizes.every((size = 0) => size % block === 0);

const kinds: readonly Kind[] = [
  {
    op: conv(dot, dot).node.op,
    fits: (x, w, _, block) => even(block, x.shape[1], w.shape[0]),
    make: (x, w, a) => convBlocked(x, w, a as unknown as Sizes & { block: number }),
  },
  {
    op: convInput(dot, dot, { ...window, size: [1] }).node.op,
    fits: (d, w, a, block) =>
      even(block, d.shape[1], w.shape[1]) &&
      hasPhases(w.shape.slice(2), d.shape.slice(2), a as unknown as Sizes),
    make: (d, w, a) => convInputBlocked(d, w, a as unknown as Sizes & { block: number }),
  },
  {
    // Of few channels it would save less than turning the other factor takes.
    op: convWeight(dot, dot, { ...window, kernel: [1] }).node.op,
    fits: (x, d, _, block) => even(block, x.shape[0], d.shape[1]) && sizeOf(x, 1) >= block,
    make: (x, d, a) => convWeightBlocked(x, d, a as unknown as Sizes & { block: number }),
  },
];

const isBlockable = (x: Tensor, { groups }: Attributes): boolean => x.shape.length === 4 && groups === 1;

const known = new WeakMap<Host, Promise<number | undefined>>();

/** Channels in a block of this host's layout (16 with AVX-512, else 8), or undefined where it has none. */
export function blockSize(host: Host): Promise<number | undefined> {
  if (host.blocked !== true) return Promise.resolve(undefined);
  const size = known.get(host) ?? findBlockSize(host);
  known.set(host, size);
  return size;
}

/** ONNX Runtime does not tell the size: the right one is that with which the result is right. */
async function findBlockSize(host: Host): Promise<number | undefined> {
  const [x, w] = [waves([1, 16, 1, 1]), waves([16, 16, 1, 1])];
  const square: Window = { strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0], groups: 1 };
  for (const block of [16, 8]) {
    try {
      const f = await compile({ blocked: convBlocked(x, w, { ...square, block }), plain: conv(x, w) }, host);
      const { blocked, plain } = await f.run({});
      f.release();
      if (blocked.every((value, i) => Math.abs(value - (plain[i] ?? NaN)) < 1e-4)) return block;
    } catch (error) {
      if (error instanceof EngineError) return undefined; // without these ops
      throw error;
    }
  }
  return undefined;
}

function waves(shape: Shape): Tensor {
  return constant(
    Array.from({ length: count(shape) }, (_, i) => Math.sin(i)),
    shape,
  );
}
