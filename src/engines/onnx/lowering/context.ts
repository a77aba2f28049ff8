import type { DType, Tensor } from "../../../tensor/index.js";
import { dataTypes, type GraphBuilder } from "../graph.js";

/** What the lowering of one op has to work with. */
export interface Context {
  readonly graph: GraphBuilder;
  readonly node: Tensor;
  /** Names of the inputs' values. */
  readonly inputs: readonly string[];
  /** The name of any tensor lowered before. */
  readonly nameOf: (tensor: Tensor) => string;
}

export const cast = (graph: GraphBuilder, name: string, dtype: DType): string => graph.node("Cast", [name], { to: { int: dataTypes[dtype] } });
