/** A line of the chart: `key` is the metric it shows, `values` one number for each step. */
export interface Curve {
  readonly key: string;
  readonly label: string;
  readonly colour: string;
  readonly values: number[];
}

/** Grey pictures side by side, one pixel of the canvas for each of theirs; the style sheet enlarges them. */
export function drawPictures(
  canvas: HTMLCanvasElement,
  pixels: Float32Array,
  side: number,
  columns: number,
): void {
  const rows = pixels.length / (side * side) / columns;
  [canvas.width, canvas.height] = [columns * side, rows * side];
  const image = new ImageData(canvas.width, canvas.height);
  const grey = new Uint32Array(image.data.buffer);
  for (let i = 0; i < pixels.length; i++) {
    const [x, y, picture] = [i % side, Math.floor(i / side) % side, Math.floor(i / (side * side))];
    const [left, top] = [(picture % columns) * side, Math.floor(picture / columns) * side];
    grey[(top + y) * canvas.width + left + x] = 0xff000000 + 0x10101 * Math.round(255 * (pixels[i] ?? 0));
  }
  canvas.getContext("2d")?.putImageData(image, 0, 0);
}

/** All curves on one scale from 0, which stands at the bottom with the highest value at the top. */
export function drawCurves(canvas: HTMLCanvasElement, curves: readonly Curve[]): void {
  const scale = devicePixelRatio;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  [canvas.width, canvas.height] = [width * scale, height * scale];
  const context = canvas.getContext("2d");
  if (context === null) return;
  context.scale(scale, scale);

  const highest = Math.max(1, ...curves.flatMap(({ values }) => values));
  const margin = 28;
  const x = (i: number, n: number) => margin + (i / Math.max(1, n - 1)) * (width - margin - 8);
  const y = (value: number) => height - 12 - (value / highest) * (height - 24);

  context.font = "12px system-ui, sans-serif";
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (let value = 0; value <= highest; value++) {
    context.fillStyle = context.strokeStyle = "#8884";
    context.fillRect(margin, y(value), width - margin - 8, 1);
    context.fillStyle = "#888";
    context.fillText(String(value), margin - 8, y(value));
  }
  context.lineWidth = 1.5;
  for (const { colour, values } of curves) {
    context.strokeStyle = colour;
    context.beginPath();
    values.forEach((value, i) => context.lineTo(x(i, values.length), y(value)));
    context.stroke();
  }
}
