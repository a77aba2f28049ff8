/** Shows training as it goes on: a progress bar and lines for people, JSON lines for machines. */
import type { Metrics, OnEvent, TrainingEvent } from "../training/index.js";
import type { TrainOutcome } from "../verbs/train.js";
import { display, formatNumber, type Display } from "./display.js";
import { formatSeconds, printJson } from "./print.js";

interface Report {
  readonly onEvent: OnEvent;
  readonly onProgress: (line: string) => void;
}

/** Runs training with a report of it, and tells how it ended. */
export async function reporter({ json }: { readonly json: boolean }, work: (report: Report) => Promise<TrainOutcome>): Promise<void> {
  const screen = display();
  const report: Report = {
    onEvent: json ? (event) => event.event !== "progress" && printJson(event) : (event) => show(event, screen),
    onProgress: (line) => console.error(line),
  };
  try {
    const outcome = await work(report);
    screen.stop();
    if (json) printJson({ event: "finished", run: outcome.path, status: outcome.result.status, step: outcome.result.step, metrics: outcome.result.validation ?? {}, files: outcome.files });
    else conclude(outcome);
    await outcome.dispose();
  } finally {
    screen.stop();
  }
}

const formatMetrics = (metrics: Metrics): string =>
  Object.entries(metrics).map(([name, value]) => `${name} ${formatNumber(value)}`).join("  ");

function show(event: TrainingEvent, screen: Display): void {
  switch (event.event) {
    case "started":
      screen.line(`${event.fromStep > 0 ? `Going on with ${event.run} from step ${event.fromStep}` : `Run ${event.run}`}: ${event.parameters.toLocaleString("en")} parameters, ${event.examples.toLocaleString("en")} examples, ${event.epochs} epochs, ${event.steps} steps.`);
      return screen.line(`Engine: ${event.engine}`);
    case "estimate":
      return screen.line(`This will take about ${formatSeconds(event.seconds)}. Ctrl-C stops with a checkpoint.`);
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

function conclude({ path, result, files, built, model }: TrainOutcome): void {
  if (result.status === "interrupted") {
    console.log(`A checkpoint was written. Go on with:\n  npx morphogen resume ${path}`);
    return;
  }
  console.log(`\n${model.title} trained: ${path}`);
  for (const file of files) console.log(`  ${file}`);
  const next = [
    built.abilities.sample && `morphogen sample ${path} --count 100 --seed 7 --out samples.png`,
    built.abilities.encode && `morphogen encode ${path} --out codings.csv`,
    built.abilities.decode && `morphogen export ${path} --ability decode --out decoder.onnx`,
    `morphogen train ${model.name} --help`,
  ].filter((command) => typeof command === "string");
  console.log(`\nTry next:\n${next.slice(0, 3).map((command) => `  npx ${command}`).join("\n")}`);
}
