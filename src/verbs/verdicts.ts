/** What is to be said of made images that a classifier has looked at: whether they are weaknesses of it, of which kind, and which are the worst. */

export const weaknessNames = ["wrong", "unsure"] as const;
export type WeaknessName = (typeof weaknessNames)[number];

export interface Verdict {
  /** The classifier's likeliest class, and how probable it is to it. */
  readonly said: number;
  readonly confidence: number;
  /** "wrong": the right class; "unsure": the classifier's second likeliest. And how probable it is to the classifier. */
  readonly against: number;
  readonly probability: number;
  /** The likeliest other class: "wrong": what it is taken for, or most nearly; "unsure": what is said. */
  readonly instead: number;
  /** "wrong": by how much `instead` is more probable than the right class; "unsure": by how much the second is less probable than the first, negative. The higher, the worse. */
  readonly margin: number;
  /** How probable the right class is to the second opinion, and by how much more than any other. Both 1 where none is asked. */
  readonly certainty: number;
  readonly lead: number;
  /** From the real images, as of `manifoldDistances`: plausible up to 1. */
  readonly distance: number;
}

/** What was computed of n images. */
export interface Seen {
  /** Of the classifier, [n, classes]. */
  readonly probabilities: Float32Array;
  /** Of the second opinion, [n, classes], for what is wrong. */
  readonly opinions?: Float32Array | undefined;
  /** [n]. */
  readonly distances: Float64Array;
  /** Classes that were asked for, [n], of a conditional model. */
  readonly asked?: ArrayLike<number> | undefined;
}

/** The second opinion counts where it is as sure as this. */
export const CERTAIN = 0.9;
/** A classifier is unsure whose two likeliest classes are nearer than this. */
export const NARROW = 0.1;

/** A verdict on each image: "wrong" where there are second opinions, by the class that was asked for, else by the likeliest to the second opinion; "unsure" where there are none. */
export function verdictsOn({ probabilities, opinions, distances, asked }: Seen, classes: number): Verdict[] {
  return Array.from(distances, (distance, i) => {
    const own = probabilities.subarray(i * classes, (i + 1) * classes);
    const said = likeliest(own);
    const opinion = opinions?.subarray(i * classes, (i + 1) * classes);
    const against = opinion ? (asked?.[i] ?? likeliest(opinion)) : likeliest(own, said);
    const instead = opinion ? likeliest(own, against) : said;
    const margin = opinion ? own[instead] - own[against] : own[against] - own[said];
    const [certainty, lead] = opinion ? [opinion[against], opinion[against] - opinion[likeliest(opinion, against)]] : [1, 1];
    return { said, confidence: own[said], against, probability: own[against], instead, margin, certainty, lead, distance };
  });
}

/** The place of the largest value, one place left out. */
function likeliest(row: Float32Array, leftOut = -1): number {
  let place = leftOut === 0 ? 1 : 0;
  for (let k = place + 1; k < row.length; k++) if (k !== leftOut && row[k] > row[place]) place = k;
  return place;
}

/** Whether it looks like the real images. */
export const isPlausible = ({ distance }: Verdict): boolean => distance <= 1;

/** Whether the classifier fails at it, plausible or not. */
export const isWeakness = ({ margin, certainty }: Verdict, lookFor: WeaknessName): boolean => (lookFor === "wrong" ? margin > 0 && certainty >= CERTAIN : margin > -NARROW);

/**
 * The higher, the worse for the classifier. Of an image that is plausible, and sure to the second opinion, the lesser of what the classifier is off by and what the second opinion leads by: it is not to be mistaken
 * itself. All others are below, by how much they fail to be so: the order of Deb, "An Efficient Constraint Handling Method for Genetic Algorithms" (2000, section 3).
 */
export function severity({ margin, certainty, lead, distance }: Verdict): number {
  const violation = Math.max(0, CERTAIN - certainty) + Math.max(0, distance - 1);
  return violation > 0 ? -1 - violation : Math.min(margin, lead);
}

/** Numbers of the verdicts: first the worst of each kind (what is taken for what, or nearly), then the second of each, ...; those that are not plausible and sure come last. */
export function inTurns(verdicts: readonly Verdict[], classes: number): number[] {
  const severities = verdicts.map(severity);
  const bySeverity = verdicts.map((_, i) => i).sort((a, b) => severities[b] - severities[a] || a - b);
  const [ranks, counts] = [new Int32Array(verdicts.length), new Int32Array(classes * classes)];
  for (const i of bySeverity) ranks[i] = counts[verdicts[i].against * classes + verdicts[i].instead]++;
  const isOut = (i: number): number => (severities[i] < -1 ? 1 : 0);
  return bySeverity.sort((a, b) => isOut(a) - isOut(b) || ranks[a] - ranks[b] || severities[b] - severities[a] || a - b);
}

export interface Confusion {
  /** "wrong": the right class; "unsure": the class of the lower number. */
  readonly from: number;
  /** What it was taken for, or nearly. */
  readonly to: number;
  readonly count: number;
}

/** How often the classifier takes what for what, or, where it is unsure, wavers between which two; the most frequent first. */
export function confusionsIn(verdicts: readonly Verdict[], lookFor: WeaknessName): Confusion[] {
  const counts = new Map<string, Confusion>();
  for (const { said, against } of verdicts) {
    const [from, to] = lookFor === "wrong" ? [against, said] : [Math.min(said, against), Math.max(said, against)];
    counts.set(`${from},${to}`, { from, to, count: 1 + (counts.get(`${from},${to}`)?.count ?? 0) });
  }
  return [...counts.values()].sort((a, b) => b.count - a.count || a.from - b.from || a.to - b.to);
}
