/** Class numbers from what the classes are called. */

const byNumber = (a: string, b: string): number => Number(a) - Number(b);

/** Classes in the order of their numbers, where all names are numbers, else of their characters; "" is no class (-1). */
export function classesOf(names: readonly string[]): { readonly classes: readonly string[]; readonly labels: Int32Array } {
  const found = [...new Set(names)].filter((name) => name !== "");
  const classes = found.every((name) => Number.isFinite(Number(name))) ? found.sort(byNumber) : found.sort();
  const numbers = new Map(classes.map((name, i) => [name, i]));
  return { classes, labels: Int32Array.from(names, (name) => numbers.get(name) ?? -1) };
}
