import { describe, expect, test } from "vitest";
import { z } from "zod";
import { OptionError } from "../src/errors.js";
import {
  type JsonField,
  parseAssignments,
  parseOption,
  parseOptions,
  rangeOf,
  unknownName,
} from "../src/options.js";
import { refusal } from "./data/refusal.js";

const schema = z.strictObject({
  steps: z.int().min(1).default(10),
  width: z.number().min(0.1).max(4).default(1),
  rate: z.number().positive().default(0.1),
  share: z.number().gt(0).lt(1).default(0.5),
  remainder: z.number().gt(0).max(1).default(1),
  limit: z.number().max(3).default(1),
  any: z.number().default(0),
  variant: z.enum(["plain", "fancy", "odd"]).default("plain"),
  channels: z.literal([1, 3]).nullable().default(null),
  loud: z.boolean().default(false),
  folder: z.string().min(1).default("."),
});

describe("parseOptions", () => {
  test("fills in defaults and keeps what is given", () => {
    expect(parseOptions(schema, { width: 2, channels: 3 }, "demo")).toEqual({
      steps: 10,
      width: 2,
      rate: 0.1,
      share: 0.5,
      remainder: 1,
      limit: 1,
      any: 0,
      variant: "plain",
      channels: 3,
      loud: false,
      folder: ".",
    });
  });

  test.each<[string, unknown, string]>([
    ["steps", 0, "expected a whole number of at least 1, received 0."],
    ["steps", 1.5, "expected a whole number of at least 1, received 1.5."],
    ["steps", "abc", "expected a whole number of at least 1, received abc."],
    ["width", 99, "expected a number from 0.1 to 4, received 99."],
    ["rate", 0, "expected a number above 0, received 0."],
    ["remainder", 0, "expected a number above 0 and at most 1, received 0."],
    ["share", 1, "expected a number above 0 and below 1, received 1."],
    ["limit", 4, "expected a number of at most 3, received 4."],
    ["any", "", "expected a number, received an empty text."],
    ["variant", "foo", "expected plain, fancy or odd, received foo."],
    ["channels", 2, "expected 1, 3 or null, received 2."],
    ["loud", "yes", "expected true or false, received yes."],
    ["folder", "", "expected text, received an empty text."],
    ["folder", [1], "expected text, received [1]."],
  ])("%s=%j", async (name, value, sentence) => {
    expect(await refusal(() => parseOptions(schema, { [name]: value }, "demo"))).toBe(
      `OptionError: demo option ${name}: ${sentence}`,
    );
  });

  test("a required option that is missing", async () => {
    const required = z.strictObject({ name: z.string() });
    expect(await refusal(() => parseOptions(required, {}, "demo"))).toBe(
      "OptionError: demo option name: expected text, received nothing.",
    );
  });

  test("an option that does not exist, with the nearest that does", async () => {
    expect(await refusal(() => parseOptions(schema, { widht: 1 }, "demo"))).toBe(
      "OptionError: demo option: expected width, limit, steps or 8 others, received widht.\n  Did you mean width?",
    );
  });

  test("is wrong usage", () => {
    expect(() => parseOptions(schema, { steps: 0 }, "demo")).toThrow(OptionError);
    expect(unknownName("x", "a", ["b"]).exitCode).toBe(2);
  });
});

describe("rangeOf", () => {
  const field = (option: z.ZodType) => z.toJSONSchema(option, { io: "input" }) as JsonField;

  test.each<[string, z.ZodType]>([
    ["at least 1", z.int().min(1)],
    ["at most 3", z.number().max(3)],
    ["0.1 to 4", z.number().min(0.1).max(4)],
    ["-3 to 0", z.int().min(-3).max(0)],
    ["above 0", z.number().positive()],
    ["below 1", z.number().lt(1)],
    ["above 0 and below 1", z.number().gt(0).lt(1)],
    ["above 0 and at most 1", z.number().gt(0).max(1)],
    ["at least 0 and below 1", z.number().min(0).lt(1)],
    ["", z.number()],
    ["", z.int()],
    ["plain or fancy", z.enum(["plain", "fancy"])],
    ["plain, fancy or odd", z.enum(["plain", "fancy", "odd"])],
    ["true or false", z.boolean()],
    ["text", z.string().min(1)],
    ["1, 3 or null", z.literal([1, 3]).nullable()],
    ["at least 1 or null", z.int().min(1).nullable()],
    ["4 to 1024 or null", z.int().min(4).max(1024).nullable()],
    ["above 0 and at most 1 or null", z.number().gt(0).max(1).nullable()],
    ["text or null", z.string().nullable()],
    ["true, false or null", z.boolean().nullable()],
  ])("%s", (range, option) => expect(rangeOf(field(option))).toBe(range));

  test("a default is no part of it", () => {
    expect(rangeOf(field(z.boolean().default(false)))).toBe("true or false");
    expect(rangeOf(field(z.int().min(1).nullable().default(null)))).toBe("at least 1 or null");
  });
});

describe("unknownName", () => {
  test("names the nearest, where one is near", () => {
    expect(unknownName("method", "infogna", ["infogan", "bigan"]).hint).toBe("Did you mean infogan?");
    expect(unknownName("method", "autoencoder", ["infogan", "bigan"]).hint).toBeUndefined();
    expect(unknownName("method", "x", []).hint).toBeUndefined();
    expect(unknownName("method", "", ["ae", "vae"]).hint).toBeUndefined();
  });

  test("lists a few, the nearest first, and of many the nearest", () => {
    expect(unknownName("preset", "papr", ["quick", "paper", "best"]).expected).toMatch(/^one of paper, /);
    expect(unknownName("method", "infogna", ["infogan"]).expected).toBe("infogan");
    const many = Array.from({ length: 20 }, (_, i) => `option${i}`);
    const { expected, hint } = unknownName("demo option", "opton7", many, "ganymede list demo");
    expect(expected).toBe("option7, option0, option1 or 17 others");
    expect(hint).toBe("Did you mean option7? All of them: ganymede list demo");
  });
});

describe("parseOption", () => {
  test("a value as text, checked by its schema", () => {
    expect(parseOption(schema, "steps", "12", "--steps")).toBe(12);
    expect(parseOption(schema, "variant", "odd", "--variant")).toBe("odd");
  });

  test.each([
    ["steps", "0", "a whole number of at least 1", "0"],
    ["steps", "", "a whole number of at least 1", "an empty text"],
    ["width", "wide", "a number from 0.1 to 4", "wide"],
    ["channels", "2", "1 or 3", "2"],
  ])("%s=%j says the range", async (name, text, expected, received) => {
    expect(await refusal(() => parseOption(schema, name, text, `--${name}`))).toBe(
      `OptionError: --${name}: expected ${expected}, received ${received}.`,
    );
  });
});

describe("parseAssignments", () => {
  test("numbers, booleans and null by their looks, the rest as text; the last of a name counts", () => {
    const pairs = [
      "a=1",
      "b=-2.5e-3",
      "c=true",
      "d=false",
      "e=word",
      "f=",
      "g=x=y",
      "h= ",
      "i=Infinity",
      "j=1",
      "j=2",
      "k=null",
    ];
    expect(parseAssignments(pairs)).toEqual({
      a: 1,
      b: -0.0025,
      c: true,
      d: false,
      e: "word",
      f: "",
      g: "x=y",
      h: " ",
      i: "Infinity",
      j: 2,
      k: null,
    });
  });

  test.each([
    ["width", "width", "Write width=VALUE. What is no key=value goes before --set."],
    ["=1", "=1", "For example: --set width=0.5 categories=5"],
    ["", "nothing", "For example: --set width=0.5 categories=5"],
  ])("%j is no assignment", async (pair, received, hint) => {
    expect(await refusal(() => parseAssignments([pair]))).toBe(
      `OptionError: --set: expected key=value, received ${received}.\n  ${hint}`,
    );
  });
});
