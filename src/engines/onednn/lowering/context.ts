/** What a lowering is given. */
import type { Tensor } from "../../../tensor/index.js";
import type { Builder } from "../builder.js";
import type { ChainOp } from "../chain.js";
import type { Primitive, VersionLayer } from "../dnnl.js";
import type { Value } from "../plan.js";

export interface Context {
  readonly builder: Builder;
  readonly layer: VersionLayer;
  readonly node: Tensor;
  readonly inputs: readonly Tensor[];
  /** Elementwise ops that follow the node and nothing else reads before them; the lowering may take them over. */
  readonly tail: Tail | undefined;
  /** The node whose op has this name and whose first inputs are these (undefined: any), if the program has it. */
  readonly sibling: (name: string, inputs: readonly (Tensor | undefined)[], fits?: (attributes: unknown) => boolean) => Tensor | undefined;
  /** What a node's steps have found beside its values, for its gradient: the mean and variance of a standardized tensor, where a pool's maxima lie. */
  readonly statistics: Map<Tensor, Statistics>;
  /** Lowers a tensor that is not in the program's own nodes. */
  readonly lower: (tensor: Tensor) => void;
}

export interface Tail {
  /** The last of the ops: the tensor that the chain computes. */
  readonly result: Tensor;
  readonly ops: readonly ChainOp[];
}

export type Statistics =
  /** Of each channel over the batch. */
  | { readonly kind: "channels"; readonly mean: Value; readonly variance: Value }
  /** Of each row: 1 / sqrt(variance + epsilon). */
  | { readonly kind: "rows"; readonly inverse: Value }
  /** Of each group of channels, [batch * groups, 1]. */
  | { readonly kind: "groups"; readonly mean: Value; readonly inverse: Value }
  /** Sums over the positions of the gradient and of its product with the input, [batch, channels]. */
  | { readonly kind: "gradientSums"; readonly gradients: Value; readonly products: Value }
  /** Which place of each window is the largest, as the forward primitive writes it. */
  | { readonly kind: "maxima"; readonly forward: Primitive; readonly workspace: Value };

/** A lowering defines the node's value; returns true when it has computed the tail's result as well. */
export type Lowered = boolean | void;
