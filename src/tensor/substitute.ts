/** One graph put in front of another. */
import { ShapeError } from "../errors.js";
import { topologicalOrder } from "./graph.js";
import { formatShape, sameShape } from "./shape.js";
import { Tensor } from "./tensor.js";

/** `output` as it is with `value` wherever it is made of `place`, such as an Input of another program. All else is shared. A ShapeError where they are not alike. */
export function substitute(output: Tensor, place: Tensor, value: Tensor): Tensor {
  if (!sameShape(place.shape, value.shape) || place.dtype !== value.dtype)
    throw new ShapeError(`${formatShape(value.shape)} ${value.dtype} cannot stand in for ${formatShape(place.shape)} ${place.dtype}`, "Reshape or cast it.");
  const rewritten = new Map([[place, value]]);
  for (const node of topologicalOrder([output], new Set([place]))) {
    const inputs = node.inputs.map((x) => rewritten.get(x) ?? x);
    if (!rewritten.has(node) && inputs.some((x, i) => x !== node.inputs[i])) rewritten.set(node, new Tensor(node.op, inputs, node.attributes, node.shape, node.dtype));
  }
  return rewritten.get(output) ?? output;
}
