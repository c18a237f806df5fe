import { expect, test } from "vitest";
import { metricOf, metrics } from "../../src/run/metrics.js";
import { RESULTS, allResults } from "../../src/run/results.js";
import { read } from "../docs/pages.js";

const headings = [...read("docs/metrics.md").matchAll(/^## (.*)$/gm)].map(([, heading = ""]) =>
  heading.replaceAll(" ", "-"),
);

test.each(Object.entries(metrics))(
  "%s is defined in docs/metrics.md, and has a range",
  (_, { defined, range }) => {
    expect(headings).toContain(defined);
    if (!defined?.startsWith("mean_squared")) expect(range).toBeDefined();
  },
);

test("keys that go on have the meaning of their beginning", () => {
  expect(metricOf("frechet_distance_5000")).toBe(metrics["frechet_distance"]);
  expect(metricOf("code_correlation_slant").meaning).toBe(
    "size of the Pearson correlation of slant and the code that follows it best",
  );
  expect(metricOf("knn1_accuracy_pixels").meaning).toContain("of the pixels themselves");
  expect(metricOf("linear_probe_accuracy_z").meaning).toContain("of the feature z");
  expect(metricOf("knn1_accuracy_z_pca").meaning).toContain("components of the pixels as z has numbers");
});

test("every metric of a reported result is known", async () => {
  for (const key of (await allResults(RESULTS)).flatMap(({ metrics: keys }) => keys))
    expect(metricOf(key).meaning, key).not.toBe(key);
});
