/**
 * The restricted Boltzmann machine (Smolensky 1986), trained by contrastive divergence (Hinton, "Training Products of Experts by Minimizing
 * Contrastive Divergence", 2002) or with chains that go on from step to step (Tieleman 2008).
 */
import { z } from "zod";
import { meanSquaredError } from "../nn/index.js";
import { clip, input, mean, mul, noise, reshape, sizeOf, sub, variable, type Tensor } from "../tensor/index.js";
import { boltzmannMachine, contrastiveDivergence, gibbs, gibbsMean } from "./boltzmann-machine.js";
import { oneStage, type Model } from "./model.js";

const options = z.strictObject({
  hidden: z.int().min(1).max(16384).default(256).describe("number of hidden units, the codings"),
  visibleUnits: z.enum(["binary", "gaussian"]).default("binary").describe("binary takes a value in [0, 1] as the probability of 1; gaussian suits values that lie about a mean"),
  deviation: z.number().positive().default(0.2).describe("standard deviation of Gaussian visible units, in the unit of the values"),
  chains: z.enum(["data", "persistent"]).default("data").describe("where negative samples start: at the batch (contrastive divergence), or where the last step left them (persistent)"),
  steps: z.int().min(1).max(100).default(1).describe("Gibbs steps to a negative sample, k of CD-k"),
  particles: z.int().min(1).max(65536).default(100).describe("number of persistent chains"),
  sampleSteps: z.int().min(1).max(10000).default(200).describe("Gibbs steps from noise to a sample"),
});

export const boltzmann: Model<typeof options> = {
  name: "boltzmann",
  title: "Restricted Boltzmann machine",
  summary: "One layer of visible and one of hidden units that learn which patterns go together; draws new examples by turns.",
  paper: { authors: "Hinton", title: "Training Products of Experts by Minimizing Contrastive Divergence", year: 2002, url: "https://doi.org/10.1162/089976602760128018" },
  options,
  accepts: { kinds: ["images", "vectors", "series"], range: [0, 1] },
  lossLabel: "mean squared error",
  recipe: { optimizer: "adam", learningRate: 1e-3, batchSize: 100, epochs: 10 },

  build({ hidden, visibleUnits, deviation, chains, steps, particles, sampleSteps }, { shape }) {
    const width = sizeOf(shape);
    const machine = boltzmannMachine("machine", { visible: width, hidden, visibleUnits, hiddenUnits: "binary" });
    // Persistent chains start anywhere; the first hidden units are drawn from them.
    const states = variable("chains", [particles, width], 0.5);

    // The machine's Gaussian units have variance 1.
    const unit = visibleUnits === "gaussian" ? deviation : 1;
    const exampleBatch = (batch: number) => input("x", [batch, ...shape]);
    const visible = (x: Tensor): Tensor => mul(1 / unit, reshape(x, [x.shape[0], width]));
    const example = (v: Tensor): Tensor => reshape(mul(unit, v), [v.shape[0], ...shape]);
    const reconstruction = (x: Tensor): Tensor => example(machine.visible(machine.hidden(visible(x))));

    return {
      variables: [...machine.parameters, ...(chains === "persistent" ? [states] : [])],
      stages: oneStage({
        name: "machine",
        parameters: machine.parameters,
        objective(batch) {
          const x = exampleBatch(batch);
          const samples = chains === "persistent" ? gibbs(machine, states, steps) : gibbsMean(machine, visible(x), steps);
          return {
            inputs: { x },
            loss: contrastiveDivergence(machine, visible(x), samples),
            metrics: { meanSquaredError: meanSquaredError(reconstruction(x), x) },
            updates: new Map(chains === "persistent" ? [[states, samples]] : []),
          };
        },
      }),
      validation(batch) {
        const x = exampleBatch(batch);
        const freeEnergy = mean(machine.freeEnergy(visible(x)));
        const freeEnergyGap = sub(freeEnergy, mean(machine.freeEnergy(gibbs(machine, visible(x), 1))));
        return { inputs: { x }, outputs: { meanSquaredError: meanSquaredError(reconstruction(x), x), freeEnergy, freeEnergyGap } };
      },
      abilities: {
        reconstruct(batch) {
          const x = exampleBatch(batch);
          return { inputs: { x }, outputs: { reconstruction: clip(reconstruction(x), 0, 1) } };
        },
        encode(batch) {
          const x = exampleBatch(batch);
          return { inputs: { x }, outputs: { codings: machine.hidden(visible(x)) } };
        },
        decode(batch) {
          const codings = input("codings", [batch, hidden]);
          return { inputs: { codings }, outputs: { images: clip(example(machine.visible(codings)), 0, 1) } };
        },
        sample(batch) {
          const start = visibleUnits === "binary" ? noise.bernoulli([batch, width], 0.5) : noise.normal([batch, width]);
          return { outputs: { samples: clip(example(gibbsMean(machine, start, sampleSteps)), 0, 1) } };
        },
      },
    };
  },
};
