/** Points in the plane as SVG, coloured by class, with pictures of some where there is room. */
import * as Plot from "@observablehq/plot";
import { emptyDocument, svgOf } from "./document.js";
import type { Raster } from "./grid.js";
import { encodePng } from "./png.js";

export interface ScatterOptions {
  readonly title: string;
  /** A line below it. */
  readonly subtitle?: string | undefined;
  /** One class number for each point, from 0; without them all points have one colour. */
  readonly labels?: ArrayLike<number> | undefined;
  readonly classes?: readonly string[] | undefined;
  /** The picture of point i. */
  readonly thumbnail?: ((i: number) => Raster) | undefined;
}

/** The colour-blind-safe palette of seaborn, after Okabe & Ito 2008, "Color universal design", and two dark ones; repeated after the last. */
const COLORS = ["#0173b2", "#de8f05", "#029e73", "#d55e00", "#cc78bc", "#ca9161", "#fbafe4", "#949494", "#d9cb00", "#56b4e9", "#222255", "#225522"];

/** Colour of a class by its number, the same in all figures of classes. */
export const classColor = (label: number): string => COLORS[label % COLORS.length];

/** Longer side of the points' frame. */
const SIDE = 720;
const MARGIN = 14;
const HEADING = 58;
/** Room for the heading. */
const LEAST_WIDTH = 720;
const LEGEND_LINE = 22;
const LONGEST_NAME = 24;
/** Longer side of a picture, and how far apart the middles of two are at least. */
const [THUMBNAIL, APART] = [28, 46];
const FRAME = 2;
/** So that pictures at the border are whole. */
const INSET = THUMBNAIL / 2 + FRAME;

/** Positions [n, 2], both axes drawn to one scale. */
export function scatterSvg(positions: ArrayLike<number>, { title, subtitle, labels, classes, thumbnail }: ScatterOptions): string {
  const points = Array.from({ length: positions.length / 2 }, (_, i) => ({ i, x: positions[2 * i], y: positions[2 * i + 1], label: labels?.[i] ?? 0 }));
  const shown = labels ? [...new Set(points.map(({ label }) => label))].sort((a, b) => a - b) : [];
  const names = shown.map((label) => shortened(classes?.[label] ?? `class ${label}`));
  const longest = Math.max(extentOf(points, "x").size, extentOf(points, "y").size) || 1;
  const x = axisOf(points, "x", longest, 0);
  const y = axisOf(points, "y", longest, names.length * LEGEND_LINE);
  const pictures = thumbnail ? spreadOut(points, (APART / SIDE) * longest).map((point) => ({ ...point, ...pictureOf(thumbnail(point.i)) })) : [];
  const legend = names.length > 0 ? 40 + 8 * Math.max(...names.map(({ length }) => length)) : MARGIN;
  // Plot sizes a square symbol by the circle of the same area.
  const frame = (width: number, height: number): number => (Math.max(width, height) + 2 * FRAME) / Math.sqrt(Math.PI);
  const figure = Plot.plot({
    document: emptyDocument(),
    width: Math.max(LEAST_WIDTH, MARGIN + x.length + legend),
    height: HEADING + y.length + MARGIN,
    marginLeft: MARGIN,
    marginRight: Math.max(LEAST_WIDTH - MARGIN - x.length, legend),
    marginTop: HEADING,
    marginBottom: MARGIN,
    inset: INSET,
    style: { background: "white", color: "#222", fontSize: "14px" },
    x: { axis: null, domain: x.domain },
    y: { axis: null, domain: y.domain },
    r: { type: "identity" },
    marks: [
      Plot.dot(points, { x: "x", y: "y", fill: ({ label }: Point) => classColor(label), fillOpacity: 0.75, r: radiusFor(points.length) }),
      Plot.dot(pictures, { x: "x", y: "y", symbol: "square", fill: ({ label }: Point) => classColor(label), r: ({ width, height }: Picture) => frame(width, height) }),
      Plot.image(pictures, { x: "x", y: "y", src: "source", width: "width", height: "height" }),
      ...names.flatMap((name, line) => [
        Plot.dot([name], { frameAnchor: "top-right", dx: 22, dy: line * LEGEND_LINE + 16, r: 6, fill: classColor(shown[line]) }),
        Plot.text([name], { frameAnchor: "top-right", textAnchor: "start", lineAnchor: "middle", dx: 34, dy: line * LEGEND_LINE + 16 }),
      ]),
      Plot.text([title], { frameAnchor: "top-left", dy: 12 - HEADING, fontSize: 17, fontWeight: "bold" }),
      ...(subtitle ? [Plot.text([subtitle], { frameAnchor: "top-left", dy: 36 - HEADING, fill: "#555" })] : []),
    ],
  });
  return svgOf(figure);
}

interface Point {
  readonly i: number;
  readonly x: number;
  readonly y: number;
  readonly label: number;
}

interface Picture {
  readonly source: string;
  readonly width: number;
  readonly height: number;
}

const shortened = (name: string): string => (name.length <= LONGEST_NAME ? name : `${name.slice(0, LONGEST_NAME - 1)}…`);

/** Smaller where there are many. */
const radiusFor = (count: number): number => Math.min(5, Math.max(1.2, 150 / Math.sqrt(count)));

function extentOf(points: readonly Point[], axis: "x" | "y"): { readonly middle: number; readonly size: number } {
  const [low, high] = points.reduce(([least, most], point) => [Math.min(least, point[axis]), Math.max(most, point[axis])], [Infinity, -Infinity]);
  return { middle: (low + high) / 2, size: high - low };
}

/** What an axis shows, and how long it is on the screen: as long as the points need, at least a third of the longest and at least `least`. */
function axisOf(points: readonly Point[], axis: "x" | "y", longest: number, least: number): { readonly domain: [number, number]; readonly length: number } {
  const { middle, size } = extentOf(points, axis);
  const length = Math.max((size / longest) * SIDE, SIDE / 3, least);
  const half = ((length / SIDE) * longest) / 2;
  return { domain: [middle - half, middle + half], length: Math.round(length + 2 * INSET) };
}

/** The first points that are at least this far from all taken before them. */
function spreadOut(points: readonly Point[], distance: number): Point[] {
  const taken: Point[] = [];
  for (const point of points) if (taken.every(({ x, y }) => Math.hypot(x - point.x, y - point.y) >= distance)) taken.push(point);
  return taken;
}

function pictureOf(raster: Raster): Picture {
  const scale = THUMBNAIL / Math.max(raster.width, raster.height);
  return { source: `data:image/png;base64,${Buffer.from(encodePng(raster)).toString("base64")}`, width: raster.width * scale, height: raster.height * scale };
}
