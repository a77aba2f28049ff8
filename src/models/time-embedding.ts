/** How a network is told the time, and the class: as a vector that its blocks look at. */
import { MorphogenError, ShapeError } from "../errors.js";
import { Dense, Embedding, randomNormal, sequential, type Mode } from "../nn/index.js";
import { add, concat, constant, cos, formatShape, mul, reshape, silu, sin, type Tensor, type Variable } from "../tensor/index.js";

export interface TimeEmbeddingDesign {
  /** How many sines, and as many cosines. */
  readonly frequencies: number;
  /** Of the embedding. */
  readonly width: number;
  /** Times are multiplied by it. Steps of a thousand are told apart as they are, with 1; times from 0 to 1 want 1000. */
  readonly timeScale: number;
  readonly classes?: number | undefined;
}

export interface TimeEmbedding {
  readonly parameters: readonly Variable[];
  /** time [batch], labels int32 [batch] -> [batch, width]. */
  embed(time: Tensor, mode: Mode, labels?: Tensor): Tensor;
}

/** `count` frequencies from 1 down towards 1/10000, each smaller than the last by the same factor (Vaswani et al. 2017, section 3.5). */
export const frequencies = (count: number): number[] => Array.from({ length: count }, (_, i) => 10_000 ** (-i / count));

/**
 * Sines, then cosines, of the time at several frequencies, and two dense layers (Ho et al. 2020, appendix B). A class adds a vector of its own (Dhariwal & Nichol 2021), from the start as large as
 * the time's, so that it is looked at from the start; and so does no class, which is the table's last row.
 */
export function timeEmbedding(name: string, { frequencies: count, width, timeScale, classes }: TimeEmbeddingDesign): TimeEmbedding {
  const network = sequential(Dense(width, { activation: silu }), Dense(width))(name, [2 * count]);
  const table = classes === undefined ? undefined : Embedding(classes + 1, width, { initializer: randomNormal(0, 1) })(`${name}.classes`, []);
  const scaled = constant(frequencies(count).map((frequency) => timeScale * frequency), [1, count]);
  return {
    parameters: [...network.parameters, ...(table?.parameters ?? [])],
    embed(time, mode, labels) {
      if (time.rank !== 1) throw new ShapeError(`${name}: the time is ${formatShape(time.shape)}, not [batch]`, "Give a time for each example: broadcastTo(time, [batch]).");
      if (labels && !table) throw new MorphogenError(`${name}: labels for a network without classes`, "Give the network's design the number of classes.");
      const [batch] = time.shape;
      const angles = mul(reshape(time, [batch, 1]), scaled);
      const embedded = network.apply(concat([sin(angles), cos(angles)], 1), mode);
      if (!table) return embedded;
      return add(embedded, table.apply(labels ?? constant(new Int32Array(batch).fill(table.parameters[0].shape[0] - 1), [batch], "int32"), mode));
    },
  };
}
