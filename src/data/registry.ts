/** Every dataset of the house: a new one is one file and one line here. */
import { suggest, UsageError } from "../errors.js";
import type { Dataset } from "./dataset.js";
import { emoji } from "./emoji.js";
import { fashionMnist } from "./fashion-mnist.js";
import { mnist } from "./mnist.js";

export const datasets: readonly Dataset[] = [fashionMnist, mnist, emoji];

/** The dataset of that name; a UsageError with the nearest name when there is none. */
export function findDataset(name: string): Dataset {
  const dataset = datasets.find((candidate) => candidate.name === name);
  if (!dataset) throw new UsageError(`There is no dataset "${name}"`, `${suggest(name, datasets.map((candidate) => candidate.name))} Files of your own are named by their path, such as ./${name}.`);
  return dataset;
}
