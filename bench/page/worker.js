import { webHost } from "../../dist/web.js";
import { opened } from "./steps.js";

// Every copy between our memory and the engine's is a call of this.
const copies = { ms: 0, bytes: 0 };
const typedArray = Object.getPrototypeOf(Uint8Array.prototype);
const { set } = typedArray;
typedArray.set = function (source, ...at) {
  const start = performance.now();
  set.call(this, source, ...at);
  copies.ms += performance.now() - start;
  copies.bytes += source.byteLength ?? 0;
};

let host;
let training;
const functions = {
  async open({ host: options, ...recipe }) {
    host ??= await webHost(options);
    training = await opened(host, recipe);
    return host.about;
  },
  async run(n) {
    Object.assign(copies, { ms: 0, bytes: 0 });
    return { times: await training.run(n), copies: { ms: copies.ms / n, bytes: copies.bytes / n } };
  },
  release: () => training.release(),
};

addEventListener("message", ({ data: [name, argument] }) => {
  void Promise.resolve(functions[name](argument)).then((answer) => postMessage(answer));
});
