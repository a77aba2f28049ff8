/** Shows training as it goes on: a progress bar and lines for people, JSON lines for machines. */
import type { DataSpec } from "../data/dataset.js";
import { findModel } from "../models/registry.js";
import type { Metrics, OnEvent, TrainingEvent } from "../training/index.js";
import type { TrainReport } from "../verbs/in-worker.js";
import { display, formatNumber, type Display } from "./display.js";
import { interruptible } from "./interrupt.js";
import { trainable } from "./model-options.js";
import { counted, formatSeconds, printJson } from "./print.js";

interface Report {
  readonly signal: AbortSignal;
  readonly onEvent: OnEvent;
  readonly onProgress: (line: string) => void;
}

/** Runs training with a report of it, until it is done or Ctrl-C stops it, and tells how it ended. */
export async function reporter({ json }: { readonly json: boolean }, work: (report: Report) => Promise<TrainReport>): Promise<void> {
  const screen = display();
  const onEvent: OnEvent = json ? (event) => event.event !== "progress" && printJson(event) : (event) => show(event, screen);
  const onProgress = (line: string) => console.error(line);
  try {
    const report = await interruptible(screen, (signal) => work({ signal, onEvent, onProgress }));
    screen.stop();
    if (!report) return;
    if (json) printJson({ event: "finished", run: report.path, status: report.result.status, step: report.result.step, metrics: report.result.validation ?? {}, ...(report.pca && { pcaBaseline: report.pca }), files: report.files });
    else conclude(report);
  } finally {
    screen.stop();
  }
}

function formatMetrics({ classes, classesFound, leastClassShare, ...metrics }: Metrics): string {
  const watched = classes === undefined ? [] : [`classes ${classesFound} of ${classes}, least ${(100 * leastClassShare).toFixed(1)}%`];
  return [...Object.entries(metrics).map(([name, value]) => `${name} ${formatNumber(value)}`), ...watched].join("  ");
}

function show(event: TrainingEvent, screen: Display): void {
  switch (event.event) {
    case "started":
      screen.line(`${event.fromStep > 0 ? `Going on with ${event.run} from step ${event.fromStep}` : `Run ${event.run}`}: ${event.parameters.toLocaleString("en")} parameters, ${event.examples.toLocaleString("en")} examples, ${counted(event.epochs, "epoch")}, ${event.steps.toLocaleString("en")} steps.`);
      screen.line(`Engine: ${event.engine}`);
      return screen.begin(event.fromStep, event.steps);
    case "stage":
      return screen.line(`Stage ${event.number} of ${event.stages}: ${event.name}, ${counted(event.epochs, "epoch")}.`);
    case "estimate":
      return screen.line(`This will take ${event.seconds < 1 ? "less than a second" : `about ${formatSeconds(event.seconds)}`}. Ctrl-C stops with a checkpoint.`);
    case "progress":
      return screen.progress(event);
    case "validation":
      return screen.line(`epoch ${event.epoch}: validation ${formatMetrics(event.validation)}${event.best ? " (best)" : ""}`);
    case "warning":
      return screen.line(`warning: ${event.message}`);
    case "stopped":
      return screen.line(event.reason === "early" ? `Stopped at step ${event.step}: validation no longer improves.` : `Stopped at step ${event.step}.`);
    case "step":
    case "checkpoint":
      return;
  }
}

function conclude({ path, config, result, files, pca, abilities }: TrainReport): void {
  if (result.status === "interrupted") {
    console.log(`A checkpoint was written. Go on with:\n  npx morphogen resume ${path}`);
    return;
  }
  const model = findModel(config.model.name);
  console.log(`\n${model.title} trained: ${path}`);
  for (const file of files) console.log(`  ${file}`);
  if (pca) console.log(`Validation mean squared error ${formatNumber(pca.modelMeanSquaredError)}; exact PCA with ${counted(pca.size, "coding")} (real numbers): ${formatNumber(pca.meanSquaredError)}.`);
  const isImages = (config.data.spec as DataSpec).kind === "images";
  const next = [
    abilities.includes("translate") && `morphogen translate ${path} --part test`,
    abilities.includes("sample") && `morphogen sample ${path} --count 100 --seed 7 --out samples.${isImages ? "png" : "csv"}`,
    abilities.includes("denoise") && isImages && `morphogen denoise ${path} noisy.png`,
    abilities.includes("reconstruct") && `morphogen reconstruct ${path} --which worst`,
    abilities.includes("encode") && `morphogen encode ${path} --out codings.csv`,
    abilities.includes("translate") && !abilities.includes("denoiser") && `morphogen export ${path} --ability translate --out translate.onnx`,
    abilities.includes("decode") && `morphogen export ${path} --ability decode --out decoder.onnx`,
    trainable.includes(model) && `morphogen train ${model.name} --help`,
  ].filter((command) => typeof command === "string");
  console.log(`\nTry next:\n${next.slice(0, 4).map((command) => `  npx ${command}`).join("\n")}`);
}
