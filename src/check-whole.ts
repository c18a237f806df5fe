import { OptionError } from "./errors.js";

/**
 * Throws OptionError, saying what was meant, unless `value` is a whole number of at least `low` and at most `high`. `why` says
 * what sets the bound: "one for each class". For what a program hands over; a command line's options have a schema.
 */
export function checkWhole(
  where: string,
  value: number,
  low: number,
  { high = Infinity, why }: { readonly high?: number; readonly why?: string } = {},
): void {
  if (Number.isInteger(value) && value >= low && value <= high) return;
  const range = high === Infinity ? `of at least ${low}` : `from ${low} to ${high}`;
  const expected = low === high ? String(low) : `a whole number ${range}`;
  const reason = why === undefined ? "" : `, ${why}`;
  throw new OptionError({ where, expected: `${expected}${reason}`, received: String(value) });
}
