import ts from "typescript";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { dataOptions } from "../../src/data/index.js";
import { methods, trainingOptions } from "../../src/methods/index.js";
import { root } from "./pages.js";

/** Exported names of src/index.ts with the files that declare them, as the compiler sees them. */
function publicNames(): { name: string; file: string; documented: boolean }[] {
  const index = `${root}src/index.ts`;
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, (path) => ts.sys.readFile(path)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  const program = ts.createProgram([index], options);
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(index);
  const module = file && checker.getSymbolAtLocation(file);
  if (module === undefined) throw new Error("src/index.ts exports nothing");
  return checker.getExportsOfModule(module).map((symbol) => {
    const declared = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    return {
      name: symbol.name,
      file: (declared.declarations?.[0]?.getSourceFile().fileName ?? "").replace(root, ""),
      documented: isDocumented(declared, checker),
    };
  });
}

/** By a docstring of its own or, a record of options or results, by one for each of its members. */
function isDocumented(symbol: ts.Symbol, checker: ts.TypeChecker): boolean {
  if (symbol.getDocumentationComment(checker).length > 0) return true;
  const members = [...(symbol.members?.values() ?? [])];
  return members.length > 0 && members.every((member) => member.getDocumentationComment(checker).length > 0);
}

describe("public names", () => {
  const names = publicNames();

  test("each has a docstring where it is declared", () => {
    expect(names.length).toBeGreaterThan(100);
    const bare = names.filter(({ documented }) => !documented).map(({ name, file }) => `${file}: ${name}`);
    expect(bare).toEqual([]);
  });
});

interface JsonOption {
  readonly description?: string;
  readonly default?: unknown;
}

describe("every option has a default in its own range, and a description", () => {
  const schemas: [string, z.ZodObject][] = [
    ...Object.values(methods).map((method): [string, z.ZodObject] => [method.name, method.options]),
    ["training", trainingOptions],
    ["data", dataOptions],
  ];

  test.each(schemas)("%s", (_name, schema) => {
    const { properties = {} } = z.toJSONSchema(schema, { io: "input" }) as {
      properties?: Record<string, JsonOption>;
    };
    expect(Object.keys(properties).length).toBeGreaterThan(0);
    for (const [name, option] of Object.entries(properties)) {
      expect(option, name).toHaveProperty("default");
      expect(option.description?.length ?? 0, name).toBeGreaterThan(10);
    }
    const defaults = schema.parse({});
    expect(schema.parse(defaults)).toEqual(defaults);
  });

  test.each(Object.values(methods))(
    "$name: presets say what they are, and set options that exist",
    (method) => {
      for (const { about, options = {}, training = {} } of Object.values(method.presets)) {
        expect(about.length).toBeGreaterThan(10);
        expect(method.options.parse(options)).toMatchObject(options);
        expect(trainingOptions.parse(training)).toMatchObject(training);
      }
      const simpler = method.baseline?.options ?? {};
      expect(method.options.parse(simpler)).toMatchObject(simpler);
    },
  );
});
