/** A diffusion model's U-Net at the size of Fashion-MNIST. */
import { unet } from "../src/models/unet.js";
import { glorotUniform, meanSquaredError, trainingMode } from "../src/nn/index.js";
import { adamW } from "../src/optimizers/index.js";
import { input } from "../src/tensor/index.js";

/** One training step on images [batch, 1, 28, 28] and times [batch]; the network, as in the peers' scripts, is to give the image back. */
export function unetStep(batch: number) {
  // The peers' networks start with no kernel of zeros either.
  const design = { channels: [32, 64, 128], blocks: 2, attention: [2], heads: 4, dropout: 0, groups: 8, embedding: 128, timeScale: 1, outputChannels: 1, lastInitializer: glorotUniform };
  const network = unet("unet", [1, 28, 28], design);
  const [x, t] = [input("x", [batch, 1, 28, 28]), input("t", [batch])];
  const loss = meanSquaredError(network.apply(x, t, trainingMode()), x);
  return { network, step: { inputs: { x, t }, outputs: { loss }, updates: adamW().minimize(loss, network.parameters) } };
}
