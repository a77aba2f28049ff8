/** The codings of a trained autoencoder as what another model learns: of mean 0 and variance 1, channel by channel (as Rombach et al. 2022 scale theirs to unit variance, appendix G). */
import type { DataSpec } from "../data/dataset.js";
import { UsageError } from "../errors.js";
import { meanSquaredError } from "../nn/index.js";
import { add, div, greater, input, max, maximum, mean, minimum, mul, neg, reshape, sizeOf, square, stopGradient, sub, substitute, topologicalOrder, Variable, variable, where, type Shape, type Tensor } from "../tensor/index.js";
import type { BuiltModel, Stage } from "./model.js";

export interface StandardizedCodings {
  /** Of one coding: [size], or [channels, height, width] where its numbers lie in a grid. */
  readonly shape: Shape;
  /** Examples [batch, ...] -> codings [batch, ...shape]; of an autoencoder that draws codings from a distribution, its mean. No gradient goes through. */
  readonly encode: (examples: Tensor) => Tensor;
  /** The way back, to the range of the data. */
  readonly decode: (codings: Tensor) => Tensor;
  /** Codings cut to the range that those of the training examples have, channel by channel. */
  readonly limit: (codings: Tensor) => Tensor;
  /** The autoencoder's, as far as they are needed, and what is known of its codings. None of them is trained. */
  readonly variables: readonly Variable[];
  /** One pass over the training examples, which finds means, deviations and ranges. */
  readonly stage: Stage;
}

/** A channel that varies less than this share of the one that varies most says nothing, and is left as it is. */
const SMALLEST_SHARE = 1e-10;

/** A UsageError for an autoencoder that does not go from examples to codings and back, or wants to be told classes. */
export function standardizedCodings({ abilities: { encode: encoder, decode: decoder }, codingShape }: Pick<BuiltModel, "abilities" | "codingShape">, { shape: exampleShape }: Pick<DataSpec, "shape">): StandardizedCodings {
  if (!encoder || !decoder || "labels" in (decoder(1).inputs ?? {})) throw new UsageError("The autoencoder does not go from examples to codings and back by itself", "Use one that is told no classes, such as variational or vector-quantized.");
  const shape = codingShape ?? encoder(1).outputs.codings.shape.slice(1);
  const [channels, ...grid] = shape;
  const perChannel = (values: Tensor): Tensor => reshape(values, [1, channels, ...grid.map(() => 1)]);
  const overChannel = [0, ...grid.map((_, i) => i + 2)];
  const flat = (codings: Tensor): Tensor => reshape(codings, [codings.shape[0], sizeOf(shape)]);

  const [centre, deviation] = [variable("codings.mean", [channels], 0), variable("codings.deviation", [channels], 1)];
  // About the mean of the first batch: float32 loses digits where the mean is large beside the deviation.
  const [count, shift, sums, squares] = [variable("codings.count", []), ...["shift", "sums", "squares"].map((name) => variable(`codings.${name}`, [channels]))];
  const [least, greatest] = ["least", "greatest"].map((name) => variable(`codings.${name}`, [channels]));

  function raw(examples: Tensor): Tensor {
    const { inputs, outputs } = encoder!(examples.shape[0]);
    return stopGradient(reshape(substitute(outputs.codings, inputs!.x, examples), [examples.shape[0], ...shape]));
  }
  const standardized = (values: Tensor): Tensor => div(sub(values, perChannel(centre)), perChannel(deviation));
  const encode = (examples: Tensor): Tensor => standardized(raw(examples));
  const limit = (codings: Tensor): Tensor => minimum(maximum(codings, standardized(perChannel(least))), standardized(perChannel(greatest)));
  function decode(codings: Tensor): Tensor {
    const { inputs, outputs } = decoder!(codings.shape[0]);
    return substitute(outputs.images, inputs!.codings, flat(add(mul(codings, perChannel(deviation)), perChannel(centre))));
  }

  const needed = topologicalOrder([encoder(1).outputs.codings, decoder(1).outputs.images]).filter((node) => node instanceof Variable);
  return {
    shape,
    encode,
    decode,
    limit,
    variables: [...needed, centre, deviation, least, greatest, count, shift, sums, squares],
    stage: {
      name: "codings",
      epochs: 1,
      lossLabel: "mean squared error of the autoencoder",
      // Nothing is learned that a curve could show.
      panels: [],
      phases: [
        {
          name: "codings",
          parameters: [],
          objective(batch) {
            const x = input("x", [batch, ...exampleShape]);
            const codings = raw(x);
            const known = greater(count, 0);
            const about = where(known, shift, mean(codings, overChannel));
            const [lowest, highest] = [neg(max(neg(codings), overChannel)), max(codings, overChannel)];
            const centred = sub(codings, perChannel(about));
            const updates = new Map<Variable, Tensor>([
              [count, add(count, batch)],
              [shift, about],
              [least, where(known, minimum(least, lowest), lowest)],
              [greatest, where(known, maximum(greatest, highest), highest)],
              [sums, add(sums, mul(batch, mean(centred, overChannel)))],
              [squares, add(squares, mul(batch, mean(square(centred), overChannel)))],
            ]);
            return { inputs: { x }, loss: mean(square(centred)), metrics: {}, updates };
          },
        },
      ],
      validation(batch) {
        const x = input("x", [batch, ...exampleShape]);
        return { inputs: { x }, outputs: { meanSquaredError: meanSquaredError(decode(encode(x)), x) } };
      },
      solve: {
        reads: [count, shift, sums, squares],
        compute([[examples], about, totals, totalSquares]) {
          const variances = totalSquares.map((total, i) => total / examples - (totals[i] / examples) ** 2);
          const smallest = SMALLEST_SHARE * Math.max(...variances);
          return new Map([
            [centre, about.map((value, i) => value + totals[i] / examples)],
            [deviation, variances.map((variance) => (variance > smallest ? Math.sqrt(variance) : 1))],
          ]);
        },
      },
    },
  };
}
