/** What figures are written as: those with words in them SVG, or PNG made of it; those of pixels alone PNG. */
import { extname } from "node:path";
import { suggest, UsageError } from "../errors.js";
import { svgToPng } from "../figures/svg-to-png.js";
import { fileToWrite } from "./out-file.js";

const formats: Readonly<Record<string, (svg: string) => string | Promise<Uint8Array>>> = { ".svg": (svg) => svg, ".png": (svg) => svgToPng(svg) };

/** How a figure is written to a file of this name; a UsageError unless it ends in .svg or .png. */
export function figureFormat(out: string): (svg: string) => string | Promise<Uint8Array> {
  const ending = extname(out).toLowerCase();
  const format = formats[ending];
  if (!format) throw new UsageError(`--out is ${out}: what to write is not clear from "${ending}"`, suggest(ending, Object.keys(formats)));
  return format;
}

/** `figureFormat` of `--out`, which may be left out; errors as of `fileToWrite` too. */
export function givenFigureFormat(out: string | undefined, usual: string): ReturnType<typeof figureFormat> {
  return figureFormat(out === undefined ? usual : fileToWrite(out, usual));
}

export const isPng = (out: string): boolean => extname(out).toLowerCase() === ".png";

/** A UsageError where a figure of pixels alone is to go to a file that does not end in .png. */
export function requirePng(out: string): void {
  if (!isPng(out)) throw new UsageError(`--out is ${out}, but what is written is PNG`, "Let its name end in .png.");
}
