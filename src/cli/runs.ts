import type { Command } from "commander";
import { checkpointSteps, listRuns, readMetrics, readRunConfig } from "../training/index.js";
import { formatValue } from "./schema-options.js";
import { printJson, printTable } from "./print.js";

export function register(command: Command): void {
  command
    .argument("[run]", "show this run")
    .option("--root <folder>", "where the runs are", "runs")
    .option("--json", "print JSON")
    .action(async (path: string | undefined, { root, json }: { readonly root: string; readonly json?: true }) => {
      const found = await Promise.all((path === undefined ? await listRuns(root) : [path]).map(summarize));
      if (json) found.forEach(printJson);
      else if (path !== undefined) Object.entries(found[0]).forEach(([name, value]) => console.log(`${name}: ${formatValue(value)}`));
      else if (found.length === 0) console.log(`There are no runs in ${root}. Train one: morphogen train variational`);
      else
        printTable([
          ["run", "model", "data", "step", "validation"],
          ...found.map(({ run, model, data, step, validation }) => [run, model, formatValue((data as { name?: string }).name), String(step), Object.entries(validation).map(([name, value]) => `${name} ${value.toPrecision(5)}`).join("  ")]),
        ]);
    });
}

async function summarize(path: string) {
  const { model, data, training, engine } = await readRunConfig(path);
  const [step = 0] = await checkpointSteps(path);
  const last = (await readMetrics(path)).findLast((line) => line.validation !== undefined);
  return { run: path, model: model.name, options: model.options, data, training, engine: engine.name, step, validation: last?.validation ?? {} };
}
