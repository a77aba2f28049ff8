/** Shares of several classes in several sets side by side, as SVG. */
import * as Plot from "@observablehq/plot";
import { colorOf } from "./heading.js";
import { emptyDocument, svgOf } from "./document.js";

export interface Share {
  /** Which set it is of. */
  readonly name: string;
  /** Of which class. */
  readonly group: string;
  /** From 0 to 1. */
  readonly share: number;
}

const [LEGEND_LINE, BAR, LEAST_WIDTH] = [17, 14, 720];

/** A group of bars for each class, both classes and sets in the order of their first appearance. */
export function sharesSvg(shares: readonly Share[], { title }: { readonly title: string }): string {
  const [names, groups] = [[...new Set(shares.map(({ name }) => name))], [...new Set(shares.map(({ group }) => group))]];
  // A gap as wide as a bar between groups.
  const bars = shares.map(({ name, group, share }) => ({ name, percent: 100 * share, left: groups.indexOf(group) * (names.length + 1) + names.indexOf(name) }));
  const middles = groups.map((group, i) => ({ group, x: i * (names.length + 1) + names.length / 2 }));
  const legend = Math.max(2, names.length) * LEGEND_LINE;
  const words = 6 * Math.max(...groups.map(({ length }) => length));
  const figure = Plot.plot({
    document: emptyDocument(),
    width: Math.max(LEAST_WIDTH, 100 + groups.length * (names.length + 1) * BAR),
    height: 320 + legend + words,
    marginLeft: 68,
    marginRight: 32,
    marginTop: legend + 22,
    marginBottom: 16 + words,
    style: { background: "white", color: "#222", fontSize: "13px" },
    x: { axis: null, domain: [-1, groups.length * (names.length + 1)] },
    y: { label: "share (%)", labelAnchor: "center", labelOffset: 52, grid: true, nice: true, zero: true },
    color: { domain: names, range: names.map((_, i) => colorOf(i)) },
    marks: [
      Plot.rect(bars, { x1: "left", x2: ({ left }: { readonly left: number }) => left + 1, y1: 0, y2: "percent", fill: "name", insetLeft: 0.5, insetRight: 0.5 }),
      Plot.ruleY([0]),
      Plot.text(middles, { x: "x", text: "group", frameAnchor: "bottom", textAnchor: "end", rotate: -40, dy: 14 }),
      ...names.map((name, i) => Plot.text([name], { frameAnchor: "top-right", dy: i * LEGEND_LINE - legend, fill: colorOf(i), fontWeight: 600 })),
      Plot.text([title], { frameAnchor: "top-left", dy: -legend, fontSize: 16, fontWeight: "bold" }),
    ],
  });
  return svgOf(figure);
}
