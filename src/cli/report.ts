/** Shows training as it goes on: a progress bar and lines for people, JSON lines for machines. */
import { SingleBar } from "cli-progress";
import type { Metrics, OnEvent, TrainingEvent } from "../training/index.js";
import type { TrainOutcome } from "../verbs/train.js";
import { formatSeconds, printJson } from "./print.js";

interface Report {
  readonly onEvent: OnEvent;
  readonly onProgress: (line: string) => void;
}

/** Runs training with a report of it, and tells how it ended. */
export async function reporter({ json }: { readonly json: boolean }, work: (report: Report) => Promise<TrainOutcome>): Promise<void> {
  const bar = json ? undefined : progressBar();
  const report: Report = {
    onEvent: json ? (event) => event.event !== "progress" && printJson(event) : (event) => show(event, bar!),
    onProgress: (line) => console.error(line),
  };
  try {
    const outcome = await work(report);
    bar?.stop();
    if (json) printJson({ event: "finished", run: outcome.path, status: outcome.result.status, step: outcome.result.step, metrics: outcome.result.validation ?? {}, files: outcome.files });
    else conclude(outcome);
    await outcome.dispose();
  } finally {
    bar?.stop();
  }
}

const progressBar = (): SingleBar =>
  new SingleBar({
    format: "{bar} {percentage}%  step {value}/{total}  loss {loss}  {rate} images/s  {left} left",
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: 24,
    hideCursor: true,
    noTTYOutput: true,
    notTTYSchedule: 15_000,
  });

const formatMetrics = (metrics: Metrics): string =>
  Object.entries(metrics).map(([name, value]) => `${name} ${formatNumber(value)}`).join("  ");

const formatNumber = (value: number): string => (Math.abs(value) >= 100 ? value.toFixed(1) : value.toPrecision(4));

/** Prints a line above the bar. */
function line(bar: SingleBar, text: string): void {
  if (bar.isActive && process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  console.log(text);
}

function show(event: TrainingEvent, bar: SingleBar): void {
  switch (event.event) {
    case "started":
      console.log(`${event.fromStep > 0 ? `Going on with ${event.run} from step ${event.fromStep}` : `Run ${event.run}`}: ${event.parameters.toLocaleString("en")} parameters, ${event.examples.toLocaleString("en")} examples, ${event.epochs} epochs, ${event.steps} steps.`);
      console.log(`Engine: ${event.engine}`);
      if (event.fromStep < event.steps) bar.start(event.steps, event.fromStep, { loss: "-", rate: "-", left: "-" });
      return;
    case "estimate":
      return line(bar, `This will take about ${formatSeconds(event.seconds)}. Ctrl-C stops with a checkpoint.`);
    case "progress":
      return bar.update(event.step, { loss: formatNumber(event.loss), rate: Math.round(event.imagesPerSecond).toLocaleString("en"), left: formatSeconds(event.secondsLeft) });
    case "validation":
      return line(bar, `epoch ${event.epoch}: validation ${formatMetrics(event.validation)}${event.best ? " (best)" : ""}`);
    case "warning":
      return line(bar, `warning: ${event.message}`);
    case "stopped":
      return line(bar, event.reason === "early" ? `Stopped at step ${event.step}: validation no longer improves.` : `Stopped at step ${event.step}.`);
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
