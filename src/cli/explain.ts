import { Option, type Command } from "commander";
import { sumsByKind, type Cost, type KindRow, type StepRow } from "../engines/onednn/explain.js";
import { explain, type Explanation } from "../verbs/explain.js";
import { addEngineOptions, engineOf, type EngineFlags } from "./engine-options.js";
import { addModelOptions, chosenModel, type ModelFlags } from "./model-options.js";
import { optionalWholeNumber } from "./numbers.js";
import { FIGURES, kindCells, stepCells, summaryLines } from "./plan-table.js";
import { printJson, printTable } from "./print.js";

interface ExplainFlags extends EngineFlags, ModelFlags {
  readonly ability?: string;
  readonly top?: string;
  readonly by?: "kind";
  readonly summary?: true;
  readonly json?: true;
}

const LEGEND = `
Each row is one call of the library, or a little JavaScript ("host"); its time is
the median of several runs on random input. GF: 10^9 multiplications and additions
of products. MB: 10^6 bytes read and written; what a cache holds is read faster
than memory is. Rates are left out where there is too little work to time. library:
the kernel that oneDNN chose, "ref" where it has no fast one. operands: the first
that is read → the first that is written; layouts are in oneDNN's letters, "acdb"
has the channels of a pixel side by side, none is row-major.`;

export function register(command: Command, argv: readonly string[]): void {
  addModelOptions(command, argv)
    .option("--ability <name>", "explain this ability, such as sample or reconstruct, in place of training")
    .option("--top <number>", "only the most expensive, those first")
    .addOption(new Option("--by <what>", "kind: sums over the steps that begin with the same op").choices(["kind"]))
    .option("--summary", "the same as --by kind")
    .option("--json", "print one JSON object per line: every row, last a summary");
  addEngineOptions(command).addHelpText("after", LEGEND);
  command.action(run);
}

async function run(name: string | undefined, flags: ExplainFlags): Promise<void> {
  const top = optionalWholeNumber("--top", flags.top, 1);
  const { model, options, training, data } = await chosenModel("explain", name, flags);
  const explanation = await explain({ model, options, training, data: data.name, files: data.files, ability: flags.ability, ...engineOf(flags) });
  const byKind = flags.summary === true || flags.by === "kind";
  if (flags.json) printLines(explanation, byKind, top);
  else printTables(explanation, byKind, top);
}

const mostExpensive = <Row extends Cost>(rows: readonly Row[], top: number | undefined): readonly Row[] =>
  top === undefined ? rows : [...rows].sort((a, b) => b.milliseconds - a.milliseconds).slice(0, top);

function printLines({ plans, ...about }: Explanation, byKind: boolean, top: number | undefined): void {
  for (const plan of plans)
    for (const row of mostExpensive<StepRow | KindRow>(byKind ? sumsByKind(plan) : plan.rows, top)) printJson({ plan: plan.name, ...row });
  printJson({ ...about, plans: plans.map(({ rows: _, ...plan }) => plan) });
}

function printTables({ model, ability, batchSize, engine, plans, machine }: Explanation, byKind: boolean, top: number | undefined): void {
  plans.forEach((plan, i) => {
    const what = ability === undefined ? `training step "${plan.name}"` : `ability "${plan.name}"`;
    console.log(`${i > 0 ? "\n" : ""}${model}, ${what}, batch of ${batchSize}, on ${engine.name} ${engine.version} with ${engine.threads} threads\n`);
    const [steps, kinds] = [mostExpensive(plan.rows, top), mostExpensive(sumsByKind(plan), top)];
    printTable(byKind ? kindCells(kinds) : stepCells(steps, process.stdout.columns ?? 100), FIGURES);
    console.log(`\n${summaryLines(plan, machine).join("\n")}`);
  });
}
