export { type Features, type Model, type ModelSpec, createModel, drawLatents } from "./model.js";
export { type Trainer, type TrainerSpec, createTrainer } from "./trainer.js";
export { type Position, type TrainControl, type TrainEvent, train } from "./train.js";
