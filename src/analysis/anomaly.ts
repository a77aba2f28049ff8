/** Scores that tell the unusual from the usual: thresholds, and how well the one is told from the other. */
import { UsageError } from "../errors.js";

/**
 * The area under the ROC curve: how probable it is that an anomaly has a higher score than a normal example, ties counting half (Hanley & McNeil
 * 1982). 0.5 is chance, 1 perfect. From the sum of ranks of the anomalies (Mann & Whitney 1947), in O(n log n). A UsageError when either is missing.
 */
export function rocAuc(scores: ArrayLike<number>, anomalous: (i: number) => boolean): number {
  const order = Uint32Array.from({ length: scores.length }, (_, i) => i).sort((a, b) => scores[a] - scores[b]);
  let [rankSum, anomalies] = [0, 0];
  for (let first = 0; first < order.length; ) {
    let end = first + 1;
    while (end < order.length && scores[order[end]] === scores[order[first]]) end++;
    // Equal scores share the mean of the ranks first + 1 .. end.
    const tied = order.subarray(first, end).filter(anomalous).length;
    rankSum += (tied * (first + 1 + end)) / 2;
    anomalies += tied;
    first = end;
  }
  const normal = order.length - anomalies;
  if (anomalies === 0 || normal === 0) throw new UsageError(`Of ${order.length} scores, ${anomalies} are of anomalies`, "A ROC curve wants some of both kinds.");
  return (rankSum - (anomalies * (anomalies + 1)) / 2) / (anomalies * normal);
}

/**
 * The value that a share `q` of the values does not exceed, between the two nearest by their distance (Hyndman & Fan 1996, definition 7; numpy's
 * default). A UsageError when q is not from 0 to 1, or there are no values.
 */
export function quantile(values: ArrayLike<number>, q: number): number {
  if (!(q >= 0 && q <= 1)) throw new UsageError(`The quantile is ${q}`, "Use a number from 0 to 1, such as 0.99.");
  if (values.length === 0) throw new UsageError("There are no values to take a quantile of");
  const sorted = Float64Array.from(values).sort();
  const position = q * (sorted.length - 1);
  const low = Math.floor(position);
  return sorted[low] + (position - low) * (sorted[Math.min(low + 1, sorted.length - 1)] - sorted[low]);
}

/** Numbers of the values, the highest first; of equal ones that which comes first. */
export const byDescending = (values: ArrayLike<number>): Uint32Array => Uint32Array.from({ length: values.length }, (_, i) => i).sort((a, b) => values[b] - values[a] || a - b);
