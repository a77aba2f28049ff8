/** What models that translate images share: pairs taken apart, and how near translations come to what was wanted. Pixels are in [-1, 1]. */
import { UsageError } from "../errors.js";
import type { DataSpec, PairSpec } from "../data/dataset.js";
import { meanAbsoluteError } from "../nn/index.js";
import { add, broadcastTo, clip, input, mul, slice, type Shape, type Tensor } from "../tensor/index.js";
import { psnr, ssim } from "./image-quality.js";

type ImageShape = PairSpec["shape"];

/** The two halves of the data. */
export interface Halves {
  readonly source: ImageShape;
  readonly target: ImageShape;
  readonly unpaired: boolean;
  /** Input `x` of a batch of pairs, and its halves. */
  readonly pairs: (batch: number) => { readonly x: Tensor; readonly from: Tensor; readonly to: Tensor };
}

/** A UsageError when the data are no pairs. */
export function halvesOf(spec: DataSpec): Halves {
  if (spec.kind !== "pairs") throw new UsageError(`The data are ${spec.kind}, not pairs of images`, "Make pairs: --task superres, --target-folder FOLDER, or --data emoji --to google.");
  const { shape: [channels, height, width], source: sourceChannels, unpaired = false } = spec;
  return {
    source: [sourceChannels, height, width],
    target: [channels - sourceChannels, height, width],
    unpaired,
    pairs(batch) {
      const x = input("x", [batch, channels, height, width]);
      return { x, from: slice(x, [0, 0, 0, 0], [batch, sourceChannels, height, width]), to: slice(x, [0, sourceChannels, 0, 0], [batch, channels, height, width]) };
    },
  };
}

/** A UsageError where sources cannot be added to targets: they have as many channels, or one that is added to all. */
export function requireAddable(source: number, target: number): void {
  if (source !== target && source !== 1) throw new UsageError(`A residual needs a grey source, or as many channels in source and target; there are ${source} and ${target}`, "Leave --residual out.");
}

/** Input `x` and the program of an ability that makes one image of another. */
export function translating(shape: Shape, translate: (x: Tensor) => Tensor) {
  return (batch: number) => {
    const x = input("x", [batch, ...shape]);
    return { inputs: { x }, outputs: { translated: clip(translate(x), -1, 1) } };
  };
}

const unit = (x: Tensor): Tensor => mul(add(clip(x, -1, 1), 1), 0.5);

/** Means over the batch, for pixels in [0, 1]: the first is what training lessens, in the others more is better. */
const nearness = (image: Tensor, wanted: Tensor) => ({ meanAbsoluteError: meanAbsoluteError(image, wanted), psnr: psnr(image, wanted), ssim: ssim(image, wanted) });

/** How near translations come to the targets, and how near the untouched sources are, where these have as many channels or are grey. */
export function translationQuality(translated: Tensor, from: Tensor, to: Tensor): Readonly<Record<string, Tensor>> {
  const quality = nearness(unit(translated), unit(to));
  if (from.shape[1] !== 1 && from.shape[1] !== to.shape[1]) return quality;
  const copy = nearness(broadcastTo(unit(from), to.shape), unit(to));
  return { ...quality, copyMeanAbsoluteError: copy.meanAbsoluteError, copyPsnr: copy.psnr, copySsim: copy.ssim };
}

/** How near what was translated back comes to the sources. */
export function backQuality(translatedBack: Tensor, from: Tensor): Readonly<Record<string, Tensor>> {
  const { meanAbsoluteError: backMeanAbsoluteError, psnr: backPsnr, ssim: backSsim } = nearness(unit(translatedBack), unit(from));
  return { backMeanAbsoluteError, backPsnr, backSsim };
}
