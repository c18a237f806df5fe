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
  for (let step = 0; step < recipe.steps; step++) metrics.push(await trainer.step(step));
  const { about, device, threads } = host;
  return { about, device, threads, metrics, norms: normsOf(trainer.state) };
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
