import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import sharp from "sharp";
import type { Sharp } from "sharp";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { loadFolder, loadPictures } from "../../../src/data/disk/folder.js";
import type { Dataset } from "../../../src/data/dataset.js";
import { refusal } from "../refusal.js";

const made: string[] = [];
let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "ganymede-folder-"));
  made.push(root);
});
afterAll(() => Promise.all(made.map((folder) => rm(folder, { recursive: true }))));

async function put(file: string, bytes: Uint8Array | string): Promise<void> {
  await mkdir(dirname(join(root, file)), { recursive: true });
  await writeFile(join(root, file), bytes);
}

/** A picture of one colour. */
const plain = (background: string, width = 8, height = 8) =>
  sharp({ create: { width, height, channels: 3, background } });

/** A picture from R, G, B bytes. */
const rgb = (width: number, height: number, bytes: readonly number[]) =>
  sharp(Uint8Array.from(bytes), { raw: { width, height, channels: 3 } });

/** Picture `index` in bytes. */
function bytesOf(set: Dataset, index: number): number[] {
  const out = new Float32Array(set.image.channels * set.image.height * set.image.width);
  set.read([index], out);
  return Array.from(out, (value) => Math.round(255 * value));
}

const filesOf = (set: Dataset): string[] => Array.from({ length: set.size }, (_, i) => set.fileOf?.(i) ?? "");
const [red, grey] = ["#ff0000", "#808080"];

describe("how a file becomes a picture", () => {
  const only = async (size: number, channels: 1 | 3) =>
    bytesOf((await loadPictures({ path: root, size, channels })).pictures, 0);

  test("channel-major, the middle of a wide picture", async () => {
    const row = [1, 2, 3, 10, 20, 30, 40, 50, 60, 70, 80, 90, 4, 5, 6, 7, 8, 9];
    await put(
      "wide.png",
      await rgb(6, 4, [...row, ...row, ...row, ...row])
        .png()
        .toBuffer(),
    );
    const line = (...values: number[]): number[] => [...values, ...values, ...values, ...values];
    expect(await only(4, 3)).toEqual([
      ...line(10, 40, 70, 4),
      ...line(20, 50, 80, 5),
      ...line(30, 60, 90, 6),
    ]);
  });

  test("turned as EXIF says: a camera held upright gives the same picture", async () => {
    const upright = rgb(
      4,
      4,
      Array.from({ length: 48 }, (_, i) => (i < 24 ? 220 : 30)),
    ); // light above dark
    const jpeg = (picture: Sharp) => picture.jpeg({ quality: 100, chromaSubsampling: "4:4:4" });
    await put(
      "turned.jpg",
      await jpeg(sharp(await upright.png().toBuffer()).rotate(270))
        .withMetadata({ orientation: 6 })
        .toBuffer(),
    );
    const seen = await only(4, 1);
    expect(Math.min(...seen.slice(0, 8))).toBeGreaterThan(200);
    expect(Math.max(...seen.slice(8))).toBeLessThan(50);
  });

  test("transparency lies on white; 16 bits, palettes and WebP are read", async () => {
    await put(
      "a.png",
      await sharp({
        create: { width: 4, height: 4, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } },
      })
        .png()
        .toBuffer(),
    );
    await put("b.png", await plain(grey, 4, 4).toColourspace("rgb16").png().toBuffer());
    await put("c.png", await plain(red, 4, 4).png({ palette: true }).toBuffer());
    await put("d.webp", await plain(red, 4, 4).webp({ lossless: true }).toBuffer());
    const { pictures } = await loadPictures({ path: root, size: 4 });
    const firsts = filesOf(pictures).map((_, i) => [0, 16, 32].map((at) => bytesOf(pictures, i)[at]));
    expect(firsts).toEqual([
      [255, 255, 255],
      [128, 128, 128],
      [255, 0, 0],
      [255, 0, 0],
    ]);
  });

  test("grey by luma, which leaves greys alone", async () => {
    await put("a.png", await plain("#0a64c8", 4, 4).png().toBuffer());
    await put("b.png", await plain("#4d4d4d", 4, 4).png().toBuffer());
    const { pictures } = await loadPictures({ path: root, size: 4, channels: 1 });
    const luma = Math.round(0.299 * 0x0a + 0.587 * 0x64 + 0.114 * 0xc8);
    expect([bytesOf(pictures, 0)[0], bytesOf(pictures, 1)[0]]).toEqual([luma, 0x4d]);
  });

  test("mixed sizes become one; grey only when every picture is", async () => {
    await put("a.png", await plain(grey, 3, 50).toColourspace("b-w").png().toBuffer());
    await put("b.jpg", await plain("#202020", 100, 30).jpeg().toBuffer());
    const allGrey = await loadPictures({ path: root, size: 8 });
    expect(allGrey.pictures.image).toEqual({ channels: 1, height: 8, width: 8 });
    expect([bytesOf(allGrey.pictures, 0)[63], bytesOf(allGrey.pictures, 1)[63]]).toEqual([128, 32]);
    expect(allGrey.pictures.preprocessing).toBe(
      "turned upright, transparency on white, resized to cover 8x8, centre crop, grey",
    );
    await put("c.png", await plain(red).png().toBuffer());
    const mixed = await loadPictures({ path: root, size: 8 });
    expect(mixed.pictures.image).toEqual({ channels: 3, height: 8, width: 8 });
    expect(mixed.pictures.preprocessing).toMatch(/, RGB$/);
  });
});

describe("labels", () => {
  test("are the sub-folders in the order of their names, at whatever depth the pictures lie", async () => {
    const picture = await plain(red).png().toBuffer();
    const files = [
      "b/2.png",
      "b/1.PNG",
      "B/x.jpeg",
      "a/deep/er/y.png",
      "loose.png",
      "a/notes.txt",
      "empty/readme",
      ".git/z.png",
      "b/.hidden.png",
    ];
    for (const file of files) await put(file, picture);
    const { pictures } = await loadPictures({ path: root });
    expect(pictures.classes).toEqual(["B", "a", "b"]);
    const seen = filesOf(pictures).map((file, i) => `${pictures.label(i)} ${file}`);
    expect(seen).toEqual(["-1 loose.png", "0 B/x.jpeg", "1 a/deep/er/y.png", "2 b/1.PNG", "2 b/2.png"]);
  });

  test("a class without a picture is refused, unless a table says what is of which class", async () => {
    for (const file of ["a/1.png", "a/2.png", "b/readme"]) await put(file, await plain(red).png().toBuffer());
    const load = (labelsCsv?: string) => loadFolder({ path: root, ...(labelsCsv && { labelsCsv }) });
    expect((await refusal(() => load())).replace(root, "ROOT")).toBe(
      "DataError: ROOT/b: expected PNG, JPEG or WebP pictures, as sub-folders are classes, received none.\n" +
        "  Put pictures of the class there, or remove the sub-folder.",
    );
    await put("labels.csv", "file,label\na/1.png,x\na/2.png,y\n");
    expect((await load(join(root, "labels.csv"))).train.classes).toEqual(["x", "y"]);
  });

  test("are absent without sub-folders", async () => {
    await put("a.png", await plain(red).png().toBuffer());
    const { pictures } = await loadPictures({ path: root });
    expect(pictures).not.toHaveProperty("classes");
    expect(pictures.label(0)).toBe(-1);
  });

  test("a linked folder is a class as well", async () => {
    await put("elsewhere/store/a.png", await plain(red).png().toBuffer());
    await mkdir(join(root, "set"));
    await symlink(join(root, "elsewhere/store"), join(root, "set/red"));
    const { pictures } = await loadPictures({ path: join(root, "set") });
    expect(pictures.classes).toEqual(["red"]);
  });
});

describe("the held-out part", () => {
  const fill = async (label: string, from: number, to: number) => {
    const picture = await plain(red, 2, 2).png().toBuffer();
    for (let i = from; i < to; i++) await put(`${label}/${i}.png`, picture);
  };

  test("takes the share of every class, and every picture is in one part", async () => {
    await fill("a", 0, 30);
    await fill("b", 0, 12);
    await fill("c", 0, 2);
    await fill("d", 0, 1);
    const { train, test: heldOut } = await loadFolder({ path: root, size: 4, testShare: 0.2 });
    const counts = (set: Dataset) =>
      ["a", "b", "c", "d"].map((c) => filesOf(set).filter((f) => f.startsWith(c)).length);
    expect(counts(heldOut)).toEqual([6, 2, 1, 0]);
    expect(counts(train)).toEqual([24, 10, 1, 1]);
    expect(new Set([...filesOf(train), ...filesOf(heldOut)]).size).toBe(45);
    expect(heldOut.classes).toEqual(train.classes);
  });

  test("is the same every time, another with another seed, and moves at most one picture for a new one", async () => {
    await fill("a", 0, 40);
    const held = async (seed: number) => filesOf((await loadFolder({ path: root, size: 4, seed })).test);
    const before = await held(1);
    expect(await held(1)).toEqual(before);
    expect(await held(2)).not.toEqual(before);
    for (let i = 40; i < 44; i++) {
      const old = await held(1);
      await fill("a", i, i + 1);
      const now = await held(1);
      expect(old.filter((file) => !now.includes(file)).length).toBeLessThanOrEqual(1);
    }
  });

  test("either part is in an order of its own, so that its first pictures are of all classes; the same every time", async () => {
    for (const label of ["a", "b", "c"]) await fill(label, 0, 40);
    const load = () => loadFolder({ path: root, size: 4, testShare: 0.25 });
    const { train, test: heldOut } = await load();
    for (const set of [train, heldOut]) {
      const first = Array.from({ length: 20 }, (_, i) => set.label(i));
      for (const label of [0, 1, 2]) expect(first.filter((l) => l === label).length).toBeGreaterThan(2);
      for (let i = 0; i < set.size; i++) expect(set.fileOf?.(i)?.[0]).toBe("abc"[set.label(i)]);
    }
    expect(filesOf((await load()).train)).toEqual(filesOf(train));
  });

  test("is taken from all together where every class has one picture", async () => {
    for (const label of ["a", "b", "c"]) await fill(label, 0, 1);
    const { train, test: heldOut } = await loadFolder({ path: root, size: 4 });
    expect([train.size, heldOut.size]).toEqual([2, 1]);
  });
});

describe("what is wrong with a folder", () => {
  test("missing, a file, empty, without pictures, with one", async () => {
    const load = async (path: string) => (await refusal(() => loadFolder({ path }))).replaceAll(root, "ROOT");
    expect(await load(join(root, "no"))).toBe(
      "DataError: ROOT/no: expected a folder of pictures, received nothing of that name.",
    );
    expect(await load(root)).toBe(
      "DataError: ROOT: expected PNG, JPEG or WebP pictures, here or in sub-folders, received an empty folder.\n" +
        "  Put pictures there, or name another folder.",
    );
    await put("notes.txt", "hello");
    expect(await load(root)).toBe(
      "DataError: ROOT: expected PNG, JPEG or WebP pictures, here or in sub-folders, received a folder without any.\n" +
        "  Put pictures there, or name another folder.",
    );
    expect(await load(join(root, "notes.txt"))).toBe(
      "DataError: ROOT/notes.txt: expected a folder of pictures, received a file where a folder should be.",
    );
    await put("one.png", await plain(red).png().toBuffer());
    expect(await load(root)).toBe(
      "DataError: ROOT: expected at least 2 pictures, one to be held out, received 1.\n  Add pictures.",
    );
  });

  test("a broken file: the first is named; with skipBad each is listed and the rest is read", async () => {
    const noise = sharp({
      create: {
        width: 60,
        height: 60,
        channels: 3,
        background: red,
        noise: { type: "gaussian", mean: 128, sigma: 40 },
      },
    });
    const jpeg = await noise.jpeg().toBuffer();
    for (let i = 0; i < 20; i++) await put(`good-${i}.jpg`, jpeg);
    await put("cut.jpg", jpeg.subarray(0, jpeg.length / 2));
    await put("cuu.png", ""); // found out sooner, but second in the folder
    await put("text.png", "not a picture");
    await put("void.webp", "");
    const path = root;
    const first = (await refusal(() => loadPictures({ path }))).replace(root, "ROOT");
    expect(first).toBe(
      "DataError: ROOT/cut.jpg: expected a PNG, JPEG or WebP picture, " +
        "received one that is damaged or cut off.\n" +
        "  Repair or remove it, or leave out such files with --skip-bad.",
    );
    const calls: string[] = [];
    const progress = (done: number, total: number) => calls.push(`${done}/${total}`);
    const { train, test: heldOut, skipped } = await loadFolder({ path, size: 8, skipBad: true, progress });
    expect(train.size + heldOut.size).toBe(20);
    expect([...filesOf(train), ...filesOf(heldOut)].every((file) => file.startsWith("good"))).toBe(true);
    expect(new Set([...filesOf(train).keys()].map((i) => bytesOf(train, i).join())).size).toBe(1); // no holes
    const reasons = skipped?.map(({ path, reason }) => `${path.replace(root, "ROOT")}: ${reason}`);
    expect(reasons?.toSorted()).toEqual([
      "ROOT/cut.jpg: one that is damaged or cut off",
      "ROOT/cuu.png: an empty file",
      "ROOT/text.png: a file of another format",
      "ROOT/void.webp: an empty file",
    ]);
    expect(calls).toEqual(Array.from({ length: 24 }, (_, i) => `${i + 1}/24`));
  });

  test("only broken files", async () => {
    await put("a.png", "x");
    await put("b.png", "y");
    expect((await refusal(() => loadFolder({ path: root, skipBad: true }))).replace(root, "ROOT")).toBe(
      "DataError: ROOT: expected a picture that can be read, received only broken ones.\n" +
        "  Save them as PNG, JPEG or WebP again.",
    );
  });

  test("broken files never take the place of held-out pictures, whatever their names", async () => {
    for (let i = 0; i < 6; i++) await put(`good-${i}.png`, await plain(red).png().toBuffer());
    for (let i = 0; i < 6; i++) await put(`bad-${i}.png`, "no picture");
    for (let seed = 0; seed < 10; seed++) {
      const { train, test: heldOut } = await loadFolder({
        path: root,
        size: 8,
        skipBad: true,
        testShare: 0.5,
        seed,
      });
      expect([train.size, heldOut.size]).toEqual([3, 3]);
    }
  });

  test("an option out of range is told before the folder is read", async () => {
    expect(await refusal(() => loadFolder({ path: "nowhere", size: 0 }))).toBe(
      "OptionError: data option size: expected a whole number from 4 to 1024 or null, received 0.",
    );
  });
});
