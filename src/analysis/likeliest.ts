/** From probabilities to classes. */

/** The class of the largest probability of each row of [n, classes]; the first of several. */
export const likeliest = (probabilities: Float32Array, classes: number): Int32Array =>
  Int32Array.from({ length: probabilities.length / classes }, (_, i) => {
    const row = probabilities.subarray(i * classes, (i + 1) * classes);
    return row.indexOf(row.reduce((most, value) => Math.max(most, value)));
  });
