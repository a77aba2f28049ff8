import type { Command } from "commander";

/** Adds a command's arguments, options and action to `command`. `argv` is what the user typed. */
export type Register = (command: Command, argv: readonly string[]) => void;

interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Register>;
}

export const commands: readonly CommandEntry[] = [
  { name: "train", summary: "train a model on a dataset", load: async () => (await import("./train.js")).register },
  { name: "resume", summary: "go on with a run that was stopped", load: async () => (await import("./resume.js")).register },
  { name: "distill", summary: "teach a model of one step, or a few, what a trained diffusion model does in many", load: async () => (await import("./distill.js")).register },
  { name: "average", summary: "choose how far the average of the weights reaches back, after training with --post-hoc-averages", load: async () => (await import("./average.js")).register },
  { name: "reconstruct", summary: "show examples beside their reconstructions", load: async () => (await import("./reconstruct.js")).register },
  { name: "denoise", summary: "clean pictures, or show examples corrupted and cleaned", load: async () => (await import("./denoise.js")).register },
  { name: "translate", summary: "translate pictures, or show examples translated, with their errors", load: async () => (await import("./translate.js")).register },
  { name: "superres", summary: "make pictures larger, with a model that was trained with --task superres", load: async () => (await import("./translate.js")).registerTask("superres") },
  { name: "colorize", summary: "colour grey pictures, with a model that was trained with --task colorize", load: async () => (await import("./translate.js")).registerTask("colorize") },
  { name: "edit", summary: "make pictures more like the training images, or like a class, with a diffusion model", load: async () => (await import("./edit.js")).register },
  { name: "inpaint", summary: "fill in what is missing of pictures, with a diffusion model", load: async () => (await import("./inpaint.js")).register },
  { name: "sample", summary: "generate new examples", load: async () => (await import("./sample.js")).register },
  { name: "interpolate", summary: "walk from one example, or one draw, to another", load: async () => (await import("./interpolate.js")).register },
  { name: "traverse", summary: "change one coding after the other, and see what each says", load: async () => (await import("./traverse.js")).register },
  { name: "mix", summary: "make images of the coarse styles of one draw and the fine styles of another", load: async () => (await import("./mix.js")).register },
  { name: "arithmetic", summary: "add the mean coding of one class and subtract that of another", load: async () => (await import("./arithmetic.js")).register },
  { name: "encode", summary: "write the codings of a dataset to a file", load: async () => (await import("./encode.js")).register },
  { name: "embed", summary: "show the codings of a dataset in two dimensions", load: async () => (await import("./embed.js")).register },
  { name: "likelihood", summary: "estimate how probable the model finds examples", load: async () => (await import("./likelihood.js")).register },
  { name: "evaluate", summary: "score a model's samples beside real examples", load: async () => (await import("./evaluate.js")).register },
  { name: "weaknesses", summary: "find plausible images that a classifier gets wrong or is unsure of", load: async () => (await import("./weaknesses.js")).register },
  { name: "similar", summary: "find the examples most like one of them", load: async () => (await import("./similar.js")).register },
  { name: "pretrain", summary: "measure whether a trained encoder helps a classifier with few labels", load: async () => (await import("./pretrain.js")).register },
  { name: "augment", summary: "measure whether generated examples help a classifier with few labels", load: async () => (await import("./augment.js")).register },
  { name: "anomaly", summary: "find the examples that a model rebuilds worst, or test how well it finds what it has not seen", load: async () => (await import("./anomaly.js")).register },
  { name: "export", summary: "write an ability of a trained model as an ONNX file", load: async () => (await import("./export.js")).register },
  { name: "explain", summary: "show what a training step computes, and where its time goes", load: async () => (await import("./explain.js")).register },
  { name: "setup", summary: "bring in oneDNN, which makes training several times faster", load: async () => (await import("./setup.js")).register },
  { name: "models", summary: "list the models, or show one", load: async () => (await import("./models.js")).register },
  { name: "samplers", summary: "list the samplers of diffusion models, or show one", load: async () => (await import("./samplers.js")).register },
  { name: "datasets", summary: "list the datasets", load: async () => (await import("./datasets.js")).register },
  { name: "runs", summary: "list the runs, or show one", load: async () => (await import("./runs.js")).register },
];
