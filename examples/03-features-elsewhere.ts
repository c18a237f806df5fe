// What InfoGAN learned, used without Ganymede: the exported encoder in plain ONNX Runtime, and the nearest neighbour of each
// picture in its features. Run 02-infogan-on-a-folder first: ENCODER is then run/models/encoder.onnx in the folder that it made,
// FOLDER is pictures there.
//
//   node dist/examples/03-features-elsewhere.js ENCODER FOLDER
import { readdir } from "node:fs/promises";
import { InferenceSession, Tensor } from "onnxruntime-node";
import sharp from "sharp";

const [encoder, folder] = process.argv.slice(2);
if (encoder === undefined || folder === undefined)
  throw new Error("expected an encoder.onnx and a folder of pictures");
const session = await InferenceSession.create(encoder);
const side = 28;

// Pictures as the encoder was trained on them (its metadata says how): grey, 28x28, values in [0,1].
const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".png")).toSorted();
const pixels = new Float32Array(files.length * side * side);
for (const [i, file] of files.entries()) {
  const bytes = await sharp(`${folder}/${file}`).resize(side, side).greyscale().raw().toBuffer();
  pixels.set(
    Float32Array.from(bytes, (byte) => byte / 255),
    i * side * side,
  );
}
const x = new Tensor("float32", pixels, [files.length, 1, side, side]);

// c1: class probabilities [n,10]. c2, c3: continuous codes [n,1].
const outputs = await session.run({ x });
const parts = session.outputNames.map((name) => outputs[name]?.data as Float32Array);
const features = files.map((_, i) =>
  parts.flatMap((part) => {
    const width = part.length / files.length;
    return [...part.subarray(i * width, (i + 1) * width)];
  }),
);

const distance = (a: readonly number[], b: readonly number[]) =>
  a.reduce((total, value, k) => total + (value - (b[k] ?? 0)) ** 2, 0);
function nearest(i: number): number {
  const apart = features.map((other, j) => (j === i ? Infinity : distance(other, features[i] ?? [])));
  return apart.indexOf(Math.min(...apart));
}

let alike = 0;
for (const [i, file] of files.entries()) {
  const other = files[nearest(i)] ?? "";
  if (i % Math.ceil(files.length / 5) === 0) console.log(`${file} is most like ${other}`);
  if (file.split("/")[0] === other.split("/")[0]) alike++;
}
if (files.some((file) => file.includes("/")))
  console.log(`${alike} of ${files.length} pictures are most like one of their own sub-folder`);
