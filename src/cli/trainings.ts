/** What the commands that train classifiers with few labels share: their flags, numbers as they print them, and where the results go. */
import { join } from "node:path";
import { writeWhole } from "../training/index.js";
import type { FewLabelsRow } from "../verbs/few-labels.js";
import type { TrainedRun } from "../verbs/open.js";
import { wholeNumber } from "./numbers.js";
import { deliver, type RunFlags } from "./run-command.js";

/** Numbers of labels from "100,500". */
export const labelCounts = (text: string): number[] => text.split(",").map((count) => wholeNumber("--labels", count, 1));

export const percent = (share: number): string => (100 * share).toFixed(2);

export const withMargin = ({ mean, margin }: FewLabelsRow<string>["accuracy"]): string => `${percent(mean)}${margin === undefined ? "" : ` ± ${percent(margin)}`}`;

export interface Trainings {
  /** One line for each training. */
  readonly csv: string;
  readonly figure: string | Uint8Array;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Writes the figure, and the CSV file beside it. */
export async function deliverTrainings(trained: TrainedRun, flags: RunFlags, defaultOut: string, { csv, figure, facts }: Trainings): Promise<void> {
  const trainings = (flags.out ?? join(trained.path, defaultOut)).replace(/[.](svg|png)$/i, ".csv");
  await deliver(trained, flags, defaultOut, figure, { trainings, ...facts }, trainings);
  await writeWhole(trainings, csv);
}
