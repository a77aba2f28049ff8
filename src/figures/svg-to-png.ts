/** SVG figures as PNG, by resvg. */
import { createRequire } from "node:module";
import { MorphogenError } from "../errors.js";
import { encodePng } from "./png.js";

const fontFile = (style: string): string => createRequire(import.meta.url).resolve(`@expo-google-fonts/arimo/${style}/Arimo_${style}.ttf`);

/** Loaded late: it is a native library, and only PNG files of figures need it. */
const loadResvg = () =>
  import("@resvg/resvg-js").catch((cause: unknown) => {
    throw new MorphogenError("resvg, which makes PNG files of figures, cannot be loaded on this machine", "Write the figure as .svg instead.", { cause });
  });

/**
 * The bytes of a PNG file, `scale` screen pixels for each of the SVG's, on white. Text is set in Arimo, which comes along, so that the picture is the same on a
 * machine without any fonts; the machine's own serve for characters that it lacks.
 */
export async function svgToPng(svg: string, scale = 2): Promise<Uint8Array> {
  const { Resvg } = await loadResvg();
  const font = { fontFiles: ["400Regular", "600SemiBold", "700Bold"].map(fontFile), loadSystemFonts: true, defaultFontFamily: "Arimo", sansSerifFamily: "Arimo" };
  const { width, height, pixels: rgba } = new Resvg(svg, { font, background: "white", fitTo: { mode: "zoom", value: scale } }).render();
  // Nothing shines through, so that three of the four channels say it all, in a file a quarter smaller.
  const pixels = new Uint8Array(3 * width * height);
  for (let i = 0; i < width * height; i++) for (let channel = 0; channel < 3; channel++) pixels[3 * i + channel] = rgba[4 * i + channel];
  return encodePng({ width, height, channels: 3, pixels });
}
