/** What stands above curves: the title, and below it at the right the names of the lines in their colours. */
import * as Plot from "@observablehq/plot";

/** Okabe & Ito 2008, "Color universal design", pale first for noisy lines, with two dark ones in the place of yellow and black; repeated after the last. */
const COLORS = ["#56b4e9", "#d55e00", "#009e73", "#cc79a7", "#0072b2", "#e69f00", "#222222", "#882255"];

/** Colour of the i-th of several lines. */
export const colorOf = (i: number): string => COLORS[i % COLORS.length];

const [TITLE_LINE, LEGEND_LINE, ROOM] = [24, 17, 22];
/** Of the title, in its own size: so much fits beside the margins of a figure 720 wide; what is longer goes on in the lines below. */
const TITLE_WIDTH = 35;

/** The margin that it takes, in pixels, and its marks. */
export function heading(title: string, names: readonly string[]) {
  const height = TITLE_LINE + Math.max(1, names.length) * LEGEND_LINE;
  return {
    margin: height + ROOM,
    marks: [
      Plot.text([title], { frameAnchor: "top-left", dy: -height, fontSize: 16, fontWeight: "bold", lineWidth: TITLE_WIDTH }),
      ...names.map((name, i) => Plot.text([name], { frameAnchor: "top-right", dy: TITLE_LINE + i * LEGEND_LINE - height, fill: colorOf(i), fontWeight: 600 })),
    ],
  };
}
