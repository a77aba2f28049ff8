/**
 * The deep autoencoder of Hinton & Salakhutdinov, "Reducing the Dimensionality of Data with Neural Networks" (2006): restricted Boltzmann
 * machines are trained one on top of the other, a deep belief network (Hinton, Osindero & Teh 2006), which is then unrolled into an
 * encoder and a decoder that begin with the machines' weights and are fine-tuned together.
 */
import { z } from "zod";
import { binaryCrossEntropyWithLogits, meanSquaredError } from "../nn/index.js";
import { add, input, matmul, reshape, sigmoid, sizeOf, variable, type Tensor, type Variable } from "../tensor/index.js";
import { boltzmannMachine, contrastiveDivergence, gibbsMean, type BoltzmannMachine } from "./boltzmann-machine.js";
import type { Model, Stage } from "./model.js";

const options = z.strictObject({
  hidden: z.array(z.int().min(1)).min(1).default([256, 64]).describe("units of the encoder's hidden layers; the decoder mirrors them; the paper's are 1000,500,250"),
  latentSize: z.int().min(1).max(4096).default(30).describe("number of codings, linear units; the paper's 30"),
  pretrainingEpochs: z.int().min(1).default(5).describe("passes over the data for each of the machines; the paper's 50"),
  steps: z.int().min(1).max(100).default(1).describe("Gibbs steps to a negative sample, k of CD-k"),
});

export const deepBelief: Model<typeof options> = {
  name: "deep-belief",
  title: "Deep belief network",
  summary: "An autoencoder whose layers are first trained one by one as restricted Boltzmann machines, then together.",
  paper: { authors: "Hinton & Salakhutdinov", title: "Reducing the Dimensionality of Data with Neural Networks", year: 2006, url: "https://doi.org/10.1126/science.1127647" },
  options,
  accepts: { kinds: ["images", "vectors", "series"], range: [0, 1] },
  lossLabel: "cross entropy (nats per value)",
  recipe: { optimizer: "adam", learningRate: 1e-3, batchSize: 128, epochs: 10 },

  build({ hidden, latentSize, pretrainingEpochs, steps }, { shape }) {
    const sizes = [sizeOf(shape), ...hidden, latentSize];
    const top = sizes.length - 2;
    const machines = sizes.slice(1).map((units, i) =>
      boltzmannMachine(`machine.${i}`, { visible: sizes[i], hidden: units, visibleUnits: "binary", hiddenUnits: i === top ? "gaussian" : "binary" }),
    );
    // A machine has one kernel for both ways; the autoencoder has two, so that fine-tuning can part them. Its biases are those of the machines.
    const decoderKernels = machines.map((_, i) => variable(`decoder.${i}.kernel`, [sizes[i + 1], sizes[i]]));
    const machineParameters = machines.flatMap(({ parameters }) => parameters);

    const exampleBatch = (batch: number) => input("x", [batch, ...shape]);
    const flat = (x: Tensor): Tensor => reshape(x, [x.shape[0], sizes[0]]);
    /** x [batch, ...shape] -> means of the units of layer `depth`, 0 for the examples themselves: [batch, sizes[depth]]. */
    const activations = (x: Tensor, depth: number): Tensor => machines.slice(0, depth).reduce((v, machine) => machine.hidden(v), flat(x));
    const encode = (x: Tensor): Tensor => activations(x, machines.length);
    /** codings [batch, latentSize] -> logits of the examples [batch, width]. */
    const decode = (codings: Tensor): Tensor =>
      machines.reduceRight((total, { visibleBias }, i) => add(matmul(i === top ? total : sigmoid(total), decoderKernels[i]), visibleBias), codings);
    const images = (codings: Tensor): Tensor => reshape(sigmoid(decode(codings)), [codings.shape[0], ...shape]);

    /** Of going up and down once. */
    const errorOf = (machine: BoltzmannMachine, v: Tensor): Tensor => meanSquaredError(machine.visible(machine.hidden(v)), v);

    /** Trains one machine on the means of the units below it. */
    const pretraining = (machine: BoltzmannMachine, depth: number): Stage => ({
      name: `machine ${depth + 1} of ${machines.length}`,
      epochs: pretrainingEpochs,
      lossLabel: `mean squared error of ${depth === 0 ? "examples" : "units below"}`,
      phases: [
        {
          name: `machine.${depth}`,
          parameters: machine.parameters,
          objective(batch) {
            const x = exampleBatch(batch);
            const v = activations(x, depth);
            const metrics = { meanSquaredError: errorOf(machine, v) };
            return { inputs: { x }, loss: contrastiveDivergence(machine, v, gibbsMean(machine, v, steps)), metrics, updates: new Map() };
          },
        },
      ],
      validation(batch) {
        const x = exampleBatch(batch);
        const v = activations(x, depth);
        return { inputs: { x }, outputs: { meanSquaredError: errorOf(machine, v) } };
      },
      ...(depth === top && { solve: { reads: machineParameters, compute: unroll } }),
    });

    /** The decoder's kernels as the transposes of the machines'. The others stay as they are, and are named so that averages of weights begin here. */
    function unroll(values: readonly Float32Array[]): ReadonlyMap<Variable, Float32Array> {
      const known = new Map(machineParameters.map((parameter, i) => [parameter, values[i]]));
      const transposed = machines.map(({ kernel }, i): [Variable, Float32Array] => {
        const [from, to] = kernel.shape;
        return [decoderKernels[i], Float32Array.from({ length: from * to }, (_, at) => known.get(kernel)![(at % from) * to + Math.floor(at / from)])];
      });
      return new Map([...known, ...transposed]);
    }

    const fineTuning: Stage = {
      name: "fine-tuning",
      phases: [
        {
          name: "autoencoder",
          parameters: [...machineParameters, ...decoderKernels],
          objective(batch) {
            const x = exampleBatch(batch);
            return { inputs: { x }, loss: binaryCrossEntropyWithLogits(decode(encode(x)), flat(x)), metrics: {}, updates: new Map() };
          },
        },
      ],
    };

    return {
      variables: [...machineParameters, ...decoderKernels],
      stages: [...machines.map(pretraining), fineTuning],
      validation(batch) {
        const x = exampleBatch(batch);
        const logits = decode(encode(x));
        return { inputs: { x }, outputs: { loss: binaryCrossEntropyWithLogits(logits, flat(x)), meanSquaredError: meanSquaredError(sigmoid(logits), flat(x)) } };
      },
      abilities: {
        reconstruct(batch) {
          const x = exampleBatch(batch);
          return { inputs: { x }, outputs: { reconstruction: images(encode(x)) } };
        },
        encode(batch) {
          const x = exampleBatch(batch);
          return { inputs: { x }, outputs: { codings: encode(x) } };
        },
        decode(batch) {
          const codings = input("codings", [batch, latentSize]);
          return { inputs: { codings }, outputs: { images: images(codings) } };
        },
      },
    };
  },
};
