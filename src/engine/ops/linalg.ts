import { ShapeError } from "../../errors.js";
import { type Shape, type Tensor, broadcastShapes, show } from "../tensor.js";
import { type Value, defineOp } from "./define.js";
import { transpose } from "./shape.js";

/** Matrix product. x [...A, n, k], y [...B, k, m] -> [...AB, n, m]; leading axes broadcast. */
export const matmul: (x: Value, y: Value) => Tensor = defineOp("matmul", {
  inputs: ["x", "y"],
  shape: ({ x, y }): Shape => {
    const [n, k] = x.shape.slice(-2);
    const [k2, m] = y.shape.slice(-2);
    if (n === undefined || k === undefined || m === undefined || k !== k2) {
      throw new ShapeError({
        where: "matmul",
        expected: `y [..., ${k ?? "k"}, m] for x ${show(x.shape)}`,
        received: show(y.shape),
        hint: "Both need two axes or more; the last of x must equal the last but one of y.",
      });
    }
    return [...broadcastShapes("matmul", x.shape.slice(0, -2), y.shape.slice(0, -2)), n, m];
  },
  onnx: "MatMul",
  gradient: {
    x: ({ y, dOut }) => matmul(dOut, transpose(y)),
    y: ({ x, dOut }) => matmul(transpose(x), dOut),
  },
});
