export type { DType, Node, Shape, Tensor } from "./tensor.js";
export * from "./ops/index.js";
export { grad } from "./autodiff.js";
export { type CompiledFunction, compile } from "./compile/compile.js";
export { type GraphSpec, type OnnxGraph, emitOnnx } from "./compile/emit.js";
export { type Program, type ProgramSpec, compileProgram } from "./compile/program.js";
export { Draws } from "./draws.js";
export type { Feed, Moment, Rule, Tracked, Update } from "./update.js";
export type { Buffer, Host, Session } from "./runtime/host.js";
