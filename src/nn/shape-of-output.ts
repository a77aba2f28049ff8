import { input, type Shape, type Tensor } from "../tensor/index.js";

/** Shape of one output example: the op's own shape rule, asked with a batch of one. */
export const shapeOfOutput = (apply: (x: Tensor) => Tensor, inputShape: Shape): Shape => apply(input("example", [1, ...inputShape])).shape.slice(1);
