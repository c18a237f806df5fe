// Shows what the worker does; all training is in worker.ts.
import { type Curve, drawCurves, drawPictures } from "./draw.js";
import type { Command, News } from "./messages.js";

const find = (id: string) => document.getElementById(id) as HTMLElement;
const toggle = find("toggle") as HTMLButtonElement;
const samples = find("samples") as HTMLCanvasElement;
const losses = find("losses") as HTMLCanvasElement;
const curves: readonly Curve[] = [
  { key: "discriminator_loss", label: "discriminator", colour: "#2f86c5", values: [] },
  { key: "generator_loss", label: "generator", colour: "#d9661f", values: [] },
  { key: "information_loss", label: "information", colour: "#1f9e78", values: [] },
];
for (const { label, colour } of curves) {
  const entry = document.createElement("span");
  entry.textContent = label;
  entry.style.setProperty("--colour", colour);
  find("legend").append(" ", entry);
}

const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
worker.addEventListener("message", ({ data }: MessageEvent<News>) => show(data));
worker.addEventListener("error", ({ message }) => show({ kind: "failed", message }));

let running = false;
let began = { time: 0, step: 0 };
toggle.addEventListener("click", () => {
  running = !running;
  toggle.textContent = running ? "Pause" : "Go on";
  if (running) began = { time: performance.now(), step: curves[0]?.values.length ?? 0 };
  worker.postMessage((running ? "go" : "pause") satisfies Command);
});

function show(news: News): void {
  switch (news.kind) {
    case "ready":
      find("about").textContent = news.about;
      toggle.disabled = false;
      return;
    case "step": {
      const { step, images, metrics } = news;
      for (const { key, values } of curves) values.push(metrics[key] ?? 0);
      const seconds = (performance.now() - began.time) / 1000;
      find("step").textContent = String(step);
      find("speed").textContent = ((images * (step - began.step)) / seconds).toFixed(0);
      requestAnimationFrame(() => drawCurves(losses, curves));
      return;
    }
    case "samples":
      drawPictures(samples, news.pixels, news.side, news.columns);
      return;
    case "done":
      toggle.disabled = true;
      toggle.textContent = "Done";
      return;
    case "failed":
      toggle.disabled = true;
      find("about").textContent = news.message;
  }
}
