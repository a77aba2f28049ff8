/** How samples are spread over the classes, beside the data. */

export interface ClassShares {
  /** Share of each class among the samples, [classes]. */
  readonly shares: readonly number[];
  /** Share of each class among the data, [classes]. */
  readonly dataShares: readonly number[];
  /** Numbers of the classes that are in the data and of which there is no sample. */
  readonly missing: readonly number[];
  /** Numbers of those with samples, but less than a fifth of the class's share in the data: under 2% where there are ten classes alike. */
  readonly rare: readonly number[];
  /** KL(samples || data) of the shares in nats (Metz et al., "Unrolled Generative Adversarial Networks", 2017, table 1): 0 where they are the same; infinite where samples are of a class that the data lack. */
  readonly divergence: number;
}

const RARE = 0.2;

/** From the classes of samples and of data, each a number from 0 to `classes` - 1. */
export function classShares(labels: ArrayLike<number>, dataLabels: ArrayLike<number>, classes: number): ClassShares {
  const [shares, dataShares] = [sharesOf(labels, classes), sharesOf(dataLabels, classes)];
  const numbers = (condition: (share: number, dataShare: number) => boolean): number[] => shares.flatMap((share, k) => (condition(share, dataShares[k]) ? [k] : []));
  return {
    shares,
    dataShares,
    missing: numbers((share, dataShare) => share === 0 && dataShare > 0),
    rare: numbers((share, dataShare) => share > 0 && share < RARE * dataShare),
    divergence: shares.reduce((sum, share, k) => sum + (share > 0 ? share * Math.log(share / dataShares[k]) : 0), 0),
  };
}

/** Share of each class among class numbers from 0 to `classes` - 1. */
export function sharesOf(labels: ArrayLike<number>, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (let i = 0; i < labels.length; i++) counts[labels[i]]++;
  return counts.map((count) => count / Math.max(1, labels.length));
}
