/** The report's whole appearance. The series and heat colours override, in the dark, those of plots.ts. */
export const style = `
:root {
  color-scheme: light dark;
  --ground: #fbfaf8; --card: #ffffff; --line: #e4e1db; --text: #1d2024; --quiet: #62676f; --accent: #0b5a94; --warning: #b45309;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14161a; --card: #1b1e23; --line: #30343b; --text: #e6e4df; --quiet: #9aa0a9; --accent: #8cc4ee; --warning: #f0a04b;
    --heat: #4379c6;
    --series-1: #56b4e9; --series-2: #f0883e; --series-3: #35c794; --series-4: #dd93c4; --series-5: #d9b93b; --series-6: #8aa9ff;
  }
}
* { box-sizing: border-box; margin: 0; padding: 0; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  background: var(--ground); color: var(--text);
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  padding: clamp(1.5rem, 5vw, 4.5rem) clamp(1rem, 4vw, 3rem) 5rem;
}
main { max-width: 70rem; margin: 0 auto; }
h1, h2 { font-family: ui-serif, Charter, "Iowan Old Style", "Palatino Linotype", Palatino, Georgia, serif; font-weight: 600; text-wrap: balance; }
h1 { font-size: clamp(1.9rem, 5vw, 2.75rem); line-height: 1.15; letter-spacing: -0.015em; overflow-wrap: anywhere; }
h2 { font-size: 1.45rem; line-height: 1.25; letter-spacing: -0.01em; margin-bottom: 1.1rem; }
h3 { font-size: 1rem; font-weight: 600; line-height: 1.4; }
code, pre { font: 0.875em/1.55 ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace; }
ol, ul { list-style: none; }
section { margin-top: clamp(2.75rem, 6vw, 4rem); min-width: 0; }
.quiet, .subtitle, .facts, figcaption { color: var(--quiet); }
.subtitle { font-size: 1.15rem; margin-top: 0.5rem; }
.facts { display: flex; flex-wrap: wrap; gap: 0 1.5rem; font-size: 0.875rem; margin-top: 0.5rem; }
.summary { font-size: 1.125rem; line-height: 1.65; max-width: 42em; margin-top: 1.5rem; }
.warnings { border-left: 0.25rem solid var(--warning); background: var(--card); padding: 0.75rem 1.125rem; margin-top: 1.5rem; max-width: 44em; display: grid; gap: 0.6rem; }
.warnings p { white-space: pre-line; overflow-wrap: anywhere; }

.tiles { display: flex; flex-wrap: wrap; gap: 0.875rem; margin-top: 2rem; }
.tiles > div { flex: 1 1 9.5rem; max-width: 17rem; background: var(--card); border: 1px solid var(--line); border-radius: 0.625rem; padding: 1rem 1.125rem; }
.tiles dt { font-size: 0.875rem; color: var(--quiet); line-height: 1.35; }
.tiles dd { font-size: 1.9rem; font-weight: 600; line-height: 1.3; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.tiles dd.quiet { font-size: 0.8125rem; font-weight: 400; line-height: 1.4; letter-spacing: 0; }
.tiles dd.quiet + dd.quiet { margin-top: 0.15rem; }

#panels .body { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr)); gap: 2.25rem 2rem; }
figure { min-width: 0; }
figcaption { font-size: 0.9375rem; line-height: 1.5; margin-top: 0.625rem; max-width: 36em; }
img { display: block; max-width: 100%; height: auto; }
.labelled { display: grid; grid-template-columns: auto minmax(0, 1fr); margin-top: 0.625rem; font-size: 0.75rem; color: var(--quiet); line-height: 1.2; font-variant-numeric: tabular-nums; }
.labelled img { grid-column: 2; width: 100%; border-radius: 3px; }
.labelled ol { display: grid; text-align: center; }
.across { grid-column: 2; grid-auto-flow: column; grid-auto-columns: minmax(0, 1fr); padding-bottom: 0.3rem; font-size: clamp(0.5625rem, 2.4vw, 0.75rem); }
.down { grid-column: 1; grid-auto-rows: minmax(0, 1fr); align-items: center; padding-right: 0.5rem; }
.down + img { grid-row: 2; }
.labelled .down { grid-row: 2; text-align: right; }

.strip { display: flex; gap: 1rem; overflow-x: auto; padding-bottom: 0.75rem; scroll-snap-type: x proximity; scrollbar-width: thin; }
.strip li { flex: 0 0 min(11.5rem, 60vw); scroll-snap-align: start; }
.strip img { width: 100%; border-radius: 3px; }
.strip span { display: block; font-size: 0.8125rem; color: var(--quiet); margin-top: 0.4rem; font-variant-numeric: tabular-nums; }

#curves .body, #projections .body { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 21rem), 1fr)); gap: 2rem; }
#curves figure, #projections figure { display: flex; flex-direction: column; }
#curves svg, #projections svg { width: 100%; height: auto; margin-top: auto; padding-top: 0.375rem; }
.legend { display: flex; flex-wrap: wrap; gap: 0 1rem; font-size: 0.875rem; }
.legend i { display: inline-block; width: 0.9rem; height: 0.2rem; border-radius: 1px; margin-right: 0.4rem; vertical-align: 0.2em; }

.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 27rem), 1fr)); gap: 0 3rem; }
table { width: 100%; border-collapse: collapse; font-size: 0.9375rem; line-height: 1.45; }
th, td { text-align: left; vertical-align: top; font-weight: 400; padding: 0.6rem 1rem 0.6rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th:last-child, td:last-child { padding-right: 0; }
thead th { font-size: 0.8125rem; color: var(--quiet); padding-top: 0; }
.wide { overflow-x: auto; }
.wide th:first-child { min-width: 14rem; }
.wide td { min-width: 6rem; }
#settings td { overflow-wrap: anywhere; }
#numbers td, #compared td { font-variant-numeric: tabular-nums; overflow-wrap: normal; }
#numbers td:nth-child(2) { font-weight: 600; white-space: nowrap; }
#numbers td.quiet { font-size: 0.875rem; min-width: 6.25rem; }
tbody th span { display: block; font-size: 0.875rem; color: var(--quiet); }

#notes .body { max-width: 42em; display: grid; gap: 0.6rem; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 0.625rem; padding: 0.875rem 1.125rem; white-space: pre-wrap; overflow-wrap: anywhere; user-select: all; -webkit-user-select: all; }
summary { cursor: pointer; color: var(--accent); width: fit-content; }
#configuration table { margin-top: 0.75rem; }
#configuration th { width: 50%; overflow-wrap: normal; }
#configuration td { font-variant-numeric: tabular-nums; white-space: pre-wrap; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 3px; }
@media print {
  body { padding: 0; }
  figure, tr, .tiles > div { break-inside: avoid; }
  .strip { flex-wrap: wrap; }
}
`;
