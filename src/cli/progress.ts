import { type Options, Presets, SingleBar } from "cli-progress";
import pc from "picocolors";

/** A bar on a terminal, a line now and then anywhere else; always on stderr, so that stdout is for results. */
export class Progress {
  private bar: SingleBar | undefined;
  private label = "";
  private lastLine = 0;
  private started = 0;
  private startedAt = 0;

  /** `unit`: what is counted, for the rate; "" for parts that take very different times. */
  constructor(
    private readonly unit: string,
    private readonly perItem: number,
  ) {}

  /** Shows `done` of `total`; a new label begins anew. */
  update(label: string, done: number, total: number, detail = ""): void {
    if (label !== this.label) this.begin(label, done, total);
    const seconds = (performance.now() - this.startedAt) / 1000;
    const rate = seconds > 0 ? ((done - this.started) * this.perItem) / seconds : 0;
    const left = rate > 0 ? ((total - done) * this.perItem) / rate : 0;
    const speed =
      rate < 0.05 || this.unit === "" ? "" : `${rate.toFixed(rate < 10 ? 1 : 0)} ${this.unit}/s, `;
    const facts = rate > 0 ? `${speed}${duration(left)} left` : "";
    if (this.bar) this.bar.update(done, { detail, facts });
    else this.line([total === 1 ? label : `${label} ${done}/${total}`, detail, facts], done === total);
  }

  stop(): void {
    this.bar?.stop();
    this.bar = undefined;
    this.label = "";
  }

  private begin(label: string, done: number, total: number): void {
    this.stop();
    this.label = label;
    this.started = done;
    this.startedAt = performance.now();
    this.lastLine = -Infinity;
    if (!process.stderr.isTTY) return;
    const options: Options = {
      format: `${label} ${pc.cyan("{bar}")} {value}/{total}  {detail}  ${pc.dim("{facts}")}`,
      stream: process.stderr,
      barsize: 20,
      hideCursor: true,
      gracefulExit: false,
    };
    this.bar = new SingleBar(options, Presets.shades_classic);
    this.bar.start(total, done, { detail: "", facts: "" });
  }

  /** At most one line in five seconds; the first and the last always. */
  private line(parts: readonly string[], last: boolean): void {
    const now = performance.now();
    if (!last && now - this.lastLine < 5000) return;
    this.lastLine = now;
    process.stderr.write(`${parts.filter((part) => part !== "").join("  ")}\n`);
  }
}

/** Work that shows its progress; the bar is taken away however it ends, as it hides the terminal's cursor. */
export async function withProgress<T>(
  progress: Progress,
  work: (progress: Progress) => Promise<T>,
): Promise<T> {
  try {
    return await work(progress);
  } finally {
    progress.stop();
  }
}

/** 75 -> "1m15s", 3700 -> "1h02m": rounded to seconds, from an hour on to minutes. */
export function duration(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${two(whole % 60)}s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)}h${two(minutes % 60)}m`;
}
