import fc from "fast-check";
import * as g from "../../../src/engine/ops/index.js";
import type { Shape } from "../../../src/engine/tensor.js";
import { type Nd, at, average, collect, indicesOf, reduce, spread, tabulate, total, zip } from "./arrays.js";
import { type Draw, type OpCase, opCase } from "./check.js";
import { int } from "./draws.js";

interface Window {
  readonly strides: number[];
  readonly dilations: number[];
  readonly pads: number[];
  readonly groups: number;
}
/** A convolution with all its sizes: x [B,C,...S], w [O,C/groups,...K], y [B,O,...S']. */
interface Setting {
  readonly x: number[];
  readonly w: number[];
  readonly y: number[];
  readonly window: Window;
}
const options = ({ strides, dilations, pads, groups }: Window): g.WindowOptions => ({
  stride: strides,
  dilation: dilations,
  padding: pads,
  groups,
});

const axis = fc.record({
  kernel: int(1, 3),
  stride: int(1, 3),
  dilation: int(1, 2),
  before: int(0, 2),
  after: int(0, 2),
  extra: int(0, 4),
});
/** One to three spatial axes, odd sizes, uneven padding, strides that do not divide, dilation, groups. */
const settings: fc.Arbitrary<Setting> = fc
  .record({
    axes: fc.oneof(
      { weight: 2, arbitrary: fc.array(axis, { minLength: 1, maxLength: 1 }) },
      { weight: 4, arbitrary: fc.array(axis, { minLength: 2, maxLength: 2 }) },
      {
        weight: 1,
        arbitrary: fc.array(
          axis.map((a) => ({ ...a, extra: a.extra % 2 })),
          { minLength: 3, maxLength: 3 },
        ),
      },
    ),
    batch: int(1, 3),
    groups: int(1, 3),
    inputs: int(1, 2),
    outputs: int(1, 2),
  })
  .map(({ axes, batch, groups, inputs, outputs }) => {
    const reach = axes.map((a) => a.dilation * (a.kernel - 1) + 1);
    const sizes = axes.map((a, i) => Math.max(1, reach[i]! - a.before - a.after) + a.extra);
    const found = axes.map((a, i) => Math.floor((sizes[i]! + a.before + a.after - reach[i]!) / a.stride) + 1);
    return {
      x: [batch, groups * inputs, ...sizes],
      w: [groups * outputs, inputs, ...axes.map((a) => a.kernel)],
      y: [batch, groups * outputs, ...found],
      window: {
        strides: axes.map((a) => a.stride),
        dilations: axes.map((a) => a.dilation),
        pads: [...axes.map((a) => a.before), ...axes.map((a) => a.after)],
        groups,
      },
    };
  });

/** Every meeting of an input, a weight and an output of a convolution, by its definition: y += x w. */
function* meetings({ x, w, y, window }: Setting): Generator<[number[], number[], number[]]> {
  const perGroup = y[1]! / window.groups;
  for (const out of indicesOf(y)) {
    for (const k of indicesOf(w.slice(1))) {
      const place = k
        .slice(1)
        .map((tap, i) => out[i + 2]! * window.strides[i]! - window.pads[i]! + tap * window.dilations[i]!);
      if (place.some((p, i) => p < 0 || p >= x[i + 2]!)) continue;
      yield [[out[0]!, Math.floor(out[1]! / perGroup) * w[1]! + k[0]!, ...place], [out[1]!, ...k], [...out]];
    }
  }
}
function* pairs<T>(s: Setting, f: (x: number[], w: number[], y: number[]) => T): Generator<T> {
  for (const [x, w, y] of meetings(s)) yield f(x, w, y);
}

const windowed = (shapes: (s: Setting) => readonly Shape[]) =>
  settings.map((a): Draw<Setting> => ({ inputs: shapes(a).map((s) => ({ shape: s })), a }));

interface Transposed {
  readonly setting: Setting;
  readonly outputPadding: number;
}
/** x is what a convolution of some window would have produced, enlarged by an output padding below the strides. */
const transposed = fc
  .tuple(settings, int(0, 2))
  .map(([s, more]): Draw<Transposed> => {
    const outputPadding = Math.min(more, ...s.window.strides.map((n) => n - 1));
    const rank = s.window.strides.length;
    const sizes = s.window.strides.map((stride, i) => {
      const reach = s.window.dilations[i]! * (s.w[i + 2]! - 1) + 1;
      return (
        stride * (s.y[i + 2]! - 1) + reach - s.window.pads[i]! - s.window.pads[i + rank]! + outputPadding
      );
    });
    const setting = { ...s, x: [...s.x.slice(0, 2), ...sizes] };
    return { inputs: [{ shape: s.y }, { shape: s.w }], a: { setting, outputPadding } };
  })
  .filter(({ a }) => a.setting.x.every((n) => n > 0));

interface Pooled {
  readonly size: number;
  readonly stride: number;
  readonly padding: number[];
}
const pooling = (domain: "any" | "distinct") =>
  fc
    .record({
      size: int(1, 3),
      stride: int(1, 3),
      lead: fc.tuple(int(1, 2), int(1, 2)),
      axes: fc.array(fc.record({ extra: int(0, 3), before: int(0, 1), after: int(0, 1) }), {
        minLength: 1,
        maxLength: 2,
      }),
    })
    .map(({ size, stride, lead, axes }): Draw<Pooled> => {
      const border = (n: number) => Math.min(n, size - 1);
      return {
        inputs: [{ shape: [...lead, ...axes.map((a) => size + a.extra)], domain }],
        a: {
          size,
          stride,
          padding: [...axes.map((a) => border(a.before)), ...axes.map((a) => border(a.after))],
        },
      };
    });
/** f of the values of each window, undefined where it reaches over the border. */
function pool(
  x: Nd,
  { size: k, stride, padding }: Pooled,
  f: (values: (number | undefined)[]) => number,
): Nd {
  const spatial = x.shape.slice(2);
  const out = spatial.map(
    (n, i) => Math.floor((n + padding[i]! + padding[i + spatial.length]! - k) / stride) + 1,
  );
  return tabulate([...x.shape.slice(0, 2), ...out], (index) =>
    f(
      indicesOf(spatial.map(() => k)).map((tap) => {
        const place = tap.map((t, i) => index[i + 2]! * stride - padding[i]! + t);
        return place.every((p, i) => p >= 0 && p < spatial[i]!)
          ? at(x, [...index.slice(0, 2), ...place])
          : undefined;
      }),
    ),
  );
}

/** Where pixel (row, column) of the result reads: the source pixels around it with their shares. */
function readings(maps: Nd, [batch, row, column]: [number, number, number], height: number, width: number) {
  const [x, y] = [(2 * column + 1) / width - 1, (2 * row + 1) / height - 1];
  const map = (axis: number) =>
    at(maps, [batch, axis, 0]) * x + at(maps, [batch, axis, 1]) * y + at(maps, [batch, axis, 2]);
  const [px, py] = [((map(0) + 1) * width - 1) / 2, ((map(1) + 1) * height - 1) / 2];
  const [left, above] = [Math.floor(px), Math.floor(py)];
  return [
    { at: [above, left], share: (above + 1 - py) * (left + 1 - px) },
    { at: [above, left + 1], share: (above + 1 - py) * (px - left) },
    { at: [above + 1, left], share: (py - above) * (left + 1 - px) },
    { at: [above + 1, left + 1], share: (py - above) * (px - left) },
  ] as const;
}
const pictures = fc.tuple(int(1, 3), int(1, 2), int(1, 5), int(1, 6)).map(([b, c, h, w]): Draw<null> => ({
  inputs: [{ shape: [b, c, h, w] }, { shape: [b, 2, 3], fixed: true }],
  a: null,
}));

interface Resized {
  readonly to: readonly [number, number];
  readonly mode: g.ResizeMode;
}

const POLYNOMIAL = { step: 1 };

export const spatial = {
  conv: opCase<Setting>({
    draw: windowed(({ x, w }) => [x, w]),
    build: ([x, w], { window }) => g.conv(x!, w!, options(window)),
    reference: ([x, w], s) =>
      collect(
        s.y,
        pairs(s, (i, j, k) => [k, at(x!, i) * at(w!, j)]),
      ),
    ...POLYNOMIAL,
  }),
  convInput: opCase<Setting>({
    draw: windowed(({ y, w }) => [y, w]),
    build: ([d, w], { x, window }) => g.convInput(d!, w!, { ...window, size: x.slice(2) }),
    reference: ([d, w], s) =>
      collect(
        s.x,
        pairs(s, (i, j, k) => [i, at(d!, k) * at(w!, j)]),
      ),
    ...POLYNOMIAL,
  }),
  convWeight: opCase<Setting>({
    draw: windowed(({ x, y }) => [x, y]),
    build: ([x, d], { w, window }) => g.convWeight(x!, d!, { ...window, kernel: w.slice(2) }),
    reference: ([x, d], s) =>
      collect(
        s.w,
        pairs(s, (i, j, k) => [j, at(x!, i) * at(d!, k)]),
      ),
    ...POLYNOMIAL,
  }),
  convTranspose: opCase<Transposed>({
    draw: transposed,
    build: ([x, w], { setting, outputPadding }) =>
      g.convTranspose(x!, w!, { ...options(setting.window), outputPadding }),
    reference: ([x, w], { setting }) =>
      collect(
        setting.x,
        pairs(setting, (i, j, k) => [i, at(x!, k) * at(w!, j)]),
      ),
    ...POLYNOMIAL,
  }),
  averagePool: opCase<Pooled>({
    draw: pooling("any"),
    build: ([x], { size, stride, padding }) => g.averagePool(x!, size, { stride, padding }),
    reference: ([x], a) => pool(x!, a, (values) => average(values.map((v) => v ?? 0))),
    ...POLYNOMIAL,
  }),
  maxPool: opCase<Pooled>({
    draw: pooling("distinct"),
    build: ([x], { size, stride, padding }) => g.maxPool(x!, size, { stride, padding }),
    reference: ([x], a) => pool(x!, a, (values) => Math.max(...values.map((v) => v ?? -Infinity))),
  }),
  batchNormalize: opCase<number>({
    // Two values per channel at least: with one, xhat is zero and so is every derivative.
    draw: fc
      .tuple(int(2, 4), int(1, 3), fc.array(int(1, 3), { maxLength: 2 }))
      .map(([b, c, s]) => ({ inputs: [{ shape: [b, c, ...s] }, { shape: [c] }, { shape: [c] }], a: 0.1 })),
    build: ([x, scale, shift], epsilon) => g.batchNormalize(x!, scale!, shift!, { epsilon }),
    reference: ([x, scale, shift], epsilon) => {
      const axes = [...x!.shape.keys()].filter((i) => i !== 1);
      const channel = (v: Nd): Nd => ({ ...v, shape: x!.shape.map((n, i) => (i === 1 ? n : 1)) });
      const [mean, variance] = [reduce(x!, axes, false, average), reduce(x!, axes, false, spread)];
      const y = zip(
        (v, m, s, a, b) => (a * (v - m)) / Math.sqrt(s + epsilon) + b,
        x!,
        ...[mean, variance, scale!, shift!].map(channel),
      );
      return [y, mean, variance];
    },
  }),
  affineSample: opCase<null>({
    draw: pictures,
    build: ([x, maps]) => g.affineSample(x!, maps!),
    reference: ([x, maps]) => {
      const [, , h, w] = x!.shape as [number, number, number, number];
      return tabulate(x!.shape, ([b, c, i, j]) =>
        total(readings(maps!, [b!, i!, j!], h, w).map((r) => r.share * at(x!, [b!, c!, ...r.at]))),
      );
    },
    ...POLYNOMIAL,
  }),
  affineSpread: opCase<null>({
    draw: pictures,
    build: ([d, maps]) => g.affineSpread(d!, maps!),
    reference: ([d, maps]) => {
      const [, , h, w] = d!.shape as [number, number, number, number];
      return collect(
        d!.shape,
        indicesOf(d!.shape).flatMap(([b, c, i, j]) =>
          readings(maps!, [b!, i!, j!], h, w).map(
            (r) => [[b!, c!, ...r.at], r.share * at(d!, [b!, c!, i!, j!])] as const,
          ),
        ),
      );
    },
    ...POLYNOMIAL,
  }),
  resize: opCase<Resized>({
    draw: fc
      .record({
        lead: fc.tuple(int(1, 2), int(1, 2)),
        from: fc.tuple(int(1, 5), int(1, 5)),
        to: fc.tuple(int(1, 7), int(1, 7)),
        mode: fc.constantFrom<g.ResizeMode>("nearest", "bilinear"),
      })
      .map(({ lead, from, to, mode }) => ({ inputs: [{ shape: [...lead, ...from] }], a: { to, mode } })),
    build: ([x], { to, mode }) => g.resize(x!, to, mode),
    reference: ([x], { to, mode }) => {
      const place = (i: number, axis: number) => ((i + 0.5) * x!.shape[axis + 2]!) / to[axis]! - 0.5;
      const inside = (p: number, axis: number) => Math.min(x!.shape[axis + 2]! - 1, Math.max(0, p));
      return tabulate([...x!.shape.slice(0, 2), ...to], ([b, c, i, j]) => {
        const [y, z] = [place(i!, 0), place(j!, 1)];
        // Half way between two pixels the later one is taken.
        if (mode === "nearest") return at(x!, [b!, c!, Math.floor(y + 0.5), Math.floor(z + 0.5)]);
        return total(
          [0, 1].flatMap((down) =>
            [0, 1].map((right) => {
              const [r, s] = [Math.floor(y) + down, Math.floor(z) + right];
              const share = (1 - Math.abs(y - r)) * (1 - Math.abs(z - s));
              return share * at(x!, [b!, c!, inside(r, 0), inside(s, 1)]);
            }),
          ),
        );
      });
    },
    ...POLYNOMIAL,
  }),
} satisfies Record<string, OpCase>;
