import type { Command } from "commander";
import { edit, editsSvg } from "../verbs/edit.js";
import type { TrainedRun } from "../verbs/open.js";
import { addChangeOptions, changeFiles, examplesShown, type ChangeFlags } from "./changed-pictures.js";
import { withDiffusionRun } from "./diffusion-run.js";
import { givenFigureFormat } from "./figure-file.js";
import { positiveShare, wholeNumber } from "./numbers.js";
import { deliver } from "./run-command.js";

const OUT = "figures/edited.png";
const STRENGTHS = [0.25, 0.5, 0.75];

interface EditFlags extends ChangeFlags {
  readonly strength?: string;
}

export function register(command: Command): void {
  const strength = `how much may change, above 0 and at most 1: the share of the levels of noise that are gone through (default 0.5; without files ${STRENGTHS.join(", ")})`;
  addChangeOptions(command, { out: OUT, label: "what the images are to become", count: 8, diffusion: { suits: ({ jumps }) => !jumps }, own: (own) => own.option("--strength <share>", strength) })
    .addHelpText("after", "\nPuts noise on images and takes it off again, with a diffusion model (SDEdit, Meng et al. 2022): drawings and faulty pictures become more like the training images.\nWithout files: a figure of examples, edited (SVG, or PNG, as --out ends).")
    .action((path: string, files: readonly string[], flags: EditFlags) => withDiffusionRun(path, flags, (trained) => (files.length > 0 ? editFiles : showExamples)(trained, flags, files)));
}

const settingsOf = ({ seed, strength }: EditFlags) => ({ seed: wholeNumber("--seed", seed, 0), strength: strength === undefined ? undefined : positiveShare("--strength", strength) });

function editFiles(trained: TrainedRun, flags: EditFlags, files: readonly string[]): Promise<void> {
  const settings = settingsOf(flags);
  return changeFiles(trained, files, flags, (values, labels) => edit(trained, values, { ...settings, labels }));
}

async function showExamples(trained: TrainedRun, flags: EditFlags): Promise<void> {
  const { seed, strength } = settingsOf(flags);
  const strengths = strength === undefined ? STRENGTHS : [strength];
  const format = givenFigureFormat(flags.out, OUT);
  const { examples, shown, labels, facts } = await examplesShown(trained, flags);
  const { part, label } = facts;
  const words = { title: `Edited by ${trained.model.title}`, subtitle: `${part} examples${label === undefined ? "" : `, to become ${trained.spec.classes?.[label] ?? label}`}; strength above` };
  const figure = await format(await editsSvg(trained, examples, shown, { strengths, seed, labels }, words));
  await deliver(trained, flags, OUT, figure, { ...facts, seed, strengths });
}
