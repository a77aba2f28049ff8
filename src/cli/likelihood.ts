import { Option, type Command } from "commander";
import { stepVariances, type StepVariance } from "../samplers/index.js";
import { firstExamples, firstLabels } from "../verbs/figures.js";
import { likelihood, type LikelihoodEstimate } from "../verbs/likelihood.js";
import { DIFFUSION } from "./diffusion-options.js";
import { wholeNumber } from "./numbers.js";
import { formatSeconds } from "./print.js";
import { addRunOptions, dataPart, deliver, splitOption, withRun, type RunFlags } from "./run-command.js";

const OUT = "likelihood.csv";

interface LikelihoodFlags extends RunFlags {
  readonly samples: string;
  readonly steps: string;
  readonly variance?: StepVariance;
  readonly count: string;
  readonly seed: string;
  readonly part: "train" | "validation" | "test";
}

export function register(command: Command): void {
  addRunOptions(command, OUT)
    .option("--samples <number>", "importance samples for each example", "5000")
    .addOption(new Option("--steps <number>", "for each example: terms of the bound that are drawn and looked at, of a model of so many steps (1000: all of diffusion's), or steps along the probability flow").default("100").helpGroup(DIFFUSION))
    .addOption(new Option("--variance <size>", "of a model of so many steps: how much a step back leaves open (default large)").choices(stepVariances).helpGroup(DIFFUSION))
    .option("--count <number>", "how many examples", "100")
    .option("--seed <number>", "of the samples", "0")
    .addOption(splitOption())
    .addHelpText("after", "\nThe file has one line for each example: its label, where there is one, and its log-likelihood in nats.")
    .action((path: string, flags: LikelihoodFlags) => {
      const [samples, steps, wanted, seed] = [wholeNumber("--samples", flags.samples, 1), wholeNumber("--steps", flags.steps, 1), wholeNumber("--count", flags.count, 1), wholeNumber("--seed", flags.seed, 0)];
      return withRun(path, flags, async (trained) => {
        const examples = await dataPart(trained, flags.part);
        const count = Math.min(wanted, examples.count);
        const labels = firstLabels(examples, count);
        const estimate = await likelihood(trained, firstExamples(trained, examples, count), { samples, steps, variance: flags.variance, seed, ...(labels && { labels }), onBatch: estimateTime(count) });
        const { logLikelihoods, ...facts } = estimate;
        const lines = Array.from(logLikelihoods, (value, i) => [...(labels ? [labels[i]] : []), value.toFixed(4)].join(","));
        await deliver(trained, flags, OUT, `${labels ? "label," : ""}logLikelihood\n${lines.join("\n")}\n`, { ...facts, count, part: flags.part });
        if (!flags.json) report(estimate, count);
      });
    });
}

function report(estimate: LikelihoodEstimate, count: number): void {
  const { method, mean, standardError, bitsPerDimension, samples, binarized } = estimate;
  if (method !== "importance sampling") {
    const [how, noun] = method === "variational bound" ? ["at most, by the variational bound", "terms drawn"] : ["by the probability flow and uniform dequantization", "steps"];
    const bits = (nats: number): number => Math.abs((nats * bitsPerDimension) / mean);
    console.log(`${bitsPerDimension.toFixed(4)} ± ${bits(standardError).toFixed(4)} bits per dimension, ${how} (standard error over ${count} examples; ${samples} ${noun} for each)`);
    console.log(`log-likelihood ${mean.toFixed(2)} ± ${standardError.toFixed(2)} nats an example`);
    console.log("Of 8-bit values: these compare with those of other models of the same images at the same size, published ones too.");
    return;
  }
  console.log(`log-likelihood ${mean.toFixed(2)} ± ${standardError.toFixed(2)} nats an example (standard error over ${count} examples; ${samples} importance samples each)`);
  console.log(`${bitsPerDimension.toFixed(4)} bits per dimension`);
  if (!binarized) console.log("The examples were not binarised: these values compare with those of models of the same data and --likelihood only, not with published ones of binary images.");
}

/** After the first batch, says how long the rest will take if that is long. */
function estimateTime(count: number): (done: number) => void {
  const start = performance.now();
  let said = false;
  return (done) => {
    const seconds = ((performance.now() - start) / 1000) * (count / done - 1);
    if (!said && seconds > 5) console.error(`This will take about ${formatSeconds(seconds)}.`);
    said = true;
  };
}
