/** What a search for weaknesses shows: a figure, and files to look through, label, and train on. */
import { formatCsv } from "../data/csv.js";
import type { DataSpec } from "../data/dataset.js";
import { UsageError } from "../errors.js";
import { labelledGridSvg, rastersOf } from "../figures/labelled-grid.js";
import { encodePng } from "../figures/png.js";
import type { Trained } from "./abilities.js";
import type { Finding, Weaknesses } from "./weaknesses.js";

/** Which findings: those that count, or also those that are not plausible or no weaknesses. */
export interface Shown {
  readonly all?: boolean;
}

/** Findings in a row. */
const COLUMNS = 10;

const chosen = ({ findings }: Weaknesses, { all = false }: Shown): number[] => findings.flatMap(({ counts }, i) => (all || counts ? [i] : []));

const percent = (share: number): string => `${(100 * share).toFixed(0)}%`;

/**
 * The findings as SVG: below each the right class, then what the classifier said and how probable that is to it (of what it is unsure of, its two likeliest); in the next row the training image that it is most
 * like, with its class. With `all`, those that count are framed. A UsageError when there are none to show.
 */
export function weaknessesSvg({ model, spec }: Pick<Trained, "model" | "spec">, weaknesses: Weaknesses, shown: Shown = {}): string {
  const numbers = chosen(weaknesses, shown);
  if (numbers.length === 0) throw new UsageError("There is nothing to show: no weakness was found", "Search further: --samples, --starts, --generations. --all shows where the search came to.");
  const { lookFor, classifier, classes, findings, found } = weaknesses;
  const [made, real] = [weaknesses.images, weaknesses.nearest].map((images) => rastersOf(images, { shape: imageShape(spec), range: [0, 1] }));
  const captionOf = ({ said, confidence, against, probability }: Finding): string =>
    lookFor === "wrong" ? `${classes[against]}\n${classes[said]} ${percent(confidence)}` : `${classes[said]} ${percent(confidence)}\n${classes[against]} ${percent(probability)}`;
  const rows = Array.from({ length: Math.ceil(numbers.length / COLUMNS) }, (_, row) => {
    const part = numbers.slice(row * COLUMNS, (row + 1) * COLUMNS);
    return [
      { label: "found", images: part.map((i) => ({ raster: made[i], caption: captionOf(findings[i]), framed: shown.all === true && findings[i].counts })) },
      { label: "training", images: part.map((i) => ({ raster: real[i], caption: nameOf(spec, findings[i]) })) },
    ];
  });
  return labelledGridSvg(rows.flat(), {
    title: `${lookFor === "wrong" ? "Taken for something else" : "Not told apart"} by ${classifier}`,
    subtitle: `Made by ${model.title}: ${lookFor === "wrong" ? "what each is, and what the classifier said" : "the classifier's two likeliest classes"}; then the training image most like it${shown.all ? `; framed: the ${found.weaknesses} that count` : ""}`,
  });
}

/** The class of the nearest training image, where it has one. */
const nameOf = ({ classes }: DataSpec, { nearest: { label } }: Finding): string => (label === undefined ? "" : (classes?.[label] ?? String(label)));

function imageShape(spec: DataSpec) {
  if (spec.kind !== "images") throw new UsageError(`Weaknesses are shown as images; the data are ${spec.kind}`);
  return spec.shape;
}

export interface NamedFile {
  /** Path inside a folder, with slashes. */
  readonly name: string;
  readonly bytes: Uint8Array | string;
}

/**
 * The findings as PNG files, and weaknesses.csv with what is known of each. What is wrong lies in subfolders named for the right classes, as `--data` reads a folder of images; what the classifier is unsure of lies
 * side by side, to be labelled.
 */
export function weaknessFiles({ spec }: Pick<Trained, "spec">, weaknesses: Weaknesses, shown: Shown = {}): NamedFile[] {
  const { lookFor, classes, findings, images } = weaknesses;
  const rasters = rastersOf(images, { shape: imageShape(spec), range: [0, 1], scale: 1 });
  const numbers = chosen(weaknesses, shown);
  const digits = String(numbers.length).length;
  const nameAt = (i: number, place: number): string => `${lookFor === "wrong" ? `${folderOf(classes[findings[i].against])}/` : ""}${String(place + 1).padStart(digits, "0")}.png`;
  const other = lookFor === "wrong" ? "right" : "second";
  const names = ["file", other, `probability of ${other}`, "said", "probability of said", "second opinion", "distance", "counts", "nearest training image", "its class"];
  const rows = numbers.map((i, place) => {
    const finding = findings[i];
    const { said, confidence, against, probability, certainty, distance, counts, nearest } = finding;
    return [nameAt(i, place), classes[against], probability, classes[said], confidence, lookFor === "wrong" ? certainty : "", distance, counts ? 1 : 0, nearest.index, nameOf(spec, finding)];
  });
  return [...numbers.map((i, place) => ({ name: nameAt(i, place), bytes: encodePng(rasters[i]) })), { name: "weaknesses.csv", bytes: formatCsv(names, rows) }];
}

/** A class as the name of a folder. */
const folderOf = (name: string): string => name.replace(/[\\/:*?"<>|]/g, "-");
