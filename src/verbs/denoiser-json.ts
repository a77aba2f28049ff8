/** What a program of another language needs beside denoiser.onnx to sample it. */
import type { Diffusion } from "../models/model.js";
import { levelsOf } from "../samplers/index.js";
import { sizeOf } from "../tensor/index.js";
import type { Trained } from "./abilities.js";

/** Levels of noise that are written, where a model does not say how many. */
const STEPS = 20;

/** As JSON: how to sample denoiser.onnx, in words; the shape of x, the range of values, the levels of noise and, of a conditional model, the classes. */
export function denoiserJson({ model, spec }: Pick<Trained, "model" | "spec">, diffusion: Diffusion): string {
  const { schedule, spacing, translates, jumps, latent, classes, unconditional } = diffusion;
  const { sigmaMin, sigmaMax } = schedule;
  const shape = translates?.target ?? latent?.shape ?? spec.shape;
  const how = [
    "x = x0 + sigma n. Begin with x = sigma of the first level times normal noise.",
    ` denoiser.onnx takes x [batch, ${shape.join(", ")}], sigma [batch] and time [batch], of one level for all`,
    ...(classes === undefined ? [] : [", labels [batch] of int32, each the number of a class"]),
    ...(translates ? [`, and source [batch, ${translates.source.join(", ")}], the images that are translated`] : []),
    `, and gives denoised, ${jumps ? "an example" : "the x0 to be expected"}.`,
    ...(latent ? [] : [" Cut denoised to the range before it is used."]),
    ...(unconditional && !jumps ? [" The label noClass stands for no class. To guide by a weight w, take denoised of noClass + w times (denoised of the class - denoised of noClass)."] : []),
    jumps
      ? " From a level to the next: x = denoised + next sigma times new normal noise; denoised of the last level, which may be the first, is the sample."
      : " Euler's method goes from a level to the next by x += (next sigma - sigma) (x - denoised) / sigma; denoised of the last level is the sample.",
    ...(latent ? [` It is a coding, of mean 0 and variance 1 over the data; decoder.onnx makes the example, with values in the range, of its ${sizeOf(latent.shape)} numbers one after the other.`] : []),
  ].join("");
  const known = classes === undefined ? {} : { classes: spec.classes ?? classes, ...(unconditional && { noClass: classes }) };
  const levels = jumps ? jumps.levels(jumps.steps, spacing) : levelsOf(schedule, STEPS, spacing);
  return `${JSON.stringify({ how, shape, range: model.accepts.range, ...known, sigmaMin, sigmaMax, spacing, levels }, undefined, 2)}\n`;
}
