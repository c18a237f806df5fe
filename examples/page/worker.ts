// Trains in a worker, so that the page stays free: `ganymede/web` is all of Ganymede that needs no disk.
import {
  baseLatents,
  createTrainer,
  infogan,
  strokes,
  train,
  trainingOptions,
  traversal,
  webHost,
} from "ganymede/web";
import type { Command, News } from "./messages.js";

const batch = 32;
const options = infogan.options.parse({ ...infogan.presets["quick"]?.options, width: 0.25 });
const training = trainingOptions.parse({ steps: 3000, batch, sampleEvery: 3000, checkpointEvery: 3000 });
const data = strokes().train;

const tell = (news: News) => postMessage(news);

async function work(): Promise<void> {
  const host = await webHost();
  const trainer = await createTrainer({ method: infogan, options, training, data, host });
  // Reads the weights where training moves them.
  const model = await trainer.model({ recalibrated: false });
  // Six rows that differ in the noise; along each, the code takes its values.
  const base = baseLatents({ parts: model.latent, rows: 6, seed: 1 });
  const latents = traversal({ parts: model.latent, base, part: "c1" });
  const showSamples = async () => {
    await trainer.sync(); // on WebGPU the weights are elsewhere until then
    const pixels = await model.generate(latents);
    tell({ kind: "samples", pixels, side: data.image.width, columns: options.categories });
  };

  await showSamples();
  tell({ kind: "ready", about: host.about });
  await going();
  for await (const event of train(trainer)) {
    if (event.kind !== "step") continue;
    const { step } = event.position;
    tell({ kind: "step", step, images: batch, metrics: event.metrics });
    if (step % 20 === 0) await showSamples();
    await going();
  }
  tell({ kind: "done" });
}

/** Resolves while the page wants training, and waits while it does not. */
let paused = true;
let wake = () => {};
const going = () => new Promise<void>((resolve) => (paused ? (wake = resolve) : resolve()));
addEventListener("message", ({ data: command }: MessageEvent<Command>) => {
  paused = command === "pause";
  if (!paused) wake();
});

work().catch((error: unknown) => tell({ kind: "failed", message: String(error) }));
