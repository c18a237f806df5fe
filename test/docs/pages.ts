import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));

/** A file of the repository as text. */
export function read(path: string): string {
  return readFileSync(`${root}${path}`, "utf8");
}

/** Files under a folder of the repository, with "/", sorted. */
export function filesIn(folder: string): string[] {
  const names = readdirSync(`${root}${folder}`, { recursive: true, withFileTypes: true });
  return names
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`.replaceAll("\\", "/").replace(root, ""))
    .toSorted();
}

/** Every page a reader meets. */
export const pages = [
  "README.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  ...filesIn("docs").filter((name) => name.endsWith(".md")),
];

/** A fenced block: its language, the file it quotes (```ts src/x.ts) and its text. */
export interface Block {
  readonly language: string;
  readonly source: string;
  readonly text: string;
}

export function blocksOf(page: string): Block[] {
  return [...page.matchAll(/^ *```(\S*) ?(.*)\n([^]*?)^ *```$/gm)].map(
    ([, language = "", source = "", text = ""]) => ({
      language,
      source,
      text,
    }),
  );
}

/** A page without its blocks and its code spans, where square brackets are no links. */
export function prose(page: string): string {
  return page.replaceAll(/^ *```[^]*?^ *```$/gm, "").replaceAll(/`[^`\n]*`/g, "code");
}
