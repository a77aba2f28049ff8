/** Means with their intervals over counts on a logarithmic axis, as SVG. */
import * as Plot from "@observablehq/plot";
import { emptyDocument, svgOf } from "./document.js";
import { colorOf, heading } from "./heading.js";

export interface Measured {
  /** Which line it belongs to. */
  readonly name: string;
  readonly count: number;
  /** From 0 to 1. */
  readonly mean: number;
  /** Half the width of its interval. */
  readonly margin: number;
}

export interface AccuracyOptions {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
}

/** One line for each name, in the order of their first appearance; a bar at each point is its interval, as far as it lies in [0, 1]. */
export function accuracySvg(measured: readonly Measured[], { title, xLabel, yLabel }: AccuracyOptions): string {
  const names = [...new Set(measured.map(({ name }) => name))];
  const counts = [...new Set(measured.map(({ count }) => count))].sort((a, b) => a - b);
  // Lines stand a little beside each other, so that their bars do not cover each other.
  const rows = measured.map((row) => ({ ...row, x: row.count * 1.03 ** (names.indexOf(row.name) - (names.length - 1) / 2), low: Math.max(0, row.mean - row.margin), high: Math.min(1, row.mean + row.margin) }));
  const { margin, marks } = heading(title, names);
  const figure = Plot.plot({
    document: emptyDocument(),
    width: 720,
    height: 342 + margin,
    marginLeft: 68,
    marginRight: 32,
    marginTop: margin,
    marginBottom: 48,
    style: { background: "white", color: "#222", fontSize: "13px" },
    x: { type: "log", label: xLabel, labelAnchor: "center", ticks: counts, tickFormat: (count: number) => count.toLocaleString("en"), inset: 16 },
    y: { label: yLabel, labelAnchor: "center", labelOffset: 52, grid: true, nice: true },
    color: { domain: names, range: names.map((_, i) => colorOf(i)) },
    marks: [
      Plot.ruleX(rows, { x: "x", y1: "low", y2: "high", stroke: "name", strokeWidth: 1.5 }),
      Plot.line(rows, { x: "x", y: "mean", z: "name", stroke: "name", strokeWidth: 1.8 }),
      Plot.dot(rows, { x: "x", y: "mean", fill: "name", r: 3.5 }),
      ...marks,
    ],
  });
  return svgOf(figure);
}
