export { renderComparison, type ComparedNumber, type Comparison } from "./comparison.js";
export type { Panel } from "./page.js";
export { dataUri, grid, type Grid } from "./pictures.js";
export {
  confusionPlot,
  curves,
  type ConfusionTable,
  type Curves,
  type Point,
  type Scatter,
  type Series,
} from "./plots.js";
export { renderReport, type Report, type ReportNumber } from "./report.js";
