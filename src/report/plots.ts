import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { formatNumber } from "./format.js";
import { html } from "./html.js";

/** [step, value], or a place [x, y]. */
export type Point = readonly [number, number];

/** One line of a chart. */
export interface Series {
  readonly name: string;
  /** By rising step. */
  readonly points: readonly Point[];
}

/** Values over the steps of a training. */
export interface Curves {
  readonly title: string;
  /** Of the values, as written on the axis: "nats", "images/s". */
  readonly unit?: string;
  readonly series: readonly Series[];
}

/** How often each code, or each class that was named, fell together with each class. */
export interface ConfusionTable {
  /** What a row is: "code" by default, "named" where classes were named. */
  readonly rowsAre?: "code" | "named";
  /** What is counted, such as "target pictures"; by default "pictures". */
  readonly pictures?: string;
  /** Names of the codes, or of the classes. */
  readonly rows: readonly string[];
  /** Names of the classes. */
  readonly columns: readonly string[];
  /** `counts[row][column]`. */
  readonly counts: readonly (readonly number[])[];
  /** The column that each row stands for (-1: none). Rows are put in its order, so that agreement is the diagonal. */
  readonly matching?: readonly number[];
}

/** Places in the plane, in groups. */
export interface Scatter {
  readonly title: string;
  /** How it is to be read. */
  readonly caption: string;
  readonly groups: readonly Group[];
}

/** Places that belong together. */
export interface Group {
  readonly name: string;
  readonly points: readonly Point[];
  /** Set for those that belong to no group: drawn grey, under the others. */
  readonly rest?: true;
}

/** Okabe and Ito's colours, told apart by colour-blind readers; a page may set others for a dark ground. */
const palette = ["#0072b2", "#d55e00", "#009e73", "#b5609a", "#8a6d00", "#3a8fc4"];
const mostPoints = 400;
/** Below this many points a line is drawn as it is. */
const fewPoints = 60;

/** CSS colour of the `index`-th series of a chart, for its line and its legend. */
export function seriesColour(index: number): string {
  const place = index % palette.length;
  return `var(--series-${place + 1}, ${palette[place]})`;
}

/**
 * A chart as an SVG string: each series as a line of at most 400 points. A long one is drawn faintly as it is and, over
 * that, as a running mean over a twentieth of its points. The legend is the page's.
 */
export function curves({ title, unit, series }: Curves): string {
  const { label, domain } = yScale(series, unit);
  return draw(`${title}: ${series.map(({ name }) => name).join(", ")} over the steps of the training`, {
    width: 420,
    height: 250,
    marginTop: 24,
    marginLeft: 50,
    marginBottom: 36,
    x: { label: "step", labelArrow: "none", ticks: 5 },
    y: { label, labelArrow: "none", ticks: 5, nice: 5, ...(domain && { domain }) },
    marks: [
      Plot.gridY({ ticks: 5, strokeOpacity: 0.12 }),
      series.map((one, index) => lines(within(domain, one), index)),
    ],
  });
}

/**
 * The range that is drawn. A constant has none of its own. Where a few values would leave no room for the others, as a loss that jumps
 * in the first steps, they are cut off and counted at the axis.
 */
function yScale(
  series: readonly Series[],
  unit: string | undefined,
): { label: string | null; domain?: Range } {
  const label = unit ?? null;
  const values = series.flatMap(({ points }) => points.map(([, value]) => value)).filter(Number.isFinite);
  const sorted = Float64Array.from(values).toSorted();
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  const [least, low, high, most] = [at(0), at(RARE), at(1 - RARE), at(1)];
  if (least === most && sorted.length > 0) {
    const room = Math.abs(least) || 1;
    return { label, domain: [least - room, least + room] };
  }
  const reach = high - low;
  if (reach === 0 || most - least <= FAR * reach) return { label };
  const domain: Range = [Math.max(least, low - reach / 2), Math.min(most, high + reach / 2)];
  const outside = values.filter((value) => value < domain[0] || value > domain[1]).length;
  const counted = `outside: ${outside} of ${formatNumber(values.length)} values`;
  return { label: unit === undefined ? counted : `${unit}; ${counted}`, domain };
}

type Range = readonly [least: number, most: number];

/** What lies outside is drawn at the edge, and so moves the running mean by little. */
function within(domain: Range | undefined, { name, points }: Series): Series {
  if (domain === undefined) return { name, points };
  const [least, most] = domain;
  return { name, points: points.map(([step, value]) => [step, Math.min(Math.max(value, least), most)]) };
}

/** Share of the values at either end that may lie far off. */
const RARE = 0.01;
/** How many times as far as the others they must reach to be. */
const FAR = 20;

function lines({ name, points }: Series, index: number): Plot.Line[] {
  const kept = thin(points);
  // As functions: a bare string would be read as the name of a column.
  const stroke = { stroke: seriesColour(index), title: () => name };
  const bold = { ...stroke, strokeWidth: 1.75 };
  if (kept.length < fewPoints) return [Plot.line(kept, bold)];
  const mean = Plot.windowY(
    { k: Math.floor(kept.length / 20), reduce: "mean" },
    { ...bold, x: ([step]: Point) => step, y: ([, value]: Point) => value },
  );
  return [Plot.line(kept, { ...stroke, strokeWidth: 1, strokeOpacity: 0.25 }), Plot.line(kept, mean)];
}

/** At most 400 of the finite points, evenly spread, the first and the last among them. */
function thin(points: readonly Point[]): readonly Point[] {
  const finite = points.filter((point) => point.every(Number.isFinite));
  if (finite.length <= mostPoints) return finite;
  const place = (index: number): number => Math.floor((index * (mostPoints - 1)) / (finite.length - 1));
  return finite.filter((_, index) => place(index) > place(index - 1));
}

/** CSS colours of groups: those of series where there are few, else evenly round the circle of hues; grey for the rest. */
export function groupColours(groups: readonly Group[]): string[] {
  const count = groups.filter(({ rest }) => !rest).length;
  return groups.map(({ rest }, i) => {
    if (rest) return "var(--quiet, #888)";
    return count <= palette.length ? seriesColour(i) : `hsl(${Math.round((360 * i) / count)} 65% 50%)`;
  });
}

/**
 * Groups of places as an SVG string, each group's name at its middle, or beside it where names would meet. Axes mean nothing and
 * are left out. The legend is the page's.
 */
export function scatter({ title, groups }: Omit<Scatter, "caption">): string {
  const colours = groupColours(groups);
  const coloured = groups.map((group, i) => ({ ...group, colour: colours[i] }));
  const drawn = coloured.toSorted((one, other) => Number(other.rest ?? false) - Number(one.rest ?? false));
  const named = groups.length <= 2 ? [] : groups.filter(({ points, rest }) => points.length > 0 && !rest);
  const all = groups.flatMap(({ points }) => points);
  const middles = named.map(({ points }) => along((axis) => median(points.map((point) => point[axis]))));
  const line = along((axis) => extent(all.map((point) => point[axis])) / LINES);
  const places = apart(middles, line);
  const radius = Math.max(1.8, Math.min(4, 60 / Math.sqrt(all.length))); // few points are drawn large
  const halo = { stroke: "var(--card, white)", strokeWidth: 4, fill: "currentColor" };
  return draw(`${title}: ${groups.map(({ name }) => name).join(", ")}`, {
    width: 420,
    height: 420,
    margin: 6,
    axis: null,
    marks: [
      drawn.map(({ name, points, colour }) =>
        Plot.dot(points, {
          r: radius,
          fill: () => colour,
          fillOpacity: 0.7,
          stroke: "none",
          title: () => name,
        }),
      ),
      named.map(({ name, points }, i) =>
        Plot.text(places.slice(i, i + 1), {
          text: () => name,
          dy: points.length < FEW_OF_GROUP ? -14 : 0, // above them, not on them
          fontSize: 15,
          fontWeight: 600,
          ...halo,
        }),
      ),
    ],
  });
}

/** Fewer points than these a name would hide. */
const FEW_OF_GROUP = 4;
/** Lines of text in the height of a scatter. */
const LINES = 20;

const along = (value: (axis: 0 | 1) => number): Point => [value(0), value(1)];

/** Places of names, pushed from one another until they are a line apart, or nearly. */
function apart(places: readonly Point[], line: Point): Point[] {
  const moved = places.map((place) => along((axis) => place[axis] / (line[axis] || 1)));
  for (let round = 0; round < 50; round++)
    for (let i = 0; i < moved.length; i++)
      for (let j = i + 1; j < moved.length; j++) {
        const [a, b] = [moved[i] as Point, moved[j] as Point];
        const by = push(a, b);
        moved[i] = along((axis) => a[axis] - by[axis]);
        moved[j] = along((axis) => b[axis] + by[axis]);
      }
  return moved.map((place) => along((axis) => place[axis] * (line[axis] || 1)));
}

/** What each of two must move, the first backwards, to be 1 apart; at one place they part upwards and downwards. */
function push(a: Point, b: Point): Point {
  const distance = Math.hypot(b[0] - a[0], b[1] - a[1]);
  if (distance >= 1) return [0, 0];
  if (distance === 0) return [0, 0.5];
  return along((axis) => ((1 - distance) * (b[axis] - a[axis])) / distance / 2);
}

const extent = (values: readonly number[]) =>
  values.reduce((a, b) => Math.max(a, b), -Infinity) - values.reduce((a, b) => Math.min(a, b), Infinity);

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** A heat map as an SVG string, counts in its cells, each shaded by its share of its row. */
export function confusionPlot(confusion: ConfusionTable): string {
  const { rows, columns, rowsAre = "code" } = confusion;
  const order = matchedOrder(confusion);
  const left = 36 + letterWidth * longest(rows);
  const slanted = longest(columns) > 5;
  const top = 46 + (slanted ? letterWidth * longest(columns) * Math.sin(slant) : 0);
  const axis = { tickSize: 0, labelArrow: "none", labelAnchor: "center" } as const;
  return draw(`How often each ${rowsAre === "code" ? "code" : "named class"} (row) met each class (column)`, {
    width: left + 40 * columns.length + 10,
    height: top + 34 * rows.length + 4,
    marginLeft: left,
    marginRight: 10,
    marginTop: top,
    marginBottom: 4,
    padding: 0.06,
    color: { type: "identity" },
    opacity: { type: "identity" },
    // Places, not names, are the domain: two classes may share a name.
    x: {
      ...axis,
      axis: "top",
      label: "class",
      domain: [...columns.keys()],
      tickFormat: (column: number) => columns[column],
      tickRotate: slanted ? (-slant * 180) / Math.PI : 0,
    },
    y: { ...axis, label: rowsAre, domain: order, tickFormat: (row: number) => rows[row] },
    marks: cellMarks(order.flatMap((row) => cellsOf(row, confusion.counts[row] ?? []))),
  });
}

/** Of a letter of the axes, in pixels: a guess, since no font is measured here. */
const letterWidth = 7;
/** Of long class names, in radians. */
const slant = 0.7;

/** Rows by the column they stand for; those that stand for none come last. */
function matchedOrder({ rows, columns, matching = [] }: ConfusionTable): number[] {
  const rank = (row: number): number => {
    const column = matching[row] ?? -1;
    return column < 0 ? columns.length : column;
  };
  return [...rows.keys()].toSorted((a, b) => rank(a) - rank(b));
}

interface Cell {
  readonly row: number;
  readonly column: number;
  readonly count: number;
  /** Part of its row's sum, in [0,1]. */
  readonly share: number;
}

function cellsOf(row: number, counts: readonly number[]): Cell[] {
  const sum = counts.reduce((total, count) => total + count, 0);
  return counts.map((count, column) => ({ row, column, count, share: sum === 0 ? 0 : count / sum }));
}

function cellMarks(cells: Cell[]): Plot.Markish[] {
  const place = { x: "column", y: "row" };
  return [
    Plot.cell(cells, {
      ...place,
      fill: "var(--heat, #3f74c0)",
      // An empty cell still shows where it is.
      fillOpacity: ({ share }: Cell) => 0.06 + 0.94 * share,
      rx: 3,
    }),
    Plot.text(cells, {
      ...place,
      text: ({ count }: Cell) => formatNumber(count),
      // White only on nearly full shade: below that the text's own colour has more contrast in both schemes.
      fill: ({ share }: Cell) => (share > 0.8 ? "white" : "currentColor"),
      fillOpacity: ({ count }: Cell) => (count === 0 ? 0.35 : 1),
    }),
  ];
}

function longest(names: readonly string[]): number {
  return Math.max(0, ...names.map((name) => name.length));
}

function draw(label: string, options: Plot.PlotOptions): string {
  const { document } = parseHTML("<html></html>");
  const style = { fontSize: "12px", background: "none", overflow: "visible" };
  const svg = Plot.plot({ document, className: "plot", style, ...options });
  // Written here because linkedom leaves an ampersand in an attribute as it is.
  return html`<svg role="img" aria-label="${label}"`.toString() + svg.outerHTML.slice("<svg".length);
}
