import { Peer } from "./peer.mjs";

/** libgomp spins by default, which costs PyTorch dear on some processors and helps it on others: both are measured. */
const waiting = { "": {}, ", OMP passive": { OMP_WAIT_POLICY: "passive" } };
/** The ways to use PyTorch, with their names in the table. */
const forms = { eager: "eager", fused: "fused Adam", compile: "torch.compile" };

const script = new URL("./peers/torch_peer.py", import.meta.url).pathname;
const interpreter = process.env.BENCH_PYTHON ?? "python3";
const named = process.env.BENCH_PYTHON === undefined ? interpreter : "the interpreter in BENCH_PYTHON";
export const startTorch = (env = {}) =>
  new Peer(interpreter, [script], { TORCHINDUCTOR_COMPILE_THREADS: "1", ...env });

/** PyTorch's version, or why it is not there. */
export async function findTorch() {
  const peer = startTorch();
  try {
    return await peer.ask({ op: "hello" });
  } catch (error) {
    const why = `${named} does not import torch (${error.message}); BENCH_PYTHON names one that does`;
    return { missing: why };
  } finally {
    peer.close();
  }
}

/** PyTorch in every form that runs here: names with something to time. Forms that fail are told to `note`. */
export async function torchSides(workload, { threads, compile, note }) {
  const sides = [];
  for (const [omp, env] of Object.entries(waiting)) {
    const peer = startTorch(env);
    for (const [form, label] of Object.entries(forms)) {
      if (form === "compile" && !compile) continue;
      if (form === "fused" && workload.withoutRule) continue;
      const name = `PyTorch ${label}${omp}`;
      try {
        await peer.ask({ op: "prepare", workload: workload.module, sizes: workload.sizes, form, threads });
        await peer.ask({ op: "run", steps: 2, form });
        sides.push({ name, key: `${form}${omp === "" ? "" : "-passive"}`, peer, form });
      } catch (error) {
        note(`${name} left out: ${error.message.split("\n")[0]}`);
      }
    }
    if (!sides.some((side) => side.peer === peer)) peer.close();
  }
  return sides;
}

/** What a run in double precision gives. */
export async function exactLosses({ module, sizes }, steps, threads) {
  const peer = startTorch();
  try {
    await peer.ask({ op: "prepare", workload: module, sizes, form: "float64", threads });
    return (await peer.ask({ op: "losses", steps, form: "float64" })).losses;
  } finally {
    peer.close();
  }
}
