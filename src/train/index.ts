export { drawLatents } from "../methods/latent.js";
export {
  type Features,
  type Model,
  type ModelSpec,
  applyNetworks,
  createModel,
  featureTensors,
  generated,
  latentOf,
  modelInputs,
} from "./model.js";
export { type Trainer, type TrainerSpec, createTrainer } from "./trainer.js";
export { type CandidateStore, type Position, type TrainControl, type TrainEvent, train } from "./train.js";
