/** Elementwise ops: a chain of them is one pass over memory. */
import { operandValue, emitChain, layoutOf, place, tensorsOf } from "../emit-chain.js";
import { namesOf, type Chain } from "../chain.js";
import type { Context } from "./context.js";
import { hostOp } from "./host.js";
import type { Tensor } from "../../../tensor/index.js";

/** What is not part of a chain: scalars, functions that the library lacks, indices. */
export function elementwise(context: Context): void {
  const { builder, node, lower } = context;
  const definition = node.op.define?.(node.inputs, node.attributes);
  if (!definition) return hostOp(context);
  lower(definition);
  for (const form of builder.forms(definition)) builder.define(node, form);
}

/** Computes a chain and defines `node` by it. The operands have values. */
export function lowerChain({ builder, layer, into }: Pick<Context, "builder" | "layer"> & { readonly into: Destination | undefined }, node: Tensor, chain: Chain): void {
  const { shape } = node;
  const layout = into ? "plain" : layoutOf(builder, shape, tensorsOf(chain));
  const start = operandValue(builder, chain.start, shape, layout);
  const ops = place(builder, chain.ops, shape, layout);
  const target = into ?? builder.fresh(builder.desc(shape, layout));
  emitChain(builder, layer, namesOf(chain.ops) || "copy", { start, ops }, target, layout);
  builder.define(node, target);
}

export type Destination = ReturnType<Context["builder"]["fresh"]>;
