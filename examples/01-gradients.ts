// A network that is never shown a value, only slopes: it learns sin from cos. Its loss contains a gradient.
//
//   npm run build && npx tsc -p examples && node dist/examples/01-gradients.js
import {
  Draws,
  adam,
  compile,
  compileProgram,
  cos,
  grad,
  linear,
  mean,
  network,
  nodeHost,
  placeholder,
  sequential,
  square,
  sub,
  sum,
  tanh,
  update,
} from "ganymede";

// f: [B,1] -> [B,1]. Weights come into being when f is first applied.
const initializer = { kind: "normal", mean: 0, deviation: 0.5 } as const;
const hidden = linear(32, { initializer });
const f = network("f", sequential(hidden, tanh, hidden, tanh, linear(1)));

// Nothing is computed here: these lines describe the loss, the mean of (f'(x) - cos(x))^2.
const draws = new Draws();
const learner = f.in({ training: true, draws, records: [] });
const x = draws.uniform("x", [64, 1], -3, 3);
const [slope = x] = grad(sum(learner(x)), [x]);
const loss = mean(square(sub(slope, cos(x))));

// The gradient of that loss, the memory, and the rule that moves the weights of f.
const host = nodeHost();
const program = await compileProgram({
  updates: [update([learner], loss, adam(0.005, { beta1: 0.9 }), { name: "loss" })],
  feeds: draws.feeds,
  host,
  seed: 1,
});
const steps = 1000;
for (let step = 0; step <= steps; step++) {
  const { loss = 0 } = await program.step(step, step / steps);
  if (step % 200 === 0) console.log(`step ${step}: loss ${loss.toExponential(1)}`);
}

// The trained f as a function of its own, which reads the weights where they lie.
const points = placeholder("points", [7, 1]);
const trained = await compile({ y: f.in({ training: false })(points) }, host, program.memory(false));
const at = [-3, -2, -1, 0, 1, 2, 3];
const { y } = await trained.run({ points: Float32Array.from(at) });
const origin = y[3] ?? 0; // slopes leave the height of f free
for (const [i, p] of at.entries()) {
  const learned = (y[i] ?? 0) - origin;
  console.log(`f(${p}) - f(0) = ${learned.toFixed(3)}, sin(${p}) = ${Math.sin(p).toFixed(3)}`);
}
trained.release();
program.release();
