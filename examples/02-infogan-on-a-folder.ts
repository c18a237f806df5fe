// InfoGAN on a folder of pictures, from the program instead of the command line.
//
//   npm run build && npx tsc -p examples && node dist/examples/02-infogan-on-a-folder.js [STEPS] [FOLDER]
//
// It makes a new folder infogan-on-a-folder-XXXXXX for all it writes. Without a FOLDER it draws 400 digits there and learns from those.
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { grid, strokes, trainRun } from "ganymede";

const place = await mkdtemp("infogan-on-a-folder-");
const [steps = "600", folder = await drawPictures(`${place}/pictures`, 400)] = process.argv.slice(2);

const { lines, warnings, report } = await trainRun(
  {
    method: "infogan",
    data: `folder:${folder}`,
    dataOptions: { size: 28, channels: 1 },
    options: { width: 0.25, categories: 10, continuous: 2 },
    training: { steps: Number(steps), batch: 32, restarts: 1, baselineSteps: 0 },
  },
  { out: `${place}/run` },
  (event) => {
    if (event.kind !== "step" || event.position.step % 50 !== 0) return;
    const { discriminator_loss: d = 0, generator_loss: g = 0 } = event.metrics;
    console.log(`step ${event.position.step}: D ${d.toFixed(3)}, G ${g.toFixed(3)}`);
  },
);
console.log([...warnings, ...lines, `Report: ${report}`].join("\n"));

/** n digits as PNG files, one sub-folder per digit: sub-folders are labels, which only the scores read. */
async function drawPictures(path: string, n: number): Promise<string> {
  const { train } = strokes({ seed: 1, size: 28 });
  for (let i = 0; i < n; i++) {
    const images = new Float32Array(28 * 28);
    train.read([i], images);
    const directory = `${path}/${train.label(i)}`;
    await mkdir(directory, { recursive: true });
    await writeFile(`${directory}/${i}.png`, grid({ images, shape: train.image, columns: 1, scale: 1 }));
  }
  return path;
}
