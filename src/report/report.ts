import { flatten, formatDuration, formatMoment, formatNumber } from "./format.js";
import { html, raw, type Html } from "./html.js";
import {
  breakable,
  chart,
  hasLine,
  page,
  panel,
  projection,
  section,
  shown,
  words,
  type Panel,
} from "./page.js";
import { dataUri } from "./pictures.js";
import { confusionPlot, type ConfusionTable, type Curves, type Scatter } from "./plots.js";

/** A measured value with what a reader needs to judge it. */
export interface ReportNumber {
  readonly key: string;
  readonly value: number | string;
  /** One sentence: what it measures. */
  readonly meaning: string;
  /** The same in a few words, for the headline. */
  readonly short?: string;
  /** Range, and which way is better: "0 to 1, higher is better". */
  readonly direction?: string;
  /** What to hold it against: "paper: 0.95". */
  readonly reference?: string;
}

/** All that a report shows. A part that is empty or missing leaves no heading behind. */
export interface Report {
  readonly title: string;
  readonly subtitle?: string;
  /** The command that made the run. */
  readonly command: string;
  /** ISO 8601. */
  readonly started?: string;
  /** Wall-clock time of the training. */
  readonly seconds?: number;
  /** More of the kind, in a few words each: what the numbers were measured on. */
  readonly facts?: readonly string[];
  /** What must be known before anything is read off the page; lines that begin with spaces say what to do. */
  readonly warnings?: readonly string[];
  /** Sentences: what came out. */
  readonly summary: readonly string[];
  /** The most important first: the first four become the headline. */
  readonly numbers: readonly ReportNumber[];
  readonly panels: readonly Panel[];
  /** Samples from the same noise, by rising step. */
  readonly timeline: readonly { readonly step: number; readonly png: Uint8Array }[];
  readonly curves: readonly Curves[];
  readonly confusion?: ConfusionTable;
  /** Features of pictures in the plane. */
  readonly projections?: readonly Scatter[];
  readonly configuration: Readonly<Record<string, unknown>>;
  /** Sentences a careful reader wants: what the numbers do not say. */
  readonly notes?: readonly string[];
}

const headlineLength = 4;

/** The report as one HTML page that opens from disk: no script, no request, light and dark, phone and wide screen. */
export function renderReport(report: Report): string {
  return page(
    report.title,
    html`${header(report)} ${warnings(report.warnings ?? [])}
      ${tiles(report.numbers.slice(0, headlineLength))}
      ${section("panels", "What it learned", report.panels.map(panel))}
      ${section("projections", "Features in the plane", (report.projections ?? []).map(projection))}
      ${section("timeline", "Samples over time", timeline(report.timeline))}
      ${section("curves", "Training", report.curves.filter(hasLine).map(chart))}
      <div class="pair">
        ${section("confusion", confusionTitle(report.confusion), report.confusion !== undefined && confusion(report.confusion))}
        ${section("numbers", "Numbers", report.numbers.length > 0 && numbers(report.numbers))}
      </div>
      ${section("notes", "Notes", paragraphs(report.notes ?? []))}
      ${section("command", "Command", report.command !== "" && html`<pre title="Click to select"><code>${report.command}</code></pre>`)}
      ${section("configuration", "Configuration", configuration(flatten(report.configuration)))}`,
  );
}

function header({ title, subtitle, started, seconds, facts: more = [], summary }: Report): Html {
  const facts = [
    started !== undefined && html`<time datetime="${started}">${formatMoment(started)}</time>`,
    seconds !== undefined && html`<span>trained for ${formatDuration(seconds)}</span>`,
    ...more.map((fact) => html`<span>${fact}</span>`),
  ].filter((fact) => fact !== false);
  return html`<header>
    <h1>${title}</h1>
    ${subtitle !== undefined && html`<p class="subtitle">${subtitle}</p>`}
    ${facts.length > 0 && html`<p class="facts">${facts}</p>`}
    ${summary.length > 0 && html`<p class="summary">${summary.join(" ")}</p>`}
  </header>`;
}

function warnings(all: readonly string[]): Html | false {
  return (
    all.length > 0 &&
    html`<aside class="warnings" aria-label="Warnings">${all.map((text) => html`<p>${text}</p>`)}</aside>`
  );
}

function tiles(headline: readonly ReportNumber[]): Html | false {
  const tile = ({ key, value, short, direction, reference }: ReportNumber): Html =>
    html`<div>
      <dt>${words(key)}</dt>
      <dd>${shown(value)}</dd>
      ${short !== undefined && html`<dd class="quiet">${short}</dd>`}
      ${direction !== undefined && html`<dd class="quiet">${direction}</dd>`}
      ${reference !== undefined && html`<dd class="quiet">${reference}</dd>`}
    </div>`;
  return headline.length > 0 && html`<dl class="tiles">${headline.map(tile)}</dl>`;
}

function timeline(moments: Report["timeline"]): Html | false {
  const moment = ({ step, png }: Report["timeline"][number]): Html => {
    const label = `step ${formatNumber(step)}`;
    return html`<li><img src="${dataUri(png)}" alt="Samples at ${label}" /><span>${label}</span></li>`;
  };
  // A strip that scrolls must take the focus, or a keyboard cannot scroll it.
  return (
    moments.length > 0 &&
    html`<ol class="strip" tabindex="0" aria-label="Samples over time">
      ${moments.map(moment)}
    </ol>`
  );
}

function confusionTitle({ rowsAre = "code" }: Partial<ConfusionTable> = {}): string {
  return rowsAre === "code" ? "Codes and classes" : "Classes, named and true";
}

function confusion(data: ConfusionTable): Html {
  const { rowsAre: of = "code", pictures = "pictures" } = data;
  return html`<figure>
    ${raw(confusionPlot(data))}
    <figcaption>
      How many ${pictures} of each class (column)
      ${of === "code" ? "were given each code" : "were named as each"}. Shade: the share of the row's
      pictures.
    </figcaption>
  </figure>`;
}

function numbers(all: readonly ReportNumber[]): Html {
  const compared = all.some(({ reference }) => reference !== undefined);
  const row = ({ key, value, meaning, direction, reference }: ReportNumber): Html =>
    html`<tr>
      <th scope="row">
        <code>${key}</code
        ><span>${meaning}</span>${direction !== undefined && html`<span>${direction}</span>`}
      </th>
      <td>${shown(value)}</td>
      ${compared && html`<td class="quiet">${reference}</td>`}
    </tr>`;
  return html`<table>
    <thead>
      <tr>
        <th scope="col">measure</th>
        <th scope="col">value</th>
        ${compared && html`<th scope="col">to compare</th>`}
      </tr>
    </thead>
    <tbody>
      ${all.map(row)}
    </tbody>
  </table>`;
}

function configuration(rows: readonly [string, string][]): Html | false {
  const row = ([key, value]: [string, string]): Html =>
    html`<tr>
      <th scope="row"><code>${breakable(key)}</code></th>
      <td>${value}</td>
    </tr>`;
  return (
    rows.length > 0 &&
    html`<details>
      <summary>All settings (${rows.length})</summary>
      <table>
        <tbody>
          ${rows.map(row)}
        </tbody>
      </table>
    </details>`
  );
}

function paragraphs(sentences: readonly string[]): Html[] {
  return sentences.map((sentence) => html`<p>${sentence}</p>`);
}
