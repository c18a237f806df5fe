import { html, type Html } from "./html.js";
import { breakable, chart, hasLine, page, panel, section, shown, type Panel } from "./page.js";
import type { Curves } from "./plots.js";

/** A value of every run, in their order; undefined where a run has none. */
export interface ComparedNumber {
  readonly key: string;
  readonly meaning: string;
  readonly direction?: string;
  readonly values: readonly (number | undefined)[];
  /** Index of the best, where one way is better and one run is. */
  readonly best?: number;
}

/** Several runs beside one another. */
export interface Comparison {
  readonly title: string;
  /** Names of the runs: heads of the columns. */
  readonly runs: readonly string[];
  readonly numbers: readonly ComparedNumber[];
  /** Settings in which the runs differ: a value for each run. */
  readonly settings: readonly { readonly key: string; readonly values: readonly string[] }[];
  /** What must be known before the numbers are compared. */
  readonly notes: readonly string[];
  /** A chart for each metric, a line for each run that logs it. */
  readonly curves: readonly Curves[];
  /** Pictures, one run's after the other's. */
  readonly panels: readonly Panel[];
}

/** A comparison as one HTML page like a report's. */
export function renderComparison({
  title,
  runs,
  numbers,
  settings,
  notes,
  curves,
  panels,
}: Comparison): string {
  return page(
    title,
    html`<header>
        <h1>${title}</h1>
        ${notes.map((note) => html`<p class="summary">${note}</p>`)}
      </header>
      ${section("compared", "Numbers", numbers.length > 0 && table(runs, numbers.map(numberRow)))}
      ${section("settings", "What differs", settings.length > 0 && table(runs, settings.map(settingRow)))}
      ${section("curves", "Training", curves.filter(hasLine).map(chart))}
      ${section("panels", "Last samples", panels.map(panel))}`,
  );
}

function table(runs: readonly string[], rows: readonly Html[]): Html {
  return html`<div class="wide">
    <table>
      <thead>
        <tr>
          <th scope="col"></th>
          ${runs.map((name) => html`<th scope="col">${breakable(name)}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

function numberRow({ key, meaning, direction, values, best }: ComparedNumber): Html {
  const cell = (value: number | undefined, index: number): Html =>
    html`<td>${index === best ? html`<strong>${shown(value ?? "")}</strong>` : shown(value ?? "")}</td>`;
  return html`<tr>
    <th scope="row">
      <code>${key}</code><span>${meaning}</span>${direction !== undefined && html`<span>${direction}</span>`}
    </th>
    ${values.map(cell)}
  </tr>`;
}

function settingRow({ key, values }: Comparison["settings"][number]): Html {
  return html`<tr>
    <th scope="row"><code>${breakable(key)}</code></th>
    ${values.map((value) => html`<td>${value}</td>`)}
  </tr>`;
}
