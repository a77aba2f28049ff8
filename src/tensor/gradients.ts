import { ShapeError } from "../errors.js";
import { topologicalOrder } from "./graph.js";
import { add, zeros } from "./ops/elementwise.js";
import { concat, piecesOf } from "./ops/movement.js";
import { formatShape } from "./shape.js";
import { constant, type Tensor } from "./tensor.js";

/**
 * Reverse-mode differentiation: the gradient of a scalar `loss` for each tensor of `wanted`, as Tensors in the same
 * language, so that gradients of gradients work. A tensor that the loss does not depend on gets zeros.
 */
export function gradients(loss: Tensor, wanted: readonly Tensor[]): Tensor[] {
  if (loss.rank !== 0) throw new ShapeError(`gradients: the loss has shape ${formatShape(loss.shape)}, not a scalar`, "Reduce it with mean or sum first.");
  const gradientOf = pullBack(loss, constant(1), new Set(wanted));
  return wanted.map((x) => gradientOf.get(x) ?? zeros(x.shape));
}

/** Carries the gradient `g` of `output` back to the `wanted` tensors; nothing behind `leaves` is visited. */
function pullBack(output: Tensor, g: Tensor, wanted: ReadonlySet<Tensor>, leaves?: ReadonlySet<Tensor>): Map<Tensor, Tensor> {
  const order = topologicalOrder([output], leaves);
  const dependent = new Set<Tensor>();
  for (const node of order) if (wanted.has(node) || (!leaves?.has(node) && node.inputs.some((x) => dependent.has(x)))) dependent.add(node);

  const gradientOf = new Map<Tensor, Tensor>();
  const contributions = new Map([[output, [g]]]);
  for (const node of order.reverse()) {
    // All that reads a node comes after it in the order: its gradient is complete.
    const parts = contributions.get(node);
    if (!parts) continue;
    const flowing = total(parts);
    gradientOf.set(node, flowing);
    if (!dependent.has(node) || leaves?.has(node)) continue;
    vectorJacobianProduct(flowing, node).forEach((contribution, i) => {
      const x = node.inputs[i];
      if (contribution && dependent.has(x)) contributions.set(x, [...(contributions.get(x) ?? []), contribution]);
    });
  }
  return gradientOf;
}

/** The sum. What came back from the pieces of a split is joined: padding each with zeros would cost as many passes over the whole as there are pieces. */
function total(parts: readonly Tensor[]): Tensor {
  const joined = piecesOf(parts);
  return joined ? concat(joined.pieces, joined.axis) : parts.reduce((sum, part) => add(sum, part));
}

/** The op's own rule, or, for a composite without one, that of its definition. */
function vectorJacobianProduct(g: Tensor, node: Tensor): (Tensor | undefined)[] {
  const { op, inputs, attributes } = node;
  if (op.gradient) return op.gradient(g, node, inputs, attributes);
  if (!op.define) return [];
  const leaves = new Set(inputs);
  const gradientOf = pullBack(op.define(inputs, attributes), g, leaves, leaves);
  // An input given twice has one gradient, which counts once.
  return inputs.map((x, i) => (inputs.indexOf(x) === i ? gradientOf.get(x) : undefined));
}
