import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Progress, duration } from "../../src/cli/progress.js";

test.each([
  [0, "0s"],
  [0.6, "1s"],
  [59.4, "59s"],
  [59.6, "1m00s"],
  [75, "1m15s"],
  [3599, "59m59s"],
  [3700, "1h02m"],
  [36_000, "10h00m"],
])("%d seconds are %s", (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

describe("without a terminal", () => {
  const lines: string[] = [];
  let now = 0;
  const at = (seconds: number) => (now = 1000 * seconds);

  beforeEach(() => {
    lines.length = 0;
    vi.spyOn(performance, "now").mockImplementation(() => now);
    vi.spyOn(process.stderr, "write").mockImplementation((text) => lines.push(String(text)) > 0);
    Object.defineProperty(process.stderr, "isTTY", { value: false, configurable: true });
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  test("the first line, then one in five seconds, and the last; with the rate and the time left", () => {
    const progress = new Progress("pictures", 64);
    at(0);
    progress.update("training", 1, 101, "loss 2.0");
    at(1);
    progress.update("training", 2, 101, "loss 1.9");
    at(10);
    progress.update("training", 51, 101, "loss 1.5");
    at(20);
    progress.update("training", 101, 101, "loss 1.0");
    expect(lines).toEqual([
      "training 1/101  loss 2.0\n",
      "training 51/101  loss 1.5  320 pictures/s, 10s left\n",
      "training 101/101  loss 1.0  320 pictures/s, 0s left\n",
    ]);
  });

  test("a run that goes on counts its speed from where it went on", () => {
    const progress = new Progress("pictures", 10);
    at(0);
    progress.update("training", 1000, 2000);
    at(10);
    progress.update("training", 1001, 2000);
    expect(lines.at(-1)).toBe("training 1001/2000  1.0 pictures/s, 2h47m left\n");
  });

  test("a stage without parts has no count, and every stage begins anew", () => {
    const progress = new Progress("steps", 1);
    at(0);
    progress.update("measuring", 0, 1);
    at(1);
    progress.update("reporting", 0, 1);
    expect(lines).toEqual(["measuring\n", "reporting\n"]);
  });
});
