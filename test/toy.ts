import { z } from "zod";
import { type Method, defineMethod } from "../src/methods/index.js";

/** A method that trains nothing and can do what it is given: for tests of what reads a model. */
export function toyMethod(abilities: Partial<Method>): Method {
  return defineMethod({
    name: "toy",
    about: "for tests",
    reference: "none",
    options: z.strictObject({}),
    presets: {},
    networks: () => ({}),
    step: () => [],
    ...abilities,
  });
}
