/** Emoji as four vendors draw them, from Cal Henderson's packages emoji-datasource-*: the same code points in other styles. */
import { createHash } from "node:crypto";
import { basename } from "node:path";
import { UsageError } from "../errors.js";
import { shuffledIndices } from "./batches.js";
import type { Dataset, Examples, LoadOptions, PartName, Splits } from "./dataset.js";
import type { emojiVendors } from "./file-options.js";
import { npmFiles, type NpmPackage } from "./npm.js";
import { paired } from "./pairs.js";

type Vendor = (typeof emojiVendors)[number];

const VERSION = "16.0.0";

/** Size of the unpacked archive, and the checksum that the registry gives (npm view emoji-datasource-apple@16.0.0 dist.integrity). */
const archives: Readonly<Record<Vendor, Pick<NpmPackage, "size" | "sha512">>> = {
  apple: { size: 105_829_888, sha512: "dVYjsK0FnCry9F+PBtnivhG2K0xdwlmqYaSgiUtztUdAGPYiHYhZcVKvNBqC791g2qyEcFNTBO6utg4eQ3uLTw==" },
  facebook: { size: 109_469_696, sha512: "b9ZxJdB7nMWGckH1vyCjPSosaa6MJYuojPPFiQ0LmDIZS8vlG454XKcmTFKrXIMAA72O4MRJMYFhvWI8pjyciQ==" },
  google: { size: 80_819_712, sha512: "ZRexfzs7MVoLnmzZmNsO4TKhnAJp5D++Vm6PpUpH/jEQQlemp3l88CjZ+DoZ2faM9R4QxZkOPJCoT8DlPhfQ3A==" },
  twitter: { size: 68_278_272, sha512: "7F+uCuHH+7Qnrc15P5tnbvKkg9E6tlzi4MnT2uW1RlN4pLYTza6cP/dstIfSDMtpjFLWuZewWg8jBbuL2eyELQ==" },
};

/** PNG files of 64 x 64 pixels by their code points: "1f600". */
async function picturesOf(vendor: Vendor, hooks: Pick<LoadOptions, "onProgress" | "signal">): Promise<Pictures> {
  const archive = await npmFiles({ name: `emoji-datasource-${vendor}`, version: VERSION, ...archives[vendor] }, "emoji", hooks);
  const files = [...archive].filter(([path]) => path.startsWith(`package/img/${vendor}/64/`));
  return new Map(files.map(([path, bytes]) => [basename(path, ".png"), bytes]));
}

/** Skin tones and genders: 1f44b-1f3ff is held out where 1f44b is, of which it is nearly a copy. */
const familyOf = (code: string): string => code.replace(/-(1f3f[b-f]|fe0f|200d-264[02])/g, "").replace(/1f46[89]|1f9d1/g, "person");

/** A tenth of the families to test, a tenth to validate: by a checksum of their code points, the same for all vendors. */
export function partOf(code: string): PartName {
  const [first] = createHash("sha256").update(familyOf(code)).digest();
  return first < 26 ? "test" : first < 52 ? "validation" : "train";
}

export const emoji: Dataset = {
  name: "emoji",
  title: "Emoji",
  summary: "About 3,700 emoji as Apple, Facebook, Google and Twitter draw them, 64 x 64 pixels in colour on white: pictures of one (--from), or pairs (--from, --to).",
  homepage: "https://github.com/iamcal/emoji-data",
  licence: "the vendors' own: see the homepage",
  spec: { kind: "images", shape: [3, 64, 64] },
  takes: ["from", "to", "size"],
  async load({ files, onProgress, signal }) {
    const { from = "apple", to, size = "64" } = files ?? {};
    if (from === to) throw new UsageError(`Both vendors of the emoji are ${from}`, "Name another with --to, or leave it out.");
    const hooks = { ...(onProgress && { onProgress }), ...(signal && { signal }) };
    const sources = await picturesOf(from, hooks);
    return emojiSplits(sources, to && (await picturesOf(to, hooks)), size);
  },
};

type Pictures = ReadonlyMap<string, Uint8Array>;

/** Files of pictures by their code points as examples of one size, those of two vendors as pairs. */
export async function emojiSplits(sources: Pictures, targets: Pictures | undefined, size: string): Promise<Splits> {
  // Decoders are loaded only when they are needed: most commands start without.
  const { fitter, imageDecoder, parseSize, writePlanes } = await import("./image-file.js");
  const { width, height } = parseSize(size);
  const [decode, fitted] = [imageDecoder(), await fitter(width, height, "crop")];
  const known = [...sources.keys()].filter((code) => !targets || targets.has(code)).sort();
  // Neighbours are alike, flag beside flag: in any other order, the first few show what there is.
  const codes = Array.from(shuffledIndices(known.length, 0, 0), (i) => known[i]);

  const decoded = async (pictures: Pictures, chosen: readonly string[]): Promise<Examples> => {
    const length = 3 * width * height;
    const values = new Uint8Array(chosen.length * length);
    for (const [i, code] of chosen.entries()) writePlanes(fitted(await decode(pictures.get(code)!, `${code}.png`)), 3, values, i * length);
    return { spec: { kind: "images", shape: [3, height, width] }, count: chosen.length, values };
  };
  const part = async (name: PartName): Promise<Examples> => {
    const chosen = codes.filter((code) => partOf(code) === name);
    const examples = await decoded(sources, chosen);
    return targets ? paired(examples, await decoded(targets, chosen)) : examples;
  };
  return { train: await part("train"), validation: await part("validation"), test: await part("test") };
}
