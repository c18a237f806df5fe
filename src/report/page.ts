import { html, raw, type Content, type Html } from "./html.js";
import { formatNumber } from "./format.js";
import { dataUri } from "./pictures.js";
import { curves, groupColours, scatter, seriesColour, type Curves, type Scatter } from "./plots.js";
import { style } from "./style.js";

/** A picture grid that shows one thing. */
export interface Panel {
  readonly title: string;
  readonly caption: string;
  readonly png: Uint8Array;
  /** Pictures in a row, where they may be few. */
  readonly columns?: number;
  /** One per row of pictures, from the top. */
  readonly rowLabels?: readonly string[];
  /** One per column of pictures, from the left. */
  readonly columnLabels?: readonly string[];
  /** The picture in words, for who cannot see it. */
  readonly alt: string;
}

/** An HTML page that opens from disk: no script, no request, light and dark, phone and wide screen. */
export function page(title: string, content: Content): string {
  // The policy makes the browser itself keep the promise that nothing is fetched.
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"
        />
        <title>${title}</title>
        <style>
          ${raw(style)}
        </style>
      </head>
      <body>
        <main>${content}</main>
      </body>
    </html> `.toString();
}

/** A part of the page with its heading; an empty one leaves nothing behind. */
export function section(name: string, title: string, content: Content): Html | false {
  const empty = content === false || (Array.isArray(content) && content.length === 0);
  return (
    !empty &&
    html`<section id="${name}">
      <h2>${title}</h2>
      <div class="body">${content}</div>
    </section>`
  );
}

/** Fewer pictures in a row than these are not blown up to the width of many. */
const FEW_COLUMNS = 8;

export function panel(figure: Panel): Html {
  const { title, caption, png, columns = FEW_COLUMNS, rowLabels = [], columnLabels = [], alt } = figure;
  const narrow = columns < FEW_COLUMNS && html`style="max-width: ${5 * columns}rem"`;
  return html`<figure>
    <h3>${title}</h3>
    <div class="labelled" ${narrow}>
      ${
        columnLabels.length > 0 &&
        html`<ol class="across">
          ${columnLabels.map((label) => html`<li>${label}</li>`)}
        </ol>`
      }
      ${
        rowLabels.length > 0 &&
        html`<ol class="down">
          ${rowLabels.map((label) => html`<li>${label}</li>`)}
        </ol>`
      }
      <img src="${dataUri(png)}" alt="${alt}" />
    </div>
    <figcaption>${caption}</figcaption>
  </figure>`;
}

export function hasLine({ series }: Curves): boolean {
  return series.some(({ points }) => points.length > 1);
}

export function chart(data: Curves): Html {
  const keys = data.series.map(({ name, points }, index) => ({ name, points, colour: seriesColour(index) }));
  const drawn = keys.filter(({ points }) => points.length > 0);
  return withLegend(data.title, keys.length > 1 ? drawn : [], curves(data));
}

export function projection(data: Scatter): Html {
  const { groups } = data;
  const colours = groupColours(groups);
  const keys = groups.map(({ name }, index) => ({ name, colour: colours[index] ?? "" }));
  return withLegend(data.title, keys.length > 1 ? keys : [], scatter(data), data.caption);
}

function withLegend(
  title: string,
  keys: readonly { readonly name: string; readonly colour: string }[],
  svg: string,
  caption?: string,
): Html {
  return html`<figure>
    <h3>${title}</h3>
    ${
      keys.length > 0 &&
      html`<ul class="legend">
        ${keys.map(({ name, colour }) => html`<li><i style="background:${colour}"></i>${name}</li>`)}
      </ul>`
    }
    ${raw(svg)} ${caption !== undefined && html`<figcaption>${caption}</figcaption>`}
  </figure>`;
}

export function shown(value: number | string): string {
  return typeof value === "number" ? formatNumber(value) : value;
}

/** A dotted path that breaks after its dots where it must. */
export function breakable(path: string): Html[] {
  return path.split(/(?<=\.)/).map((part) => html`${part}<wbr />`);
}

/** `cluster_accuracy` is the name in files; people read "cluster accuracy". */
export function words(key: string): string {
  return key.replaceAll("_", " ");
}
