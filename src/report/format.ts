const integers = new Intl.NumberFormat("en");
const decimals = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });
const dates = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "short", timeZone: "UTC" });

/** 60000 -> "60,000", 0.97123 -> "0.9712", 2e-7 -> "2.00e-7". */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Number.isInteger(value)) return integers.format(value);
  return Math.abs(value) < 1e-3 ? value.toExponential(2) : decimals.format(value);
}

/** 272 -> "4 min 32 s". Rounded to seconds, from an hour on to minutes. */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** An ISO 8601 moment as "27 August 2026 at 14:03 UTC"; anything else stays as it is. */
export function formatMoment(iso: string): string {
  const moment = new Date(iso);
  return Number.isNaN(moment.getTime()) ? iso : `${dates.format(moment)} UTC`;
}

/** Nested objects as rows: `{ a: { b: 1 } }` -> `[["a.b", "1"]]`. Strings stand as they are, the rest as JSON. */
export function flatten(record: Readonly<Record<string, unknown>>, prefix = ""): [string, string][] {
  return Object.entries(record).flatMap(([key, value]): [string, string][] => {
    if (isRecord(value)) return flatten(value, `${prefix}${key}.`);
    return [[prefix + key, typeof value === "string" ? value : (JSON.stringify(value) ?? "")]];
  });
}

/** An object with something in it: an empty one is a value like any other. */
function isRecord(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0
  );
}
