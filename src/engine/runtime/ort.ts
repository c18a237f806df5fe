import type {
  InferenceSession,
  InferenceSessionFactory,
  Tensor,
  TensorConstructor,
} from "onnxruntime-common";
import type { OnnxGraph, Port } from "../compile/emit.js";
import type { Shape } from "../tensor.js";
import { explain } from "./explain.js";
import { type Place, type Resident, type Runnable, type Session, isBuffer } from "./host.js";

/** What onnxruntime-node and onnxruntime-web have in common. */
export interface Ort {
  readonly InferenceSession: InferenceSessionFactory;
  readonly Tensor: TensorConstructor;
}

/** How a package of this family runs a graph. */
export interface OrtOptions {
  readonly session: InferenceSession.SessionOptions;
  /** Whether outputs can be written into our memory; else they come as arrays of their own and are copied. */
  readonly writesOutputs: boolean;
  /** Where kept outputs stay. */
  readonly keptAt?: "cpu" | "gpu-buffer";
  /** Wraps every run; runs at the same time are not for every device. */
  readonly turn?: <T>(run: () => Promise<T>) => Promise<T>;
}

/** Loads a graph with one of the packages. Throws EngineError naming the op at fault. */
export async function loadOrt(
  ort: Ort,
  graph: OnnxGraph,
  kept: ReadonlySet<string>,
  options: OrtOptions,
): Promise<Session> {
  const locations = Object.fromEntries(
    graph.outputs.map(({ name }) => [name, kept.has(name) ? (options.keptAt ?? "cpu") : "cpu"] as const),
  );
  try {
    const session = await ort.InferenceSession.create(graph.bytes, {
      ...options.session,
      logSeverityLevel: 3,
      ...(options.keptAt === "gpu-buffer" && { preferredOutputLocation: locations }),
    });
    return new OrtSession(ort, session, graph, options);
  } catch (error) {
    throw explain(error, graph);
  }
}

/** What ONNX Runtime's WebGPU has not in the form we would write: the form of training. */
export const lackingOnWebgpu: ReadonlySet<string> = new Set(["BatchNormalization"]);

class OrtSession implements Session {
  constructor(
    private readonly ort: Ort,
    private readonly session: InferenceSession,
    private readonly graph: OnnxGraph,
    private readonly options: OrtOptions,
  ) {}

  bind(inputs: readonly Place[], outputs: readonly Place[]): Runnable {
    const { session, graph } = this;
    const { writesOutputs, turn = (run) => run() } = this.options;
    const sources = graph.inputs.map((port, i) => [port.name, this.sourceOf(port, inputs[i])] as const);
    const fetches = Object.fromEntries(
      graph.outputs.map((port, i) => {
        const place = outputs[i];
        return [port.name, writesOutputs && isBuffer(place) ? this.tensorOver(port, place) : null];
      }),
    );
    return {
      run: async () => {
        const feeds = Object.fromEntries(sources.map(([name, source]) => [name, source()]));
        try {
          const results = await turn(() => session.run(feeds, fetches));
          graph.outputs.forEach(({ name }, i) => take(results[name], outputs[i], writesOutputs));
        } catch (error) {
          throw explain(error, graph);
        }
      },
    };
  }

  release(): void {
    void this.session.release();
  }

  /** A tensor over our memory is made once; that of a resident is another after every run that wrote it. */
  private sourceOf(port: Port, place: Place | undefined): () => Tensor {
    if (place instanceof OrtResident) return () => place.tensorFor(port.name);
    const tensor = this.tensorOver(port, place);
    return () => tensor;
  }

  private tensorOver({ name, dtype, shape }: Port, place: Place | undefined): Tensor {
    if (!isBuffer(place)) throw new Error(`no memory for ${name}`);
    return new this.ort.Tensor(dtype, place as Float32Array, shape);
  }
}

function take(result: Tensor | undefined, place: Place | undefined, writesOutputs: boolean): void {
  if (result === undefined) return;
  if (place instanceof OrtResident) place.replace(result);
  else if (!writesOutputs) (place as Float32Array).set(result.data as Float32Array);
}

/** A tensor that stays where ONNX Runtime has put it. */
export class OrtResident implements Resident {
  private tensor: Tensor | undefined;

  constructor(private readonly ort: Ort) {}

  set(from: Float32Array, shape: Shape): void {
    this.replace(new this.ort.Tensor("float32", from, shape));
  }

  release(): void {
    this.replace(undefined);
  }

  tensorFor(port: string): Tensor {
    if (this.tensor === undefined) throw new Error(`nothing was put where ${port} is read`);
    return this.tensor;
  }

  replace(tensor: Tensor | undefined): void {
    this.tensor?.dispose();
    this.tensor = tensor;
  }
}
