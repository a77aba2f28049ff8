import type { Command } from "commander";
import type { Model } from "../models/model.js";
import { findModel, models, students } from "../models/registry.js";
import { printJson, printTable } from "./print.js";
import { optionRows, propertiesOf } from "./schema-options.js";

const all = [...models, ...students];

export function register(command: Command): void {
  command
    .argument("[name]", "show this model's options")
    .option("--json", "print JSON")
    .action((name: string | undefined, { json }: { json?: true }) => {
      if (json) for (const model of name ? [findModel(name)] : all) printJson(describe(model));
      else if (name) show(findModel(name));
      else printTable(all.map((model) => [model.name, model.title, model.summary]));
    });
}

const describe = ({ name, title, summary, paper, accepts, recipe, options }: Model) => ({ name, title, summary, paper, accepts, recipe, options: propertiesOf(options) });

function show(model: Model): void {
  const { title, summary, paper, options, recipe } = model;
  console.log(`${title}: ${summary}`);
  console.log(`${paper.authors} ${paper.year}, "${paper.title}", ${paper.url}`);
  console.log(`Trained by default with ${recipe.optimizer}, learning rate ${recipe.learningRate}, batches of ${recipe.batchSize}, ${recipe.epochs} epochs${recipe.averageDecay ? `; weights are averaged with a decay of ${recipe.averageDecay}` : ""}.\n`);
  printTable(optionRows(options));
}
