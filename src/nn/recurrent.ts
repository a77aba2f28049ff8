/**
 * Recurrent layers over [batch, steps, features], with Keras' definitions, defaults and order of gates. Steps are unrolled: shapes
 * are static, so their number is known.
 *
 * Inside, a step is [features, batch] and its gates lie one after the other, so that a gate is a piece of memory without gaps.
 */
import { add, broadcastTo, concat, constant, matmul, mul, reshape, sigmoid, split, sub, tanh, transpose, type Shape, type Tensor, type Variable } from "../tensor/index.js";
import { requireRank, requireWhole } from "./checks.js";
import { denseFans, glorotUniform, orthogonal, parameter, zeros, type Initializer } from "./initializers.js";
import { layer, type Layer } from "./module.js";

export interface RecurrentOptions {
  /** The output of every step, [batch, steps, units], in place of that of the last, [batch, units]. Default false. */
  readonly returnSequences?: boolean;
  /** Of the kernel [features, gates * units]. Default glorotUniform, as in Keras. */
  readonly kernelInitializer?: Initializer;
  /** Of the recurrent kernel [units, gates * units]. Default orthogonal, as in Keras. */
  readonly recurrentInitializer?: Initializer;
  /** Default: Keras' own. */
  readonly biasInitializer?: Initializer;
}

interface Parameters {
  readonly kernel: Variable;
  readonly recurrentKernel: Variable;
  readonly bias: Variable;
}

/** What tells one kind of recurrent layer from another. */
interface Cell {
  readonly kind: string;
  readonly gates: number;
  readonly biasShape: (width: number) => Shape;
  readonly biasInitializer: Initializer;
  /** x [steps, features, batch] -> the output [units, batch] of each step. */
  readonly unroll: (parameters: Parameters, x: Tensor) => readonly Tensor[];
}

function recurrent({ kind, gates, biasShape, unroll, ...cell }: Cell, units: number, options: RecurrentOptions): Layer {
  const { returnSequences = false, kernelInitializer = glorotUniform, recurrentInitializer = orthogonal(), biasInitializer = cell.biasInitializer } = options;
  requireWhole(kind, "units", units);
  return layer(kind, (name, inputShape) => {
    requireRank(inputShape, 2, "[steps, features]");
    const [steps, features] = inputShape;
    const width = gates * units;
    const make = (part: string, shape: Shape, initializer: Initializer) => parameter(`${name}.${part}`, shape, initializer, denseFans(shape));
    const parameters = {
      kernel: make("kernel", [features, width], kernelInitializer),
      recurrentKernel: make("recurrentKernel", [units, width], recurrentInitializer),
      bias: make("bias", biasShape(width), biasInitializer),
    };
    return {
      parameters: Object.values(parameters),
      statistics: [],
      outputShape: returnSequences ? [steps, units] : [units],
      apply(x) {
        const outputs = unroll(parameters, transpose(x, [1, 2, 0]));
        if (!returnSequences) return transpose(outputs[outputs.length - 1]);
        return transpose(concat(outputs.map((output) => reshape(output, [1, ...output.shape])), 0), [2, 0, 1]);
      },
    };
  });
}

/** x [steps, features, batch] -> kernel^T x + bias of each step, by one product for all of them. */
function projections(kernel: Tensor, bias: Tensor, x: Tensor): Tensor[] {
  const product = add(matmul(transpose(kernel), x), reshape(bias, [-1, 1]));
  return split(product, new Array<number>(x.shape[0]).fill(1), 0).map((step) => reshape(step, product.shape.slice(1)));
}

/** [n * size, batch] -> n pieces [size, batch]. */
const gatesOf = (x: Tensor, size: number): Tensor[] => split(x, new Array<number>(x.shape[0] / size).fill(size), 0);

/** The input gate's, the forget gate's, the candidate's and the output gate's parts of a row, each filled with a number. */
const perGate = (units: number, values: readonly number[]): number[] => values.flatMap((value) => new Array<number>(units).fill(value));

interface Memory {
  readonly output: Tensor;
  readonly cell: Tensor;
}

const lstm: Cell = {
  kind: "LSTM",
  gates: 4,
  biasShape: (width) => [width],
  // A forget gate that is open at first (Jozefowicz et al. 2015).
  biasInitializer: ([width]) => Float32Array.from(perGate(width / 4, [0, 1, 0, 0])),
  unroll({ kernel, recurrentKernel, bias }, x) {
    const units = recurrentKernel.shape[0];
    // tanh(a) = 2 sigmoid(2 a) - 1: with its a doubled, the candidate takes the same pass as the gates.
    const doubled = constant(perGate(units, [1, 1, 2, 1]));
    const recurrentWeights = transpose(mul(recurrentKernel, doubled));
    const step = (before: Memory | undefined, projection: Tensor): Memory => {
      const [input, forget, half, outputGate] = gatesOf(sigmoid(before ? add(matmul(recurrentWeights, before.output), projection) : projection), units);
      const entering = mul(input, sub(mul(2, half), 1));
      const cell = before ? add(mul(forget, before.cell), entering) : entering;
      return { cell, output: mul(outputGate, tanh(cell)) };
    };
    return unrolled(step, projections(mul(kernel, doubled), mul(bias, doubled), x)).map(({ output }) => output);
  },
};

const gru: Cell = {
  kind: "GRU",
  gates: 3,
  // One for the inputs and one for the outputs of the step before.
  biasShape: (width) => [2, width],
  biasInitializer: zeros,
  unroll({ kernel, recurrentKernel, bias }, x) {
    const [units, width] = recurrentKernel.shape;
    const recurrentWeights = transpose(recurrentKernel);
    const [inputBias, recurrentBias] = split(bias, [1, 1], 0).map((row) => reshape(row, [width, 1]));
    const step = (before: Tensor | undefined, projection: Tensor): Tensor => {
      const recurrence = before ? add(matmul(recurrentWeights, before), recurrentBias) : broadcastTo(recurrentBias, projection.shape);
      const sizes = [2 * units, units];
      const [[gates, candidateInput], [recurrentGates, candidateMemory]] = [split(projection, sizes, 0), split(recurrence, sizes, 0)];
      const [update, reset] = gatesOf(sigmoid(add(gates, recurrentGates)), units);
      const candidate = tanh(add(candidateInput, mul(reset, candidateMemory)));
      return before ? add(candidate, mul(update, sub(before, candidate))) : mul(candidate, sub(1, update));
    };
    return unrolled(step, projections(kernel, inputBias, x));
  },
};

/** The states after each step; before the first, which is undefined, all is zero. */
function unrolled<State>(step: (before: State | undefined, projection: Tensor) => State, projections: readonly Tensor[]): State[] {
  const states: State[] = [];
  for (const projection of projections) states.push(step(states.at(-1), projection));
  return states;
}

/** Long short-term memory (Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000): [batch, steps, features] -> [batch, units]. */
export const LSTM = (units: number, options: RecurrentOptions = {}): Layer => recurrent(lstm, units, options);

/** Gated recurrent unit (Cho et al. 2014), which resets after the product as in Keras and cuDNN: [batch, steps, features] -> [batch, units]. */
export const GRU = (units: number, options: RecurrentOptions = {}): Layer => recurrent(gru, units, options);

/** [batch, features] -> [batch, steps, features]: the same at every step. */
export function RepeatVector(steps: number): Layer {
  requireWhole("RepeatVector", "steps", steps);
  return layer("RepeatVector", (_name, inputShape) => {
    requireRank(inputShape, 1, "[features]");
    const [features] = inputShape;
    return { parameters: [], statistics: [], outputShape: [steps, features], apply: (x) => broadcastTo(reshape(x, [x.shape[0], 1, features]), [x.shape[0], steps, features]) };
  });
}

/** Applies one layer to each step of [batch, steps, ...], as Keras' layer of that name. */
export const TimeDistributed = (inner: Layer): Layer =>
  layer("TimeDistributed", (name, [steps, ...stepShape]) => {
    const module = inner(name, stepShape);
    return {
      ...module,
      outputShape: [steps, ...module.outputShape],
      apply(x, mode) {
        const batch = x.shape[0];
        return reshape(module.apply(reshape(x, [batch * steps, ...stepShape]), mode), [batch, steps, ...module.outputShape]);
      },
    };
  });
