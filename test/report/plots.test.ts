import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { confusionPlot, curves, type Point } from "../../src/report/index.js";
import { groupColours, scatter, seriesColour } from "../../src/report/plots.js";

function parse(svg: string): Element {
  const root = parseHTML(`<html><body>${svg}</body></html>`).document.querySelector("svg");
  if (root === null) throw new Error("no svg");
  return root;
}

interface Line {
  readonly name: string;
  readonly colour: string;
  readonly opacity: number;
  readonly points: Point[];
}

function lines(svg: string): Line[] {
  return [...parse(svg).querySelectorAll('g[aria-label="line"]')].map((group) => {
    const path = group.querySelector("path")?.getAttribute("d") ?? "";
    return {
      name: group.querySelector("title")?.textContent ?? "",
      colour: group.getAttribute("stroke") ?? "",
      opacity: Number(group.getAttribute("stroke-opacity") ?? 1),
      points: [...path.matchAll(/[ML]([-\d.]+),([-\d.]+)/g)].map(([, x, y]): Point => [Number(x), Number(y)]),
    };
  });
}

function texts(svg: string, label: string): string[] {
  return [...parse(svg).querySelectorAll(`g[aria-label="${label}"] text`)].map(
    (text) => text.textContent ?? "",
  );
}

function ramp(count: number): Point[] {
  return Array.from({ length: count }, (_, step) => [step, step]);
}

describe("curves", () => {
  it("draws a short series as one line through all its points", () => {
    const [line, ...others] = lines(curves({ title: "Loss", series: [{ name: "G", points: ramp(3) }] }));
    expect(others).toEqual([]);
    expect(line).toMatchObject({ name: "G", opacity: 1, colour: seriesColour(0) });
    expect(line?.points).toEqual([[50, 214], [225, 119], [400, 24]]); // prettier-ignore
  });

  it("thins a long series to 400 points from first to last, faint as measured and bold smoothed", () => {
    const jagged = ramp(10_001).map(([step]): Point => [step, step % 2]);
    const [faint, bold, ...others] = lines(
      curves({ title: "Loss", series: [{ name: "G", points: jagged }] }),
    );
    expect(others).toEqual([]);
    expect(faint?.opacity).toBeLessThan(0.5);
    expect(bold?.opacity).toBe(1);
    expect([faint?.points.length, bold?.points.length]).toEqual([400, 400]);
    expect(faint?.points.at(0)?.[0]).toBe(50);
    expect(faint?.points.at(-1)?.[0]).toBe(400);
    const swing = (line: Line | undefined): number => {
      const inner = (line?.points ?? []).slice(20, -20).map(([, y]) => y);
      return Math.max(...inner) - Math.min(...inner);
    };
    expect(swing(bold)).toBeLessThan(0.5 * swing(faint));
  });

  it("keeps all points of a series of 400", () => {
    expect(
      lines(curves({ title: "Loss", series: [{ name: "G", points: ramp(400) }] }))[0]?.points,
    ).toHaveLength(400);
  });

  it("draws only finite values", () => {
    const points: Point[] = [[0, 1], [1, Number.NaN], [2, Infinity], [3, 2]]; // prettier-ignore
    expect(curves({ title: "Loss", series: [{ name: "G", points }] })).toContain('d="M50,214L400,24"');
  });

  it("keeps a point that stands alone", () => {
    const series = [ramp(3), ramp(1)].map((points) => ({ name: "G", points }));
    expect(lines(curves({ title: "Loss", series }))[1]?.points).toEqual([[50, 214]]);
  });

  it("draws a constant in the middle of round numbers", () => {
    const points: Point[] = [[0, 3], [10, 3]]; // prettier-ignore
    const svg = curves({ title: "Rate", series: [{ name: "rate", points }] });
    expect(lines(svg)[0]?.points.map(([, y]) => y)).toEqual([119, 119]);
    expect(texts(svg, "y-axis tick label")).toEqual(["0", "1", "2", "3", "4", "5", "6"]);
  });

  it("cuts off a jump that would leave no room for the rest, and counts it at the axis", () => {
    // Now and then 12, which is not far off: it is drawn.
    const calm = ramp(400).map(([step]): Point => [step, step % 200 === 9 ? 12 : step % 10]);
    const svg = curves({ title: "kl", series: [{ name: "kl", points: calm.with(2, [2, 1e6]) }] });
    expect(texts(svg, "y-axis tick label").at(-1)).toBe("14");
    expect([...parse(svg).querySelectorAll("text")].map((text) => text.textContent)).toContain(
      "outside: 1 of 400 values",
    );
    const [faint, mean] = lines(svg).map(({ points }) => Math.min(...points.map(([, y]) => y)));
    expect(faint).toBeCloseTo(24 + 190 * (1 - 13.5 / 14), 2); // at the edge of what is drawn
    expect(mean).toBeGreaterThan(24 + 190 / 2);
    const plain = curves({ title: "kl", series: [{ name: "kl", points: calm.with(2, [2, 100]) }] });
    expect(texts(plain, "y-axis tick label").at(-1)).toBe("100");
  });

  it("gives each series its own colour and name, the axis its unit, and the picture its words", () => {
    const series = ["G & co", "D", "Q"].map((name) => ({ name, points: ramp(3) }));
    const svg = curves({ title: "Losses", unit: "nats", series });
    expect(lines(svg).map(({ name }) => name)).toEqual(["G & co", "D", "Q"]);
    expect(new Set(lines(svg).map(({ colour }) => colour)).size).toBe(3);
    expect(parse(svg).getAttribute("aria-label")).toBe("Losses: G & co, D, Q over the steps of the training");
    expect(parse(svg).getAttribute("role")).toBe("img");
    expect([...parse(svg).querySelectorAll("text")].map((text) => text.textContent)).toEqual(
      expect.arrayContaining(["nats", "step"]),
    );
  });
});

describe("scatter", () => {
  const groups = ["a<b", "c", "d"].map((name, i) => ({
    name,
    points: Array.from({ length: 5 }, (_, j): Point => [10 * i + (j === 4 ? 5 : 0), j]),
  }));
  const dots = (svg: string) =>
    [...parse(svg).querySelectorAll('g[aria-label="dot"]')].map((group) =>
      [...group.querySelectorAll("circle")].map((dot) => [
        Number(dot.getAttribute("cx")),
        Number(dot.getAttribute("cy")),
        dot.getAttribute("fill"),
      ]),
    );

  it("draws every place in the colour of its group", () => {
    const drawn = dots(scatter({ title: "features", groups }));
    expect(drawn.map((group) => group.length)).toEqual([5, 5, 5]);
    expect(drawn.map(([first]) => first?.[2])).toEqual(groupColours(groups));
    expect(drawn.flat().every(([x, y]) => Number.isFinite(x) && Number.isFinite(y))).toBe(true);
  });

  it("names each group at its middle, but for two, which the legend tells apart", () => {
    expect(texts(scatter({ title: "features", groups }), "text")).toEqual(["a<b", "c", "d"]);
    expect(texts(scatter({ title: "features", groups: groups.slice(1) }), "text")).toEqual([]);
    const empty = [{ name: "none", points: [] }, ...groups];
    expect(texts(scatter({ title: "features", groups: empty }), "text")).toEqual(["a<b", "c", "d"]);
  });

  it("draws what is of no group grey, under the others, and without a name", () => {
    const rest = { name: "no label", points: [[3, 3] as const], rest: true as const };
    const svg = scatter({ title: "features", groups: [...groups, rest] });
    expect(dots(svg).map((group) => group.length)).toEqual([1, 5, 5, 5]);
    expect(dots(svg)[0]?.[0]?.[2]).toContain("--quiet");
    expect(texts(svg, "text")).toEqual(["a<b", "c", "d"]);
    expect(groupColours([...groups, rest]).slice(0, 3)).toEqual(groupColours(groups));
  });

  it("keeps the names of groups in one place apart", () => {
    const places = [0, 1, 2, 3].map((x): Point => [x, 0]);
    const alike = ["p", "q", "r"].map((name) => ({ name, points: places }));
    const svg = parse(
      scatter({ title: "features", groups: [...alike, { name: "far", points: [[50, 90]] }] }),
    );
    const at = [...svg.querySelectorAll('g[aria-label="text"] text')].map((text) =>
      (/translate\(([^)]*)\)/.exec(text.getAttribute("transform") ?? "")?.[1] ?? "").split(",").map(Number),
    );
    const between = at.flatMap(([x1, y1], i) =>
      at.slice(i + 1).map(([x2, y2]) => Math.hypot(x1! - x2!, y1! - y2!)),
    );
    expect(between).toHaveLength(6);
    expect(Math.min(...between)).toBeGreaterThan(15);
  });

  it("gives ten groups ten colours", () => {
    const ten = Array.from({ length: 10 }, (_, i) => ({ name: `${i}`, points: [] }));
    const colours = groupColours(ten);
    expect(new Set(colours).size).toBe(10);
  });
});

describe("confusionPlot", () => {
  const confusion = {
    rows: ["code 0", "code 1", "code 2"],
    columns: ["a<b", "b"],
    counts: [[5, 7], [0, 1200], [90, 10]], // prettier-ignore
  };
  it("writes each count into its cell", () => {
    expect(texts(confusionPlot(confusion), "text")).toEqual(["5", "7", "0", "1,200", "90", "10"]);
  });

  it("orders rows by the class they stand for, those without one last", () => {
    const svg = confusionPlot({ ...confusion, matching: [-1, 1, 0] });
    expect(texts(svg, "text")).toEqual(["90", "10", "0", "1,200", "5", "7"]);
    expect(texts(svg, "y-axis tick label")).toEqual(["code 2", "code 1", "code 0"]);
    expect(texts(svg, "x-axis tick label")).toEqual(["a<b", "b"]);
    const heights = [...parse(svg).querySelectorAll('g[aria-label="cell"] rect')].map((cell) =>
      Number(cell.getAttribute("y")),
    );
    expect(heights).toEqual(heights.toSorted((a, b) => a - b));
  });

  it("says what its rows are", () => {
    expect(texts(confusionPlot(confusion), "y-axis label")).toEqual(["code"]);
    expect(texts(confusionPlot({ ...confusion, rowsAre: "named" }), "y-axis label")).toEqual(["named"]);
  });

  it("shades a cell by its share of the row and writes white only on dark cells", () => {
    const svg = parse(confusionPlot(confusion));
    const shades = [...svg.querySelectorAll('g[aria-label="cell"] rect')].map((cell) =>
      Number(cell.getAttribute("fill-opacity")),
    );
    const share = [5 / 12, 7 / 12, 0, 1, 0.9, 0.1];
    shades.forEach((shade, index) => expect(shade).toBeCloseTo(0.06 + 0.94 * (share[index] ?? Number.NaN)));
    const inks = [...svg.querySelectorAll('g[aria-label="text"] text')].map((text) =>
      text.getAttribute("fill"),
    );
    expect(inks).toEqual(["currentColor", "currentColor", "currentColor", "white", "white", "currentColor"]);
  });

  it("draws a code that was never used", () => {
    const svg = confusionPlot({ rows: ["x"], columns: ["a", "b"], counts: [[0, 0]] });
    expect(texts(svg, "text")).toEqual(["0", "0"]);
    expect(parse(svg).querySelectorAll('g[aria-label="cell"] rect')).toHaveLength(2);
  });
});
