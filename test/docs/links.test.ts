import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { pages, prose, read, root } from "./pages.js";

/** The anchor GitHub gives a heading: lower case, punctuation dropped, spaces to hyphens. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replaceAll(/\s/g, "-");
}

function anchorsOf(page: string): string[] {
  const lines = page.replaceAll(/^ *```[^]*?^ *```$/gm, "");
  return [...lines.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => anchorOf(heading));
}

function broken(path: string): string[] {
  const targets = [...prose(read(path)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
  return targets
    .filter((target) => !/^(https?|mailto):/.test(target))
    .filter((target) => {
      const [file = "", anchor] = target.split("#");
      const found = file === "" ? path : join(dirname(path), file);
      if (!existsSync(join(root, found))) return true;
      return anchor !== undefined && !anchorsOf(read(found)).includes(anchor);
    });
}

test("an anchor is made as GitHub makes it", () => {
  expect(anchorOf("The `rule` on updates, once & for all")).toBe("the-rule-on-updates-once--for-all");
  expect(anchorOf("code_balance and code_uncertainty")).toBe("code_balance-and-code_uncertainty");
});

describe("relative links lead to a file, and to a heading of it", () => {
  test.each(pages)("%s", (path) => expect(broken(path)).toEqual([]));
});
