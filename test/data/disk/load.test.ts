import { describe, expect, test } from "vitest";
import { loadData } from "../../../src/data/disk/load.js";
import { dataSets } from "../../../src/data/options.js";
import { refusal } from "../refusal.js";

describe("loadData", () => {
  test("loads each set by its name, with its options", async () => {
    const mnist = await loadData("mnist");
    expect([mnist.train.name, mnist.train.size]).toEqual(["mnist", 60_000]);
    const strokes = await loadData("strokes", { size: 32, seed: 5 });
    expect([strokes.train.name, strokes.train.image.width]).toEqual(["strokes", 32]);
    expect(strokes.train.fingerprint).not.toBe((await loadData("strokes", { size: 32 })).train.fingerprint);
    const avatars = await loadData("avatars", { seed: 5 });
    expect([avatars.train.name, avatars.train.image.width]).toEqual(["avatars", 32]);
    const seen: string[] = [];
    const path = "node_modules/no:such";
    expect(await refusal(() => loadData(`folder:${path}`, {}, () => seen.push("?")))).toBe(
      `DataError: ${path}: expected a folder of pictures, received nothing of that name.`,
    );
  });

  test("grey sets in colour, and mnist in a larger square, as a domain beside another asks for", async () => {
    const mnist = await loadData("mnist", { size: 32, channels: 3 });
    expect(mnist.test.image).toEqual({ channels: 3, height: 32, width: 32 });
    const strokes = await loadData("strokes", { size: 16, channels: 3 });
    expect(strokes.train.image).toEqual({ channels: 3, height: 16, width: 16 });
  });

  test("an unknown name is answered with the nearest", async () => {
    const known = `OptionError: data set: expected one of ${dataSets.map(({ name }) => name).join(", ")}, received`;
    expect(await refusal(() => loadData("mnits"))).toBe(`${known} mnits.\n  Did you mean mnist?`);
    expect(await refusal(() => loadData("stroke"))).toBe(`${known} stroke.\n  Did you mean strokes?`);
    expect(await refusal(() => loadData("folders:a"))).toBe(`${known} folders:a.\n  Did you mean folder:a?`);
    expect(await refusal(() => loadData("folder:"))).toBe(
      `${known} folder:.\n  Write the path of the folder after the colon.`,
    );
    expect(await refusal(() => loadData("celebrities"))).toBe(`${known} celebrities.`);
    expect(await refusal(() => loadData("./cats"))).toBe(
      `${known} ./cats.\n  For a folder of pictures write folder:./cats`,
    );
    expect(await refusal(() => loadData("test"))).toBe(
      `${known} test.\n  For a folder of pictures write folder:test`, // a folder that is there
    );
  });

  test("options that do not exist, do not fit or are out of range", async () => {
    expect(await refusal(() => loadData("mnist", { size: 24 }))).toBe(
      "OptionError: mnist size: expected 28 or more, since its pictures are not made smaller, received 24.",
    );
    expect(await refusal(() => loadData("avatars", { channels: 1 }))).toBe(
      "OptionError: avatars channels: expected 3, received 1.",
    );
    expect(await refusal(() => loadData("strokes", { seed: 0.5 }))).toBe(
      "OptionError: data option seed: expected a whole number of at least 0, received 0.5.",
    );
    expect(await refusal(() => loadData("strokes", { testShare: 1 }))).toBe(
      "OptionError: data option testShare: expected a number above 0 and below 1, received 1.",
    );
    const misspelt = { seed: 1, sise: 3 };
    expect(await refusal(() => loadData("strokes", misspelt))).toBe(
      "OptionError: data option: expected size, fit, seed or 10 others, received sise.\n  Did you mean size?",
    );
  });

  test("every listed set is one that can be loaded", async () => {
    for (const { name } of dataSets) {
      const spec = name.replace("PATH", "nowhere");
      const outcome = await loadData(spec).then(
        (splits) => splits.train.name,
        (error: Error) => error.name,
      );
      expect([spec, "DataError"]).toContain(outcome);
    }
  });
});
