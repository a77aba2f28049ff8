/** How many codings a variational autoencoder uses (Burda, Grosse & Salakhutdinov 2016). */

/** A coding is active when its posterior mean varies over the data by more than this. */
const ACTIVE_VARIANCE = 0.01;
/** A posterior with fewer active codings than this share of them has collapsed onto the prior. */
const COLLAPSED_SHARE = 0.1;

/** Codings whose posterior mean has a variance over the data above 0.01, from the means over the data of the posterior mean and of its square. */
export const activeUnits = (means: ArrayLike<number>, squares: ArrayLike<number>): number => Array.from(means).filter((mean, i) => squares[i] - mean ** 2 > ACTIVE_VARIANCE).length;

/** What to say of a posterior with so many active codings among `size`. */
export const collapseWarnings = (active: number, size: number, of = "codings"): readonly string[] =>
  active >= COLLAPSED_SHARE * size
    ? []
    : [`The posterior has collapsed: ${active} of the ${size} ${of} carry anything of the examples. A KL term that comes in slowly, weighs less or is partly free may help: see the options annealing, beta and freeBits.`];
