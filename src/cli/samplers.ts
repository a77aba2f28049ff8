import type { Command } from "commander";
import { findSampler, samplers, type Sampler } from "../samplers/index.js";
import { counted, printJson, printTable } from "./print.js";
import { optionRows, propertiesOf } from "./schema-options.js";

export function register(command: Command): void {
  command
    .argument("[name]", "show this sampler's options, for --sampler-set")
    .option("--json", "print JSON")
    .action((name: string | undefined, { json }: { json?: true }) => {
      if (json) for (const sampler of name ? [findSampler(name)] : samplers) printJson(describe(sampler));
      else if (name) show(findSampler(name));
      else printTable(samplers.map(({ name: own, title, evaluations, paper }) => [own, title, counted(evaluations, "evaluation"), `${paper.authors} ${paper.year}`]));
    });
}

const describe = ({ name, title, paper, evaluations, options }: Sampler) => ({ name, title, paper, evaluations, options: propertiesOf(options) });

function show({ title, paper, evaluations, options }: Sampler): void {
  console.log(`${title}: ${counted(evaluations, "evaluation")} of the network for each step`);
  console.log(`${paper.authors} ${paper.year}, "${paper.title}", ${paper.url}`);
  if (Object.keys(options.shape).length === 0) return;
  console.log();
  printTable(optionRows(options));
}
