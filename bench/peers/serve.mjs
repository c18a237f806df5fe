import { createInterface } from "node:readline";

/** Answers requests, one JSON line each, as peers/torch_peer.py describes them; `handlers` has a function for every "op". */
export async function serve(handlers) {
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    let answer;
    try {
      answer = await handlers[request.op](request);
    } catch (error) {
      answer = { error: String(error?.stack ?? error) };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
}

/** Milliseconds of one run of many. */
export async function timed(run, steps) {
  const start = performance.now();
  for (let i = 0; i < steps; i++) await run();
  return (performance.now() - start) / steps;
}

/** Answers for a layer; `prepare` gives its passes by name: `run()`, and `value()`, the sum of squares of what run last made. */
export async function serveLayers(hello, prepare) {
  let made = {};
  await serve({
    hello: () => hello,
    prepare: async (request) => {
      made = await prepare(request);
      return { passes: Object.keys(made) };
    },
    value: async ({ form }) => {
      await made[form].run();
      return { value: await made[form].value() };
    },
    run: async ({ form, steps }) => ({ ms: await timed(made[form].run, steps) }),
  });
}
