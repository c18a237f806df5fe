import { OptionError } from "../../errors.js";
import type { Kernels } from "../kernels/kernels.js";
import { type Variable, feedName } from "../ops/leaves.js";
import type { Buffer } from "../runtime/host.js";
import { type Shape, type TensorType, count } from "../tensor.js";
import type { Update } from "../update.js";
import { Arena, ArenaPlan } from "./arena.js";
import { type PlacedPiece, type Planned, placePieces, repeated } from "./plan.js";
import type { ProgramSpec } from "./program.js";

export const AVERAGE = "average/";
export const RULE = "rule/";

/** Where everything lies. */
export class Layout {
  readonly pieces: readonly PlacedPiece[];
  readonly state = new Map<string, Float32Array>();
  readonly shapes = new Map<string, Shape>();
  readonly variables: readonly Variable[];
  readonly kernels: Kernels;
  readonly bytes: number;
  private readonly views = new Map<string, Buffer>();
  private readonly decay: number;

  constructor(spec: ProgramSpec, planned: readonly Planned[]) {
    this.decay = spec.averageDecay ?? 0;
    this.pieces = placePieces(spec.feeds, planned);
    this.variables = uniqueVariables(spec, planned);
    checkInputs(spec, this.pieces, this.variables);
    const plan = new ArenaPlan();
    const offsets = new Map<string, [TensorType, number]>();
    const place = (name: string, type: TensorType) => {
      if (!offsets.has(name)) offsets.set(name, [type, plan.place(type)]);
    };
    const float = (shape: readonly number[]): TensorType => ({ shape, dtype: "float32" });

    for (const variable of this.variables) {
      place(variable.name, float(variable.shape));
      if (this.decay > 0 && variable.trainable) place(AVERAGE + variable.name, float(variable.shape));
    }
    for (const { update } of planned) {
      for (const v of update.variables)
        for (const slot of update.rule.slots) place(slotName(update, slot, v), float(v.shape));
    }
    const lasting = [...offsets.keys()];
    for (const { inputs, outputs } of this.pieces) {
      for (const [name, tensor] of inputs) place(name, tensor);
      for (const [name, tensor] of outputs) if (!name.startsWith("gradient/")) place(name, tensor);
    }
    // Gradients live from their graph to their rule only, so those of different updates share their place.
    for (const { outputs } of this.pieces) {
      plan.scratch(() => {
        for (const [name, tensor] of outputs) place(name, tensor);
      });
    }
    const arena = new Arena(plan.size);
    this.kernels = arena.kernels;
    this.bytes = plan.size;
    for (const [name, [type, offset]] of offsets) this.views.set(name, arena.view(type, offset));
    for (const name of lasting) {
      this.state.set(name, this.view(name) as Float32Array);
      this.shapes.set(name, offsets.get(name)?.[0].shape ?? []);
    }
  }

  view(name: string): Buffer {
    const view = this.views.get(name);
    if (view === undefined) throw new Error(`${name} has no place`);
    return view;
  }

  isFinite(): boolean {
    return [...this.state].every(
      ([name, { length }]) => this.kernels.isFinite(this.address(name), length) === 1,
    );
  }

  address(name: string): number {
    return this.view(name).byteOffset;
  }

  variableViews(averaged: boolean): ReadonlyMap<string, Buffer> {
    return new Map(
      this.variables.map(({ name }) => [
        name,
        (averaged ? this.views.get(AVERAGE + name) : undefined) ?? this.view(name),
      ]),
    );
  }

  /** The decay rises from 1/10, so that initial weights are soon forgotten; as TensorFlow's ExponentialMovingAverage. */
  average(step: number): void {
    if (this.decay === 0) return;
    const decay = Math.min(this.decay, (step + 1) / (step + 10));
    for (const { name, shape, trainable } of this.variables) {
      if (trainable)
        this.kernels.average(this.address(AVERAGE + name), this.address(name), count(shape), decay);
    }
  }
}

export function slotName(update: Update, slot: string, variable: Variable): string {
  return `${RULE}${update.name}/${slot}/${variable.name}`;
}

function uniqueVariables(spec: ProgramSpec, planned: readonly Planned[]): Variable[] {
  const all = [
    ...planned.flatMap(({ update }) => [...update.variables, ...update.tracked.map((t) => t.variable)]),
    ...(spec.variables ?? []),
  ];
  const unique = [...new Set(all)];
  const twice = repeated(unique.map((v) => v.name));
  if (twice === undefined) return unique;
  throw new OptionError({
    where: "program",
    expected: "variables of distinct names",
    received: `two called ${twice}`,
    hint: "Two networks of one program need different names.",
  });
}

/** An input that nothing fills would silently be zero. */
function checkInputs(
  spec: ProgramSpec,
  pieces: readonly PlacedPiece[],
  variables: readonly Variable[],
): void {
  const filled = new Set([...spec.feeds, ...variables].map(({ tensor }) => tensor));
  const inputs = pieces.flatMap((piece) => [...piece.inputs.values()]);
  const missing = inputs.find((tensor) => feedName(tensor) !== undefined && !filled.has(tensor));
  if (missing === undefined) return;
  throw new OptionError({
    where: "program",
    expected: `a feed or variable for ${feedName(missing)}`,
    received: "none",
  });
}
