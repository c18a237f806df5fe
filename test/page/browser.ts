import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, type Page, chromium } from "playwright-core";
import { type PreviewServer, build, createLogger, preview } from "vite";

const configFile = fileURLToPath(new URL("../../examples/page/vite.config.ts", import.meta.url));

/** A page as Vite builds it, in a folder of its own. */
export interface Site {
  readonly folder: string;
  /** What Vite warned of. */
  readonly warnings: readonly string[];
  remove(): Promise<void>;
}

export async function buildSite(root: string): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), "ganymede-page-"));
  const warnings: string[] = [];
  const logger = createLogger("silent");
  logger.warn = logger.warnOnce = (message) => {
    if (!message.includes("TIMINGS")) warnings.push(message); // a slow machine is no fault of the library
  };
  await build({
    root,
    configFile,
    logLevel: "silent",
    customLogger: logger,
    build: { outDir: folder, emptyOutDir: true },
  });
  return { folder, warnings, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Serves a site; `isolated` with the headers that allow threads. */
export async function serve(
  { folder }: Site,
  isolated: boolean,
): Promise<{ url: string; close: PreviewServer["close"] }> {
  const server = await preview({
    configFile,
    logLevel: "silent",
    build: { outDir: folder },
    preview: isolated ? {} : { headers: { "Cross-Origin-Opener-Policy": "unsafe-none" } },
  });
  return { url: server.resolvedUrls?.local[0] ?? "", close: () => server.close() };
}

/** The system's Chromium: `software` gives it a WebGPU adapter that needs no graphics processor. */
export function launch({ software = false } = {}): Promise<Browser> {
  const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
  if (!existsSync(executablePath))
    throw new Error(`no Chromium at ${executablePath}: apt-get install chromium, or say CHROMIUM=PATH`);
  const webgpu = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"];
  return chromium.launch({
    executablePath,
    args: ["--no-sandbox", ...(software ? webgpu : [])],
  });
}

/** Opens a page; what it complains of is collected. */
export async function open(browser: Browser, url: string): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on("pageerror", ({ message }) => complaints.push(message));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  await page.goto(url);
  return { page, complaints };
}
