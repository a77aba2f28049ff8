import type { Mode } from "../nn/index.js";
import type { Tensor, Variable } from "../tensor/index.js";

/** What diffusion models are made around: a network that sees noisy images and how noisy they are. */
export interface Network {
  readonly parameters: readonly Variable[];
  readonly statistics: readonly Variable[];
  /**
   * x [batch, channels, height, width] at time [batch] -> [batch, outputChannels, height, width], of any range. Of a network with classes, labels are int32 [batch] from
   * 0 to `classes`, which itself stands for no class (classifier-free guidance: Ho & Salimans 2022), as do labels left out. Other networks take none.
   */
  apply(x: Tensor, time: Tensor, mode: Mode, labels?: Tensor): Tensor;
}
