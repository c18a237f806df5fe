// Our side of the training workloads, as a long-lived process of its own like every other side.
import { nodeHost } from "../../dist/index.js";
import { create } from "../workloads/index.mjs";
import { serve, timed } from "./serve.mjs";

let made;
await serve({
  hello: () => ({ version: process.versions.node }),
  memory: () => ({ bytes: process.resourceUsage().maxRSS * 1024 }),
  prepare: async ({ workload, sizes, threads }) => {
    made?.release();
    made = await create(workload, sizes, nodeHost({ threads }));
    return {};
  },
  losses: async ({ steps }) => {
    const losses = [];
    for (let i = 0; i < steps; i++) losses.push(made.read(await made.step()));
    return { losses };
  },
  run: async ({ steps }) => ({ ms: await timed(made.step, steps) }),
});
