/** Arrays in double precision and the few words in which references are written: by definition, slow, independent. */
export interface Nd {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}
type Index = readonly number[];

export const size = (shape: Index): number => shape.reduce((product, n) => product * n, 1);

export function indicesOf(shape: Index): Index[] {
  return shape.reduce<Index[]>(
    (list, n) => list.flatMap((head) => Array.from({ length: n }, (_, i) => [...head, i])),
    [[]],
  );
}

export function offset(shape: Index, index: Index): number {
  return shape.reduce((sum, n, axis) => sum * n + index[axis]!, 0);
}

export const tabulate = (shape: Index, f: (index: Index) => number): Nd => ({
  shape,
  values: indicesOf(shape).map(f),
});
export const map = (x: Nd, f: (value: number) => number): Nd => ({ ...x, values: x.values.map((v) => f(v)) });
export const scalar = (value: number): Nd => ({ shape: [], values: [value] });

/** Zero outside. */
export function at(x: Nd, index: Index): number {
  return index.some((i, axis) => i < 0 || i >= x.shape[axis]!) ? 0 : x.values[offset(x.shape, index)]!;
}

/** Value of x where it stands for `index` of a shape it broadcasts to. */
export function broadcastAt(x: Nd, index: Index): number {
  const own = index.slice(index.length - x.shape.length);
  return at(
    x,
    own.map((i, axis) => (x.shape[axis] === 1 ? 0 : i)),
  );
}

export function zip(f: (...values: number[]) => number, ...xs: readonly Nd[]): Nd {
  const rank = Math.max(...xs.map((x) => x.shape.length));
  const shape = Array.from({ length: rank }, (_, axis) =>
    Math.max(...xs.map((x) => x.shape[axis - rank + x.shape.length] ?? 1)),
  );
  return tabulate(shape, (index) => f(...xs.map((x) => broadcastAt(x, index))));
}

/** f of all values along some axes; those axes leave, or stay with size 1. */
export function reduce(
  x: Nd,
  axes: readonly number[] | undefined,
  keep: boolean,
  f: (values: number[]) => number,
): Nd {
  const gone = (axes ?? [...x.shape.keys()]).map((axis) => (axis < 0 ? axis + x.shape.length : axis));
  const groups = new Map<string, number[]>();
  for (const index of indicesOf(x.shape)) {
    const key = index.map((i, axis) => (gone.includes(axis) ? 0 : i)).join();
    groups.set(key, [...(groups.get(key) ?? []), at(x, index)]);
  }
  const kept = x.shape.map((n, axis) => (gone.includes(axis) ? 1 : n));
  const values = indicesOf(kept).map((index) => f(groups.get(index.join()) ?? []));
  return { shape: keep ? kept : kept.filter((_, axis) => !gone.includes(axis)), values };
}

export const total = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0);
export const average = (values: readonly number[]) => total(values) / values.length;
export const spread = (values: readonly number[]) => average(values.map((v) => (v - average(values)) ** 2));

/** Adds up `[index, value]` pairs; those outside are dropped. */
export function collect(shape: Index, pairs: Iterable<readonly [Index, number]>): Nd {
  const values = Array.from({ length: size(shape) }, () => 0);
  for (const [index, value] of pairs) {
    if (index.every((i, axis) => i >= 0 && i < shape[axis]!)) values[offset(shape, index)]! += value;
  }
  return { shape, values };
}

/** Abramowitz & Stegun 7.1.5 for small |x|, a continued fraction (7.1.14) for large: double precision. */
export function erf(x: number): number {
  if (Math.abs(x) > 3) {
    let fraction = 0;
    for (let k = 80; k > 0; k--) fraction = k / 2 / (Math.abs(x) + fraction);
    return Math.sign(x) * (1 - Math.exp(-x * x) / ((Math.abs(x) + fraction) * Math.sqrt(Math.PI)));
  }
  let sum = 0;
  for (let n = 0, term = x; n < 80; n++) {
    sum += term / (2 * n + 1);
    term *= (-x * x) / (n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}
