/** The networks that a diffusion model may have, by their options. */
import { z } from "zod";
import type { Shape } from "../tensor/index.js";
import type { Network } from "./diffusion-network.js";
import { denoisingMlp } from "./denoising-mlp.js";
import { dit } from "./dit.js";
import { conditionings } from "./unet-blocks.js";
import { unet } from "./unet.js";

export const networkOptions = {
  network: z.enum(["unet", "dit"]).default("unet").describe("a U-Net of convolutions with attention (Ho et al. 2020), or a transformer of patches (DiT, Peebles & Xie 2023)"),
  channels: z.array(z.int().min(1)).min(1).default([32, 64, 128]).describe("unet: channels of each level, the next half the size"),
  blocks: z.int().min(1).default(2).describe("unet: residual blocks of a level"),
  attention: z.array(z.int().min(0)).optional().describe("unet: levels with self-attention, from 0; left out, the deepest"),
  conditioning: z.enum(conditionings).default("scale-shift").describe("unet: what time and class do to a block's values: shift them (Ho et al. 2020), or scale and shift them (Dhariwal & Nichol 2021)"),
  width: z.int().min(1).default(128).describe("dit: values of a patch"),
  depth: z.int().min(1).default(6).describe("dit: blocks"),
  patch: z.int().min(1).default(4).describe("dit: pixels to a side of a patch"),
  heads: z.int().min(1).default(4).describe("heads of the attention"),
  dropout: z.number().min(0).lt(1).default(0).describe("unet: share of the values that a block loses in training"),
};
type ImageNetworkOptions = z.output<z.ZodObject<typeof networkOptions>>;
/** `mlp` is for examples that are vectors. */
type NetworkOptions = Omit<ImageNetworkOptions, "network"> & { readonly network: ImageNetworkOptions["network"] | "mlp" };

/** What a model adds to them. */
interface Told {
  /** What times are multiplied by before they are embedded: the sinusoids suit times from 0 to 1000. */
  readonly timeScale: number;
  readonly classes?: number | undefined;
  /** Default: as many as the examples have. */
  readonly outputChannels?: number;
  /** Of its variables. Default "denoiser". */
  readonly name?: string | undefined;
}

/** A network for examples [channels, height, width], or [channels] alone for `mlp`. A UsageError where the options do not fit them. */
export function denoisingNetwork(shape: Shape, { network, channels, blocks, attention = [channels.length - 1], conditioning, width, depth, patch, heads, dropout, outputChannels = shape[0], name = "denoiser", ...told }: NetworkOptions & Told): Network {
  if (network === "mlp") return denoisingMlp(name, shape[0], { width, depth, outputSize: outputChannels, ...told });
  if (network === "dit") return dit(name, shape, { patch, width, depth, heads, mlpRatio: 4, outputChannels, ...told });
  return unet(name, shape, { channels, blocks, attention, conditioning, heads, dropout, groups: 8, embedding: 4 * channels[0], outputChannels, ...told });
}
