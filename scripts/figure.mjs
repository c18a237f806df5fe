// A figure of a report as a picture for the docs, by its title.
//
//   npm run build && node scripts/figure.mjs REPORT.html "hidden, by domain" docs/pictures/NAME.png
//
// Needs Chromium (CHROMIUM=PATH where it is not /usr/bin/chromium).
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [report, title, out] = process.argv.slice(2);
if (out === undefined) throw new Error("usage: node scripts/figure.mjs REPORT.html TITLE OUT.png");
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
try {
  const page = await browser.newPage({ viewport: { width: 1100, height: 900 }, colorScheme: "light" });
  await page.goto(pathToFileURL(resolve(report)).href);
  const titled = page.getByRole("heading", { name: title, exact: true });
  const figure = page.locator("figure").filter({ has: titled });
  if ((await figure.count()) !== 1) {
    const titles = await page.locator("figure h3").allTextContents();
    throw new Error(`one figure was expected with the title "${title}"; there are: ${titles.join("; ")}`);
  }
  await figure.screenshot({ path: out });
} finally {
  await browser.close();
}
