/** Images in rows with words beside and below them, as SVG. */
import { imageGrid, type GridOptions, type Raster } from "./grid.js";
import { encodePng } from "./png.js";

export interface LabelledRow {
  /** To the left of the images; of several lines, the first darker, where it has line breaks. */
  readonly label?: string;
  readonly images: readonly LabelledImage[];
}

export interface LabelledImage {
  readonly raster: Raster;
  /** Below it; of several lines where it has line breaks. */
  readonly caption?: string;
  /** A frame around it, for what the row is about. */
  readonly framed?: boolean;
}

export interface LabelledGridOptions {
  readonly title: string;
  /** Below it, in as many lines as it needs beside the images' width. */
  readonly subtitle?: string;
  /** Above the columns of images. */
  readonly headings?: readonly string[];
}

const [MARGIN, GAP, TITLE, LINE, CHARACTER] = [14, 6, 26, 18, 7];
/** In pixels: a longer subtitle than fits goes on in the next line. */
const LEAST_WIDTH = 420;

/** Each row is as high as its highest image, each column as wide as the widest image or word in it. */
export function labelledGridSvg(rows: readonly LabelledRow[], { title, subtitle, headings = [] }: LabelledGridOptions): string {
  const labelWidth = Math.max(0, ...rows.map(({ label = "" }) => Math.max(...label.split("\n").map((line) => line.length)) * CHARACTER + (label ? GAP : 0)));
  const columns = Math.max(...rows.map(({ images }) => images.length));
  const widths = Array.from({ length: columns }, (_, i) =>
    Math.max((headings[i] ?? "").length * CHARACTER, ...rows.flatMap(({ images }) => (i < images.length ? [images[i].raster.width, ...linesOf(images[i]).map((line) => line.length * (CHARACTER - 1))] : []))),
  );
  const lefts = widths.map((_, i) => MARGIN + labelWidth + widths.slice(0, i).reduce((total, width) => total + width + GAP, 0));
  const parts: string[] = [text(title, MARGIN, MARGIN + 14, 'font-size="16" font-weight="bold"')];
  let top = MARGIN + TITLE;
  const right = Math.max(lefts[columns - 1] + widths[columns - 1], MARGIN + 9 * title.length, Math.min(LEAST_WIDTH, MARGIN + CHARACTER * (subtitle ?? "").length));
  if (subtitle) {
    const lines = wrapped(subtitle, Math.floor((right - MARGIN) / CHARACTER));
    parts.push(...lines.map((line, i) => text(line, MARGIN, top + 8 + i * (LINE - 2), 'fill="#555"')));
    top += TITLE + (lines.length - 1) * (LINE - 2);
  }
  if (headings.length > 0) {
    parts.push(...headings.map((heading, i) => text(heading, lefts[i] + widths[i] / 2, top + 8, 'text-anchor="middle"')));
    top += LINE;
  }
  for (const { label, images } of rows) {
    const lines = label ? label.split("\n") : [];
    const height = Math.max(lines.length * (LINE - 2), ...images.map(({ raster }) => raster.height));
    parts.push(...lines.map((line, i) => text(line, MARGIN, top + height / 2 + 4 + (i - (lines.length - 1) / 2) * (LINE - 2), i > 0 ? 'fill="#555"' : undefined)));
    parts.push(...images.map((image, i) => drawn(image, lefts[i] + (widths[i] - image.raster.width) / 2, top, lefts[i] + widths[i] / 2)));
    top += height + GAP + (LINE - 2) * Math.max(0, ...images.map((image) => linesOf(image).length));
  }
  const [width, height] = [Math.ceil(right + MARGIN), Math.ceil(top + MARGIN)];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="Arimo, Arial, sans-serif" font-size="12" fill="#222">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    ...parts,
    "</svg>",
  ].join("\n");
}

/** One raster for each of the images [n, ...shape]. */
export function rastersOf(images: Float32Array, options: Pick<GridOptions, "shape" | "range" | "scale">): Raster[] {
  const size = options.shape.reduce((a, b) => a * b, 1);
  return Array.from({ length: images.length / size }, (_, i) => imageGrid(images.subarray(i * size, (i + 1) * size), { ...options, columns: 1, gap: 0 }));
}

/** Lines of at most so many characters, or of one longer word. */
function wrapped(words: string, most: number): string[] {
  const lines: string[] = [];
  for (const word of words.split(" ")) {
    const line = `${lines.at(-1) ?? ""} ${word}`;
    if (lines.length > 0 && line.length <= most) lines[lines.length - 1] = line;
    else lines.push(word);
  }
  return lines;
}

const linesOf = ({ caption }: LabelledImage): readonly string[] => (caption ? caption.split("\n") : []);

function drawn(image: LabelledImage, left: number, top: number, middle: number): string {
  const { raster, framed } = image;
  const { width, height } = raster;
  const source = `data:image/png;base64,${Buffer.from(encodePng(raster)).toString("base64")}`;
  return [
    `<image x="${left}" y="${top}" width="${width}" height="${height}" href="${source}"/>`,
    ...(framed ? [`<rect x="${left - 1}" y="${top - 1}" width="${width + 2}" height="${height + 2}" fill="none" stroke="#d94801" stroke-width="2"/>`] : []),
    ...linesOf(image).map((line, i) => text(line, middle, top + height + 12 + i * (LINE - 4), 'font-size="11" text-anchor="middle"')),
  ].join("\n");
}

const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

const text = (content: string, x: number, y: number, attributes = ""): string => `<text x="${x}" y="${y}" ${attributes}>${content.replace(/[&<>]/g, (character) => escapes[character])}</text>`;
