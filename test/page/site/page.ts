import type { Answer, Question } from "./worker.js";

declare global {
  interface Window {
    /** Lets a worker of its own answer. */
    ask(question: Question): Promise<Answer>;
  }
}

window.ask = async (question) => {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  const answer = await new Promise<Answer>((resolve, reject) => {
    worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => resolve(data));
    worker.addEventListener("error", ({ message }) => reject(new Error(message)));
    worker.postMessage(question);
  });
  worker.terminate();
  return answer;
};
