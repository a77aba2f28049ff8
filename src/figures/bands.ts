/** How a whole is shared out as time goes on, as SVG: a band for each part, one below the other. */
import * as Plot from "@observablehq/plot";
import { emptyDocument, svgOf } from "./document.js";
import { classColor } from "./scatter.js";

export interface Band {
  readonly name: string;
  /** From 0 to 1, one for each time; at any time those of all bands sum to 1. */
  readonly shares: readonly number[];
  /** What it is in the data. */
  readonly dataShare: number;
}

export interface BandsOptions {
  readonly title: string;
  /** A line below it. */
  readonly subtitle: string;
  /** When the shares were measured, ascending. */
  readonly times: readonly number[];
  /** Name of the axis of times. */
  readonly label: string;
}

const [WIDTH, LEAST_HEIGHT, HEADING, BELOW, LINE] = [720, 300, 60, 46, 17];
const LONGEST_NAME = 24;
/** Of the column that shows the data and of what is between it and the bands, as shares of all times. */
const [DATA_WIDTH, GAP] = [0.05, 0.015];
/** Of a column of percentages. */
const NUMBERS = 52;

/** The shares from the time before up to each time, the first band uppermost; on the left a column of the data, on the right the names, the last shares and those of the data. */
export function bandsSvg(bands: readonly Band[], { title, subtitle, times, label }: BandsOptions): string {
  const [first, last] = [times[0], times[times.length - 1]];
  const start = Math.max(0, first - ((times[1] ?? 2 * first) - first));
  const [left, right] = [DATA_WIDTH + GAP, GAP].map((share) => start - share * (last - start));
  const heights = (i: number, shareOf: (band: Band) => number) => heightsOf(bands.map(shareOf), i);
  const names = bands.map(({ name }) => (name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name));
  const words = 36 + 7.5 * Math.max(...names.map(({ length }) => length)) + 2 * NUMBERS;
  /** A text beside the bands, so many pixels from their right end. */
  const beside = (text: string, line: number, textAnchor: "start" | "end", dx: number) => Plot.text([text], { frameAnchor: "top-right", textAnchor, lineAnchor: "middle", dx, dy: LINE * (line + 0.5) });
  const figure = Plot.plot({
    document: emptyDocument(),
    width: WIDTH,
    height: HEADING + Math.max(LEAST_HEIGHT, (bands.length + 1) * LINE) + BELOW,
    marginLeft: 62,
    marginRight: words,
    marginTop: HEADING,
    marginBottom: BELOW,
    style: { background: "white", color: "#222", fontSize: "13px" },
    x: { label, labelAnchor: "center", labelOffset: 40, domain: [left, last], ticks: ticksOf(times), tickFormat: String },
    y: { label: "share (%)", labelAnchor: "center", labelOffset: 48, domain: [0, 100] },
    marks: [
      ...bands.flatMap(({ shares, dataShare }, i) => [
        Plot.areaY([start, ...times].map((time, at) => ({ time, ...heights(i, (band) => band.shares[Math.max(0, at - 1)]) })), { x: "time", y1: "low", y2: "high", curve: "step-before", fill: classColor(i), stroke: "white", strokeWidth: 0.5 }),
        Plot.rect([heights(i, (band) => band.dataShare)], { x1: left, x2: right, y1: "low", y2: "high", fill: classColor(i), stroke: "white", strokeWidth: 0.5 }),
        Plot.dot([names[i]], { frameAnchor: "top-right", symbol: "square", r: 6, dx: 16, dy: LINE * (i + 1.5), fill: classColor(i) }),
        beside(names[i], i + 1, "start", 28),
        beside(percent(shares[shares.length - 1]), i + 1, "end", words - NUMBERS - 8),
        beside(percent(dataShare), i + 1, "end", words - 8),
      ]),
      beside("last", 0, "end", words - NUMBERS - 8),
      beside("data", 0, "end", words - 8),
      Plot.text(["data"], { frameAnchor: "bottom-left", textAnchor: "start", lineAnchor: "top", dy: 9 }),
      Plot.text([title], { frameAnchor: "top-left", dx: -54, dy: -46, fontSize: 16, fontWeight: "bold" }),
      Plot.text([subtitle], { frameAnchor: "top-left", dx: -54, dy: -24 }),
    ],
  });
  return svgOf(figure);
}

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;

/** Where the i-th of the shares lies, in percent from below. */
function heightsOf(shares: readonly number[], i: number): { readonly low: number; readonly high: number } {
  const above = shares.slice(0, i).reduce((sum, share) => sum + share, 0);
  return { low: 100 * (1 - above - shares[i]), high: 100 * (1 - above) };
}

/** About eight of the times, the last among them. */
function ticksOf(times: readonly number[]): number[] {
  const every = Math.ceil(times.length / 8);
  return times.filter((_, i) => (times.length - 1 - i) % every === 0);
}
