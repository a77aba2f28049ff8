import { mkdir, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Option, type Command } from "commander";
import { UsageError } from "../errors.js";
import { writeWhole } from "../training/index.js";
import { onnxClassifier } from "../verbs/onnx-classifier.js";
import type { TrainedRun } from "../verbs/open.js";
import { dataOf, loadData } from "../verbs/prepare.js";
import { weaknessNames, type WeaknessName } from "../verbs/verdicts.js";
import { weaknesses, type Tally, type Weaknesses } from "../verbs/weaknesses.js";
import { weaknessesSvg, weaknessFiles } from "../verbs/weaknesses-report.js";
import { figureFormat } from "./figure-file.js";
import { wholeNumber } from "./numbers.js";
import { printJson, printTable } from "./print.js";
import { addRunOptions, deliver, withRun, type RunFlags } from "./run-command.js";

const OUT = "figures/weaknesses.svg";
/** Kinds of confusion that are printed. */
const CONFUSIONS = 5;

interface WeaknessesFlags extends RunFlags {
  readonly classifier?: string;
  readonly output?: string;
  readonly range: string;
  readonly lookFor?: WeaknessName;
  readonly samples: string;
  readonly starts: string;
  readonly generations: string;
  readonly seed: string;
  readonly all?: true;
  readonly save?: string;
}

export function register(command: Command): void {
  addRunOptions(command, OUT)
    .option("--classifier <file>", "ONNX file of the classifier: images in, logits or probabilities of the classes out (default: the classifier that morphogen evaluate compares images by)")
    .option("--output <name>", "name of that output, where the file has several")
    .option("--range <black,white>", "what the classifier wants black and white to be", "0,1")
    .addOption(new Option("--look-for <kind>", "what the classifier gets wrong, by the second opinion of a classifier trained on the run's data, or what it is unsure of (default: wrong, where there is a second opinion)").choices(weaknessNames))
    .option("--samples <number>", "random codings to look at", "5000")
    .option("--starts <number>", "how many of them to search from", "60")
    .option("--generations <number>", "steps of the search, of 8 images for each start", "20")
    .option("--seed <number>", "of the codings", "0")
    .option("--all", "show all that the search came to, with what counts framed")
    .option("--save <folder>", "write the images as PNG files to a folder, in subfolders of their right classes, with weaknesses.csv")
    .addHelpText("after", "\nAn image counts when it is plausible (as near to a real image that is like many others as the fifth nearest of these), and, for what is wrong, when the second opinion is at least 90% sure. Confident are answers that the classifier finds more than 90% probable.")
    .action((path: string, flags: WeaknessesFlags) => {
      const [samples, starts, generations, seed] = [wholeNumber("--samples", flags.samples, 1), wholeNumber("--starts", flags.starts, 1), wholeNumber("--generations", flags.generations, 0), wholeNumber("--seed", flags.seed, 0)];
      const range = rangeOf(flags.range);
      const format = figureFormat(flags.out ?? OUT);
      return withRun(path, flags, async (trained) => {
        if (flags.save !== undefined) await requireEmpty(flags.save);
        const { limit: _, ...request } = dataOf(trained.config);
        const onProgress = (line: string) => console.error(line);
        const data = await loadData(request, onProgress);
        const classifier = await classifierOf(trained, flags, range);
        try {
          const result = await weaknesses(trained, { data, classifier, lookFor: flags.lookFor, samples, starts, generations, seed, onProgress });
          const { images: __, nearest: ___, ...facts } = result;
          if (!flags.json) report(result);
          const shown = { all: flags.all ?? false };
          if (flags.save !== undefined) await save(flags.save, weaknessFiles(trained, result, shown));
          const json = { ...facts, seed, findings: result.findings.map(({ coding, ...finding }) => ({ ...finding, coding: Array.from(coding) })) };
          if (shown.all || result.found.weaknesses > 0) await deliver(trained, flags, OUT, await format(weaknessesSvg(trained, result, shown)), json, flags.save);
          else if (flags.json) printJson(json);
        } finally {
          await classifier?.dispose();
        }
      });
    });
}

function rangeOf(text: string): readonly [number, number] {
  const [black, white, ...more] = text.split(",").map((part) => (part.trim() === "" ? NaN : Number(part)));
  if (!(Number.isFinite(black) && Number.isFinite(white) && black !== white && more.length === 0)) throw new UsageError(`--range is ${text}`, "Use two numbers, for black and for white: 0,1 or -1,1 or 0,255.");
  return [black, white];
}

async function classifierOf({ spec, engine }: TrainedRun, { classifier, output }: WeaknessesFlags, range: readonly [number, number]) {
  if (classifier === undefined) return undefined;
  if (spec.kind !== "images") throw new UsageError(`The model was trained on ${spec.kind}, not on images`, "Train it on images.");
  return onnxClassifier(classifier, { shape: spec.shape, range, output, threads: engine.threads });
}

/** Images of an earlier search would pass for some of this one. */
async function requireEmpty(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  if (names.length > 0) throw new UsageError(`${folder} is not empty`, "Name a new folder: --save found-2");
}

async function save(folder: string, files: ReturnType<typeof weaknessFiles>): Promise<void> {
  for (const { name, bytes } of files) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeWhole(join(folder, name), bytes);
  }
}

const number = (count: number): string => count.toLocaleString("en");
const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;

function report({ lookFor, classifier, classes, usual, random, starts, found, searched }: Weaknesses): void {
  console.log(`Of ${number(usual.count)} real test images, ${classifier} ${lookFor === "wrong" ? `is right for ${percent(1 - usual.weaknesses)}` : `is unsure of ${percent(usual.weaknesses)}`}; ${percent(usual.plausible)} of them are plausible.`);
  if (usual.opinion) console.log(`The second opinion is sure of ${percent(usual.opinion.sure)} of them, and right for ${percent(usual.opinion.right)} of these.`);
  const line = ({ count, plausible, weaknesses: weak, confident }: Tally, what: string): string[] => [number(count), number(plausible), number(weak), ...(lookFor === "wrong" ? [number(confident)] : []), what];
  const heading = ["images", "plausible", lookFor, ...(lookFor === "wrong" ? ["confident"] : []), ""];
  printTable([heading, line(random, "of random codings"), line(starts, "where the search set out"), line(found, `where it came to, after ${number(searched)} more`)], heading.length - 1);
  for (const [{ confusions, weaknesses: total }, what] of [[random, "of random codings"], [found, "found"]] as const) {
    const kinds = confusions.slice(0, CONFUSIONS).map(({ from, to, count }) => `${classes[from]} ${lookFor === "wrong" ? "taken for" : "or"} ${classes[to]} ${percent(count / total)}`);
    if (kinds.length > 0) console.log(`Most often, ${what}: ${kinds.join(", ")}.`);
  }
  if (found.plausible === 0) console.log("No image is plausible: train the generator for longer, or use a better one (morphogen evaluate). --all shows where the search came to.");
  else if (found.weaknesses === 0) console.log("No weakness was found. Search further with --samples, --starts or --generations; --all shows where the search came to.");
}
