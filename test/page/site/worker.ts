import { type WebHostOptions, createTrainer, infogan, strokes, webHost } from "../../../src/web.js";
import { type Recipe, normsOf, optionsOf, trainingOf } from "../recipe.js";

/** What a test asks of the page. */
export type Question =
  | { readonly kind: "train"; readonly host: WebHostOptions; readonly recipe: Recipe }
  | { readonly kind: "run"; readonly model: string; readonly x: number[]; readonly shape: number[] };
export interface Answer {
  readonly error?: string;
  readonly about?: string;
  readonly device?: string;
  readonly threads?: number;
  readonly metrics?: Readonly<Record<string, number>>[];
  readonly norms?: Readonly<Record<string, number>>;
  /** Bytes that went to the graphics processor and came back, at each step; and those of the state. */
  readonly traffic?: readonly { readonly up: number; readonly down: number }[];
  readonly stateBytes?: number;
  readonly outputs?: Readonly<Record<string, number[]>>;
}

addEventListener("message", ({ data }: MessageEvent<Question>) => {
  const answer = data.kind === "train" ? train(data) : run(data);
  const failed = (error: unknown) => ({ error: error instanceof Error ? error.stack : String(error) });
  void answer.catch(failed).then((found) => postMessage(found));
});

async function train(question: Question & { kind: "train" }): Promise<Answer> {
  const { recipe } = question;
  const host = await webHost(question.host);
  const trainer = await createTrainer({
    method: infogan,
    options: optionsOf(recipe),
    training: trainingOf(recipe),
    data: strokes({ size: recipe.size }).train,
    host,
  });
  const metrics: Readonly<Record<string, number>>[] = [];
  const traffic: { up: number; down: number }[] = [];
  for (let step = 0; step < recipe.steps; step++) {
    const counted = watchTraffic();
    metrics.push(await trainer.step(step));
    traffic.push(counted());
  }
  await trainer.sync();
  const stateBytes = [...trainer.state.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
  const { about, device, threads } = host;
  return { about, device, threads, metrics, norms: normsOf(trainer.state), traffic, stateBytes };
}

/** A model without Ganymede. */
async function run({ model, x, shape }: Question & { kind: "run" }): Promise<Answer> {
  const { InferenceSession, Tensor } = await import("onnxruntime-web/wasm");
  const session = await InferenceSession.create(model);
  const found = await session.run({ x: new Tensor("float32", Float32Array.from(x), shape) });
  return {
    outputs: Object.fromEntries(
      Object.entries(found).map(([name, { data }]) => [name, [...(data as Float32Array)]]),
    ),
  };
}

/** GPUMapMode.READ, which the types do not have. */
const mapRead = 1;

/** Counts what WebGPU is told to move, until asked. */
function watchTraffic(): () => { up: number; down: number } {
  const counted = { up: 0, down: 0 };
  if (!("GPUQueue" in globalThis)) return () => counted;
  const [queue, device, buffer] = [GPUQueue.prototype, GPUDevice.prototype, GPUBuffer.prototype];
  const { writeBuffer } = queue;
  const { createBuffer } = device;
  const { mapAsync } = buffer;
  queue.writeBuffer = function (...args) {
    counted.up += args[4] ?? args[2].byteLength;
    return writeBuffer.apply(this, args);
  };
  device.createBuffer = function (descriptor) {
    if (descriptor.mappedAtCreation === true) counted.up += descriptor.size;
    return createBuffer.call(this, descriptor);
  };
  buffer.mapAsync = function (mode, ...rest) {
    if (mode === mapRead) counted.down += rest[1] ?? this.size;
    return mapAsync.call(this, mode, ...rest);
  };
  return () => {
    Object.assign(queue, { writeBuffer });
    Object.assign(device, { createBuffer });
    Object.assign(buffer, { mapAsync });
    return counted;
  };
}
