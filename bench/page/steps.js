import { createTrainer, infogan, strokes, trainingOptions } from "../../dist/web.js";

/** A training of InfoGAN on strokes, the same in Node and in a page: `run(n)` does n steps and gives the time of each in ms. */
export async function opened(host, { preset, training }) {
  const chosen = infogan.presets[preset];
  const trainer = await createTrainer({
    method: infogan,
    options: infogan.options.parse(chosen.options ?? {}),
    training: trainingOptions.parse({ ...chosen.training, ...training }),
    data: strokes().train,
    host,
  });
  let step = 0;
  return {
    async run(n) {
      const times = [];
      for (let i = 0; i < n; i++) {
        const start = performance.now();
        await trainer.step(step++);
        times.push(performance.now() - start);
      }
      return times;
    },
    release: () => trainer.release(),
  };
}
