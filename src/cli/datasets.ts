import type { Command } from "commander";
import { datasets } from "../data/registry.js";
import { printJson, printTable } from "./print.js";

export function register(command: Command): void {
  command.option("--json", "print JSON").action(({ json }: { json?: true }) => {
    if (json) for (const { load: _load, ...facts } of datasets) printJson(facts);
    else printTable(datasets.map(({ name, title, summary, licence }) => [name, title, summary, licence]));
  });
}
