import { extname } from "node:path";
import { Option, type Command } from "commander";
import { embeddingMethods, type EmbeddingMethod } from "../analysis/embedding.js";
import { suggest, UsageError } from "../errors.js";
import { svgToPng } from "../figures/svg-to-png.js";
import { describeQuality, embed, embeddingCsv, embeddingSvg, type Embedding } from "../verbs/embed.js";
import type { Trained } from "../verbs/abilities.js";
import { wholeNumber } from "./numbers.js";
import { addRunOptions, dataPart, deliver, splitOption, withRun, type RunFlags } from "./run-command.js";

const OUT = "figures/embedding.svg";

/** What is written, by how the file's name ends. */
const formats: Readonly<Record<string, (trained: Trained, embedding: Embedding) => string | Uint8Array | Promise<Uint8Array>>> = {
  ".svg": embeddingSvg,
  ".png": (trained, embedding) => svgToPng(embeddingSvg(trained, embedding)),
  ".csv": (_, embedding) => embeddingCsv(embedding),
};

interface EmbedFlags extends RunFlags {
  readonly method: EmbeddingMethod;
  readonly count: string;
  readonly perplexity: string;
  readonly seed: string;
  readonly part: "train" | "validation" | "test";
}

export function register(command: Command): void {
  addRunOptions(command, OUT)
    .addOption(new Option("--method <name>", "how the codings are brought into the plane").choices(embeddingMethods).default("tsne"))
    .option("--count <number>", "how many examples", "5000")
    .option("--perplexity <number>", "of t-SNE: how many neighbours each example has, so to speak", "30")
    .option("--seed <number>", "decides the picture where chance has a part in it", "42")
    .addOption(splitOption().default("validation"))
    .addHelpText("after", "\nA name that ends in .svg or .png makes a picture, one in .csv a table: label, x, y.")
    .action((path: string, flags: EmbedFlags) => {
      const format = formatOf(flags.out ?? OUT);
      const [count, perplexity, seed] = [wholeNumber("--count", flags.count, 1), wholeNumber("--perplexity", flags.perplexity, 2), wholeNumber("--seed", flags.seed, 0)];
      return withRun(path, flags, async (trained) => {
        const { method, part } = flags;
        const embedding = await embed(trained, await dataPart(trained, part), { method, count, perplexity, seed, onProgress: (line) => console.error(line) });
        console.error(describeQuality(embedding));
        const facts = { method, part, seed, count: embedding.examples.count, size: embedding.size, ...embedding.quality };
        await deliver(trained, flags, OUT, await format(trained, embedding), facts);
      });
    });
}

function formatOf(out: string): (typeof formats)[string] {
  const ending = extname(out).toLowerCase();
  const format = formats[ending];
  if (!format) throw new UsageError(`--out is ${out}: what to write is not clear from "${ending}"`, suggest(ending, Object.keys(formats)));
  return format;
}
