import { OptionError } from "../../errors.js";
import type { Kernels } from "../kernels/kernels.js";
import { type Variable, feedName } from "../ops/leaves.js";
import type { Buffer, Place } from "../runtime/host.js";
import type { Shape, TensorType } from "../tensor.js";
import type { Update } from "../update.js";
import { Arena, ArenaPlan } from "./arena.js";
import { DeviceMemory, type Lasting } from "./device.js";
import { type PlacedPiece, type Planned, groupsOf, placePieces, repeated } from "./plan.js";
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
  /** Present where the host computes in memory of its own. */
  readonly device: DeviceMemory | undefined;
  /** Variables that have a moving average beside them. */
  readonly averaged: readonly Variable[];
  private readonly views = new Map<string, Buffer>();

  constructor(spec: ProgramSpec, planned: readonly Planned[]) {
    this.pieces = placePieces(spec.feeds, planned);
    this.variables = uniqueVariables(spec, planned);
    checkInputs(spec, this.pieces, this.variables);
    this.averaged = (spec.averageDecay ?? 0) > 0 ? this.variables.filter((v) => v.trainable) : [];
    const { resident } = spec.host;
    const device = resident && new DeviceMemory(spec.host, resident);
    this.device = device;
    const plan = new ArenaPlan();
    const offsets = new Map<string, [TensorType, number]>();
    const place = (name: string, type: TensorType) => {
      if (!offsets.has(name)) offsets.set(name, [type, plan.place(type)]);
    };
    const float = (shape: readonly number[]): TensorType => ({ shape, dtype: "float32" });
    /** What one graph writes and another reads; our side reads the scalars. */
    const hand = (name: string, type: TensorType) => {
      if (device !== undefined && type.dtype === "float32" && !name.startsWith("scalar/")) device.add(name);
      else place(name, type);
    };

    const averaged = new Set(this.averaged);
    for (const variable of this.variables) {
      place(variable.name, float(variable.shape));
      if (averaged.has(variable)) place(AVERAGE + variable.name, float(variable.shape));
    }
    for (const { update } of planned) {
      for (const v of update.variables)
        for (const slot of update.rule.slots) place(slotName(update, slot, v), float(v.shape));
    }
    const lasting = [...offsets.keys()];
    for (const name of lasting) device?.add(name);
    for (const { inputs, outputs } of this.pieces) {
      for (const [name, tensor] of inputs) (feedName(tensor) === undefined ? hand : place)(name, tensor);
      for (const [name, tensor] of outputs) if (!name.startsWith("gradient/")) hand(name, tensor);
    }
    // Gradients live from their graph to their rule only, so those of different updates share their place, unless they move together.
    for (const group of groupsOf(this.pieces)) {
      plan.scratch(() => {
        for (const { outputs } of group) for (const [name, tensor] of outputs) hand(name, tensor);
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

  /** Where a graph reads or writes it: on the device where that holds it, else in our memory. */
  place(name: string): Place {
    return this.device?.at(name) ?? this.view(name);
  }

  /** The state, with its shapes. */
  get lasting(): readonly Lasting[] {
    return [...this.state].map(([name, view]) => ({ name, view, shape: this.shapes.get(name) ?? [] }));
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
}

export const gradientName = (update: Update, variable: Variable): string =>
  `gradient/${update.name}/${variable.name}`;
export const trackedName = (update: Update, k: number): string => `tracked/${update.name}/${k}`;

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
