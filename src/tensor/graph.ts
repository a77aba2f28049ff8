import type { Tensor } from "./tensor.js";

/** All tensors that `outputs` need, each after its inputs; what lies behind `leaves` is left out. */
export function topologicalOrder(outputs: readonly Tensor[], leaves?: ReadonlySet<Tensor>): Tensor[] {
  const order: Tensor[] = [];
  const seen = new Set<Tensor>();
  // An explicit stack: a long chain of updates would overflow the call stack.
  const stack: { readonly node: Tensor; next: number }[] = [];
  const visit = (node: Tensor) => {
    if (seen.has(node)) return;
    seen.add(node);
    stack.push({ node, next: 0 });
  };
  for (const output of outputs) {
    visit(output);
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      if (top.next < top.node.inputs.length && !leaves?.has(top.node)) visit(top.node.inputs[top.next++]);
      else order.push(stack.pop()!.node);
    }
  }
  return order;
}
