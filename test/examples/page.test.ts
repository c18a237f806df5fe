import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { buildSite, launch, open, serve } from "../page/browser.js";

// The page as `npm run page` serves it, but built: against the built package, as a user's would be.
test("examples/page trains, pauses, goes on, and is as wide as a phone", async () => {
  const site = await buildSite(fileURLToPath(new URL("../../examples/page", import.meta.url)));
  const server = await serve(site, true);
  const browser = await launch();
  try {
    const { page, complaints } = await open(browser, server.url);
    await page.setViewportSize({ width: 390, height: 844 });
    const number = async (id: string) => Number(await page.textContent(id));
    const reaches = (step: number) =>
      page.waitForFunction((least) => Number(document.querySelector("#step")?.textContent) >= least, step);

    await page.click("#toggle:enabled");
    await reaches(3);
    await page.click("#toggle");
    await page.waitForTimeout(1000); // the step under way
    const paused = await number("#step");
    await page.waitForTimeout(1000);
    expect(await number("#step")).toBe(paused);
    await page.click("#toggle");
    await reaches(paused + 2);

    expect(await page.textContent("#about")).toMatch(/^WebAssembly on \d+ threads?$/);
    expect(await number("#speed")).toBeGreaterThan(0);
    const lit = await page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>("#samples");
      const pixels = canvas?.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data;
      return { width: canvas?.width, bright: pixels?.some((v, i) => i % 4 === 0 && v > 30) };
    });
    expect(lit).toEqual({ width: 280, bright: true });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    expect(complaints).toEqual([]);
  } finally {
    await browser.close();
    await server.close();
    await site.remove();
  }
});
