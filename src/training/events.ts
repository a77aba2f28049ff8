/** What training tells while it goes on; the command line shows these as a progress bar or as JSON lines. */
export type TrainingEvent =
  | { readonly event: "started"; readonly run: string; readonly steps: number; readonly epochs: number; readonly examples: number; readonly parameters: number; readonly fromStep: number; readonly engine: string }
  /** Where a model of several stages begins with one of them, or goes on with it. */
  | { readonly event: "stage"; readonly step: number; readonly name: string; readonly number: number; readonly stages: number; readonly epochs: number }
  /** After the first steps: how long the rest will take. */
  | { readonly event: "estimate"; readonly seconds: number }
  /** Every few tenths of a second, for a progress bar; not logged. */
  | { readonly event: "progress"; readonly step: number; readonly steps: number; readonly epoch: number; readonly loss: number; readonly imagesPerSecond: number; readonly secondsLeft: number }
  /** Every `logEvery` steps, as in metrics.jsonl: the loss and metrics of that step. */
  | ({ readonly event: "step"; readonly step: number; readonly epoch: number; readonly loss: number; readonly imagesPerSecond: number } & { readonly metrics: Metrics })
  | { readonly event: "validation"; readonly step: number; readonly epoch: number; readonly validation: Metrics; readonly best: boolean; readonly details?: Readonly<Record<string, readonly number[]>> }
  | { readonly event: "checkpoint"; readonly step: number; readonly path: string }
  | { readonly event: "warning"; readonly message: string }
  | { readonly event: "stopped"; readonly step: number; readonly reason: "early" | "interrupted" };

export type Metrics = Readonly<Record<string, number>>;
export type OnEvent = (event: TrainingEvent) => void;
