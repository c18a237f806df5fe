export { dataUri, grid, type Grid } from "./pictures.js";
export { confusionPlot, curves, type ConfusionTable, type Curves, type Point, type Series } from "./plots.js";
export { renderReport, type Panel, type Report, type ReportNumber } from "./report.js";
