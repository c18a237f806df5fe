import { expect, test } from "vitest";
import { type Stage, cut } from "../../src/engine/compile/cut.js";
import { add, exp, mul, placeholder, sin, variable } from "../../src/engine/ops/index.js";
import type { Tensor } from "../../src/engine/tensor.js";

const x = placeholder("x", [2]);
const [a, b, c] = ["a", "b", "c"].map((name) => variable(name, [2]).tensor) as [Tensor, Tensor, Tensor];
const ofA = exp(a);
const ofB = sin(b);
const ofX = exp(x);

const stage = (changes: string, ...targets: Tensor[]): Stage => ({
  targets,
  changes: new Set(changes.split(" ")),
  shares: true,
});
const alone = (changes: string, ...targets: Tensor[]): Stage => ({
  ...stage(changes, ...targets),
  shares: false,
});
const names = new Map<Tensor, string>([
  [ofA, "ofA"],
  [ofB, "ofB"],
  [ofX, "ofX"],
]);
const named = (tensors: readonly Tensor[]) => tensors.map((t) => names.get(t) ?? t.node.op.name).toSorted();
/** "taken > handed on" of every stage. */
const pieces = (...stages: Stage[]) =>
  cut(stages).map(({ handedIn, handedOut }) => `${named(handedIn).join()} > ${named(handedOut).join()}`);

test("what no update changes is computed once and handed on", () => {
  expect(pieces(stage("c", mul(ofA, c)), stage("b", add(ofA, ofB)))).toEqual([" > ofA", "ofA > "]);
});

test("what an update changes is computed again", () => {
  expect(pieces(stage("a", mul(ofA, c)), stage("b", add(ofA, ofB)))).toEqual([" > ", " > "]);
});

test("of a value that changed, the part that did not is handed on", () => {
  const both = mul(ofA, ofB);
  expect(pieces(stage("a", both), stage("c", both))).toEqual([" > ofB", "ofB > "]);
});

test("only the outermost value is handed on, not what it was made of", () => {
  const whole = mul(ofX, ofB);
  names.set(whole, "whole");
  expect(pieces(stage("a", mul(whole, ofA)), stage("c", add(whole, c)))).toEqual([" > whole", "whole > "]);
});

test("a value waits for a later update as long as nothing between them changes it", () => {
  const third = stage("c", add(ofA, c));
  expect(pieces(stage("c", ofA), stage("b", ofB), third)).toEqual([" > ofA", " > ", "ofA > "]);
  expect(pieces(stage("c", ofA), stage("a", ofB), third)).toEqual([" > ", " > ", " > "]);
});

test("a value made again is handed on by the update that made it again", () => {
  const stages = [stage("a", ofA), stage("b", mul(ofA, b)), stage("c", add(ofA, c))];
  expect(pieces(...stages)).toEqual([" > ", " > ofA", "ofA > "]);
});

test("the loss of an earlier update may itself be handed on", () => {
  expect(pieces(stage("c", ofA), stage("b", ofA))).toEqual([" > ofA", "ofA > "]);
});

test("feeds are read, not handed on", () => {
  expect(pieces(stage("c", x), stage("b", x, add(x, a)))).toEqual([" > ", " > "]);
});

test("an update that repeats neither takes nor hands on, and others share across it", () => {
  const [first, last] = [stage("c", ofA), stage("c", add(ofA, ofB))];
  expect(pieces(first, alone("c", add(ofA, ofB)), last)).toEqual([" > ofA", " > ", "ofA > "]);
});

test("what is made of a feed that was filled again is made again", () => {
  const [first, last] = [stage("c", mul(ofX, ofA)), stage("c", add(ofX, ofA))];
  expect(pieces(first, alone("b x", mul(ofX, b)), last)).toEqual([" > ofA", " > ", "ofA > "]);
});
