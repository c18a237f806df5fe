import { Option } from "commander";
import pc from "picocolors";
import { OptionError } from "../errors.js";
import type { SkippedFile } from "../data/index.js";
import { counted } from "../run/in-words.js";

/** A parser for whole numbers of a flag. */
export function whole(flag: string, least = 0, most = Infinity): (text: string) => number {
  const range = most === Infinity ? `of at least ${least}` : `from ${least} to ${most}`;
  return (text) => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isSafeInteger(value) || value < least || value > most) {
      throw new OptionError({
        where: flag,
        expected: `a whole number ${range}`,
        received: text || "nothing",
      });
    }
    return value;
  };
}

/** A parser for numbers above 0. */
export function positive(flag: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isFinite(value) && value > 0) return value;
    throw new OptionError({ where: flag, expected: "a number above 0", received: text || "nothing" });
  };
}

/** A parser for the name of a picture to write. */
export function pngFile(flag: string): (text: string) => string {
  return (text) => {
    if (/\.png$/i.test(text)) return text;
    throw new OptionError({
      where: flag,
      expected: "a file name ending in .png",
      received: text || "nothing",
    });
  };
}

export const jsonOption = () => new Option("--json", "print the result as one line of JSON");
export const threadsOption = () =>
  new Option("--threads <n>", "threads inside an op; all cores by default").argParser(whole("--threads", 1));

/** Prints a result. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Says on stderr what the user must know of the result. */
export function warn(text: string): void {
  process.stderr.write(`${pc.yellow("warning")} ${text}\n`);
}

const NAMED = 10;

/** Names on stderr the first files that --skip-bad left out, and counts them all. */
export function reportSkipped(skipped: readonly SkippedFile[]): void {
  for (const { path, reason } of skipped.slice(0, NAMED))
    process.stderr.write(`left out ${path}: ${reason}\n`);
  if (skipped.length > 0) warn(`${counted(skipped.length, "file")} could not be read: left out.`);
}

/** The command as the user could type it again. */
export function commandLine(): string {
  const quote = (word: string) =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
  return ["npx ganymede", ...process.argv.slice(2).map(quote)].join(" ");
}
