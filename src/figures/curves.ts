/** Curves of a run as SVG. */
import * as Plot from "@observablehq/plot";
import { emptyDocument, stack, svgOf } from "./document.js";
import { colorOf, heading } from "./heading.js";

export interface Series {
  readonly name: string;
  readonly points: readonly { readonly step: number; readonly value: number }[];
}

export interface CurveOptions {
  readonly title: string;
  /** Name of the vertical axis, with its unit. */
  readonly label: string;
  /** Where the axis of steps begins. Default 0. */
  readonly firstStep?: number;
}

/** Curves that share no axis with others. */
export interface Panel extends CurveOptions {
  readonly series: readonly Series[];
}

/** More points than this cannot be told apart. */
const MOST_POINTS = 800;

/** Lines over training steps; series of few points also show each as a dot. The first, huge values may leave the frame; what is not finite is a gap. */
export const curvesSvg = (series: readonly Series[], options: CurveOptions): string => svgOf(draw({ series, ...options }));

/** Each panel drawn as by `curvesSvg`, one below the other. */
export const panelsSvg = (panels: readonly Panel[]): string => svgOf(stack(panels.map(draw)));

function draw({ series, title, label, firstStep = 0 }: Panel): Element {
  const rows = series.flatMap(({ name, points }) => thin(points).map(({ step, value }) => ({ name, step, value })));
  const sparse = new Set(series.filter(({ points }) => points.length <= 60).map(({ name }) => name));
  const lastStep = Math.max(firstStep + 1, ...rows.map(({ step }) => step));
  const { margin, marks } = heading(title, series.map(({ name }) => name));
  return Plot.plot({
    document: emptyDocument(),
    width: 720,
    height: 342 + margin,
    marginLeft: 76,
    marginRight: 32,
    marginTop: margin,
    marginBottom: 44,
    style: { background: "white", color: "#222", fontSize: "13px" },
    x: { label: "step", domain: [firstStep, lastStep], ticks: Math.min(10, lastStep - firstStep), insetRight: 6 },
    y: { label, labelAnchor: "center", labelOffset: 62, grid: true, domain: domainOf(rows.map(({ value }) => value)), clamp: false },
    color: { domain: series.map(({ name }) => name), range: series.map((_, i) => colorOf(i)) },
    marks: [
      Plot.line(rows, { x: "step", y: "value", z: "name", stroke: "name", strokeWidth: 1.8, clip: true }),
      Plot.dot(rows.filter(({ name }) => sparse.has(name)), { x: "step", y: "value", fill: "name", r: 3.5, clip: true }),
      ...marks,
    ],
  });
}

/** Means of neighbours, at most MOST_POINTS of them, of groups as even as can be: a short last one would jump out. */
function thin(points: Series["points"]): Series["points"] {
  const groups = Math.min(points.length, MOST_POINTS);
  return Array.from({ length: groups }, (_, i) => {
    const few = points.slice(Math.floor((i * points.length) / groups), Math.floor(((i + 1) * points.length) / groups));
    return { step: few[few.length - 1].step, value: few.reduce((total, { value }) => total + value, 0) / few.length };
  });
}

/** From the lowest value to a little above nearly all of them: the first few must not flatten the rest. */
function domainOf(values: readonly number[]): [number, number] {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  const [low, high] = [at(0), at(0.95)];
  const room = (high - low || Math.abs(low) || 1) * 0.1;
  return [low - room, high + 2 * room];
}
