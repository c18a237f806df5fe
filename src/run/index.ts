export type { RunConfig } from "./config.js";
export { type Evaluation, evaluateModel, labelFreeScore } from "./evaluation.js";
export { type ExportedModel, exportModels } from "./export.js";
export { type Finished, finishRun, trainRun } from "./finish.js";
export { RunFolder } from "./folder.js";
export { type OpenRun, openRun } from "./open-run.js";
export type { TrainRequest } from "./session.js";
export { type Table, type TableFormat, encodeTable, featureTable, tableFormat } from "./tables.js";
export { type ActiveRun, type RunPlace, resumeRun, runToEnd, startRun } from "./train-run.js";
