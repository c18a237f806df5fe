import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import { dataUri, grid, renderReport, type Report } from "../../src/report/index.js";

const png = grid({ images: new Float32Array(4), shape: { channels: 1, height: 1, width: 2 }, columns: 2 });

const bare: Report = {
  title: "InfoGAN",
  command: "ganymede train infogan",
  summary: [],
  numbers: [],
  panels: [],
  timeline: [],
  curves: [],
  configuration: {},
};

const full: Report = {
  ...bare,
  subtitle: "on MNIST",
  started: "2026-08-27T14:03:11Z",
  seconds: 272.4,
  facts: ["measured on 10,000 test pictures"],
  warnings: ["Take care.", "No models.\n  Export again."],
  summary: ["It learned.", "Without labels."],
  numbers: [
    {
      key: "cluster_accuracy",
      value: 0.96123,
      meaning: "Part of the test pictures.",
      short: "right ones",
      direction: "0 to 1, higher is better",
      reference: "paper: 0.95",
    },
    { key: "nmi", value: 0.9, meaning: "Mutual information." },
    { key: "pictures", value: 60000, meaning: "Seen." },
    { key: "verdict", value: "good", meaning: "In a word." },
    { key: "fifth", value: 5.25, meaning: "Not in the headline." },
  ],
  panels: ["c1", "plain", "c2", "c3"].map((title) => ({
    title,
    caption: `About ${title}.`,
    png,
    rowLabels: ["row"],
    columnLabels: ["left", "right"],
    alt: `Pictures of ${title}`,
  })),
  timeline: [0, 1500].map((step) => ({ step, png })),
  curves: [
    { title: "Losses", unit: "nats", series: ["G", "D"].map((name) => ({ name, points: [[0, 1], [1, 2]] })) }, // prettier-ignore
    { title: "Accuracy", series: [{ name: "accuracy", points: [[0, 0.5], [1, 0.9]] }] }, // prettier-ignore
    { title: "Never measured", series: [{ name: "empty", points: [] }] },
  ],
  confusion: { rows: ["c=0", "c=1"], columns: ["zero", "one"], counts: [[1, 41], [43, 2]], matching: [1, 0] }, // prettier-ignore
  configuration: { seed: 1, options: { lambda: { categorical: 0.3 } } },
  notes: ["Labels were never seen."],
};

function open(report: Report): Document {
  return parseHTML(renderReport(report)).document;
}

function texts(root: ParentNode, selector: string): string[] {
  return [...root.querySelectorAll(selector)].map(({ textContent }) =>
    (textContent ?? "").replaceAll(/\s+/g, " ").trim(),
  );
}

const text = (root: ParentNode, selector: string): string => texts(root, selector).join(" | ");

describe("renderReport", () => {
  it("shows every part, in order", () => {
    const page = open(full);
    const sections = [...page.querySelectorAll("main section")].map(({ id }) => id);
    expect(sections).toEqual([
      "panels",
      "timeline",
      "curves",
      "confusion",
      "numbers",
      "notes",
      "command",
      "configuration",
    ]);
    expect(texts(page, "h1")).toEqual(["InfoGAN"]);
    expect(page.title).toBe("InfoGAN");
    expect(texts(page, ".facts > *")).toEqual([
      "27 August 2026 at 14:03 UTC",
      "trained for 4 min 32 s",
      "measured on 10,000 test pictures",
    ]);
    expect(texts(page, ".warnings p")).toEqual(["Take care.", "No models. Export again."]);
    expect(text(page, ".summary")).toBe("It learned. Without labels.");
    expect(text(page, "#notes p")).toBe("Labels were never seen.");
    expect(text(page, "#command pre")).toBe("ganymede train infogan");
  });

  it("leaves no heading, table or picture behind for what is missing", () => {
    const page = open(bare);
    expect([...page.querySelectorAll("main section")].map(({ id }) => id)).toEqual(["command"]);
    expect(page.querySelectorAll("h2")).toHaveLength(1);
    expect(page.querySelectorAll("img, svg, table, details, dl, figure, header p, aside")).toHaveLength(0);
  });

  it("closes every element it opens", () => {
    const void_ = /^(meta|img|wbr)$/;
    const open: string[] = [];
    for (const [, close, name = "", self] of renderReport(full).matchAll(
      /<(\/?)([a-z]\w*)\b(?:"[^"]*"|[^">])*?(\/?)>/gi,
    )) {
      if (close === "/") expect(open.pop()).toBe(name);
      else if (self !== "/" && !void_.test(name)) open.push(name);
    }
    expect(open).toEqual([]);
  });

  it("needs nothing but itself", () => {
    const page = renderReport(full);
    expect(page).not.toMatch(/https?:|<script|<link|@import|\burl\(|\bon\w+=/i);
    const sources = [...open(full).querySelectorAll("[src], [href]")].map(
      (element) => element.getAttribute("src") ?? element.getAttribute("href"),
    );
    expect(sources).toEqual(Array.from({ length: 6 }, () => dataUri(png)));
  });

  it("puts the first four numbers into the headline and all of them, with meaning, into the table", () => {
    const page = open(full);
    expect(texts(page, ".tiles dt")).toEqual(["cluster accuracy", "nmi", "pictures", "verdict"]);
    expect(texts(page, ".tiles dd:not(.quiet)")).toEqual(["0.9612", "0.9", "60,000", "good"]);
    expect(texts(page, ".tiles dd.quiet")).toEqual(["right ones", "0 to 1, higher is better", "paper: 0.95"]);
    expect(texts(page, "#numbers tbody th code")).toEqual(full.numbers.map(({ key }) => key));
    expect(texts(page, "#numbers tbody th span")).toEqual(
      full.numbers.flatMap(({ meaning, direction }) => (direction ? [meaning, direction] : [meaning])),
    );
    expect(texts(page, "#numbers tbody td:nth-child(2)")).toEqual([
      "0.9612",
      "0.9",
      "60,000",
      "good",
      "5.25",
    ]);
    expect(texts(page, "#numbers tbody td:nth-child(3)")).toEqual(["paper: 0.95", "", "", "", ""]);
  });

  it("has no column for references that nobody gave", () => {
    const page = open({ ...bare, numbers: [{ key: "nmi", value: 0.9, meaning: "Mutual information." }] });
    expect(texts(page, "#numbers thead th")).toEqual(["measure", "value"]);
    expect(page.querySelectorAll("#numbers tbody td")).toHaveLength(1);
  });

  it("labels the panels and says in words what they show", () => {
    const page = open(full);
    expect(texts(page, "#panels h3")).toEqual(["c1", "plain", "c2", "c3"]);
    expect(texts(page, "#panels figcaption")[2]).toBe("About c2.");
    expect(texts(page, "#panels figure:first-child .across li")).toEqual(["left", "right"]);
    expect(texts(page, "#panels figure:first-child .down li")).toEqual(["row"]);
    const alts = [...page.querySelectorAll("img")].map((image) => image.getAttribute("alt"));
    expect(alts).toEqual([
      "Pictures of c1",
      "Pictures of plain",
      "Pictures of c2",
      "Pictures of c3",
      "Samples at step 0",
      "Samples at step 1,500",
    ]);
    expect(texts(page, "#timeline li")).toEqual(["step 0", "step 1,500"]);
  });

  it("draws the curves that have a line, with a legend where there are several", () => {
    const page = open(full);
    expect(texts(page, "#curves h3")).toEqual(["Losses", "Accuracy"]);
    expect(texts(page, "#curves .legend li")).toEqual(["G", "D"]);
    const strokes = [...page.querySelectorAll('#curves figure:first-child g[aria-label="line"]')];
    const legend = [...page.querySelectorAll("#curves .legend i")];
    expect(legend.map((mark) => mark.getAttribute("style"))).toEqual(
      strokes.map((line) => `background:${line.getAttribute("stroke")}`),
    );
    expect(texts(page, '#confusion g[aria-label="text"] text')).toEqual(["43", "2", "1", "41"]);
  });

  it("names in the legend those that have a line, also where it is one of several, by its colour", () => {
    const series = [
      { name: "silent", points: [] },
      { name: "logged", points: [[0, 1] as const, [1, 2] as const] },
    ];
    const page = open({ ...bare, curves: [{ title: "loss", series }] });
    expect(texts(page, "#curves .legend li")).toEqual(["logged"]);
    const line = page.querySelector('#curves g[aria-label="line"]');
    const mark = page.querySelector("#curves .legend i");
    expect(mark?.getAttribute("style")).toBe(`background:${line?.getAttribute("stroke")}`);
  });

  it("flattens the configuration", () => {
    const page = open(full);
    expect(texts(page, "#configuration th")).toEqual(["seed", "options.lambda.categorical"]);
    expect(texts(page, "#configuration td")).toEqual(["1", "0.3"]);
    expect(page.querySelector("#configuration details")?.hasAttribute("open")).toBe(false);
  });

  it("escapes whatever came from outside", () => {
    const evil = `"><script>alert('x')</script>&amp;`;
    const report: Report = {
      title: evil,
      subtitle: evil,
      command: evil,
      started: evil,
      facts: [evil],
      warnings: [evil],
      summary: [evil],
      numbers: [{ key: evil, value: evil, meaning: evil, reference: evil }],
      panels: [{ title: evil, caption: evil, png, rowLabels: [evil], columnLabels: [evil], alt: evil }],
      timeline: [],
      curves: [{ title: evil, unit: evil, series: ["1", "2"].map((end) => ({ name: evil + end, points: [[0, 1], [1, 2]] })) }], // prettier-ignore
      confusion: { rows: [evil], columns: [evil], counts: [[1]] },
      configuration: { [evil]: evil },
      notes: [evil],
    };
    const page = open(report);
    expect(renderReport(report)).not.toMatch(/<script/i);
    expect(page.querySelectorAll("script")).toHaveLength(0);
    for (const place of [
      "h1",
      "title",
      ".subtitle",
      "time",
      ".summary",
      ".warnings p",
      "#notes p",
      "pre",
      "#configuration td",
    ]) {
      expect(texts(page.documentElement, place)[0]).toBe(evil);
    }
    expect(page.querySelector("#panels img")?.getAttribute("alt")).toBe(evil);
    expect(texts(page, "#curves .legend li")).toEqual([`${evil}1`, `${evil}2`]);
  });
});
