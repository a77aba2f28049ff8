import { ShapeError } from "../errors.js";
import { formatShape, input, type Shape, type Tensor } from "../tensor/index.js";

/** Shape of one output example: the op's own shape rule, asked with a batch of one. */
export function shapeOfOutput(apply: (x: Tensor) => Tensor, inputShape: Shape): Shape {
  const batch = [1, ...inputShape];
  const { shape } = apply(input("example", batch));
  if (shape[0] !== 1) throw new ShapeError(`turns a batch ${formatShape(batch)} into ${formatShape(shape)}`, "A layer keeps the first axis, the batch.");
  return shape.slice(1);
}
