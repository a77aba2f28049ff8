/**
 * The deep convolutional GAN of Radford et al., "Unsupervised Representation Learning with Deep Convolutional Generative
 * Adversarial Networks" (2016), at the size of Fashion-MNIST: images [1, 28, 28] in (-1, 1) from 100 codings.
 */
import { BatchNorm, binaryCrossEntropyWithLogits, Conv2d, ConvTranspose2d, Dense, Dropout, Flatten, Reshape, sequential, trainingMode } from "../src/nn/index.js";
import { rmsprop } from "../src/optimizers/index.js";
import { concat, input, leakyRelu, noise, ones, relu, stopGradient, tanh, zeros, type Tensor } from "../src/tensor/index.js";

const CODINGS = 100;
const normalize = () => BatchNorm({ momentum: 0.9, epsilon: 1e-5 });
/** Twice the size, as PyTorch's ConvTranspose2d(..., 5, 2, 2, 1). */
const grow = (filters: number, activation: (x: Tensor) => Tensor) => ConvTranspose2d(filters, { kernelSize: 5, stride: 2, padding: 2, outputPadding: 1, activation });
const shrink = (filters: number) => Conv2d(filters, { kernelSize: 5, stride: 2, padding: 2, activation: (x) => leakyRelu(x, 0.2) });
/** PyTorch's RMSprop, whose epsilon of 1e-8 stands outside the root: under it, that is its square. */
const optimizer = (name: string) => rmsprop({ name, learningRate: 0.01, rho: 0.99, epsilon: 1e-16 });

/** The two programs of one training step, which share both networks, and the networks. */
export function dcgan(batch: number) {
  const generator = sequential(Dense(6272), Reshape([128, 7, 7]), normalize(), grow(64, relu), normalize(), grow(1, tanh))("generator", [CODINGS]);
  const discriminator = sequential(shrink(64), Dropout(0.4), shrink(128), Dropout(0.4), Flatten(), Dense(1))("discriminator", [1, 28, 28]);
  const codings = () => noise.normal([batch, CODINGS]);

  /** Tell `batch` made images from `batch` real ones; the generator is not trained, but its batch statistics are followed. */
  function discriminatorStep() {
    const [real, mode] = [input("real", [batch, 1, 28, 28]), trainingMode()];
    const made = stopGradient(generator.apply(codings(), mode));
    const labels = concat([zeros([batch, 1]), ones([batch, 1])], 0);
    const loss = binaryCrossEntropyWithLogits(discriminator.apply(concat([made, real], 0), mode), labels);
    const trained = optimizer("discriminator.rmsprop").minimize(loss, discriminator.parameters);
    return { inputs: { real }, outputs: { loss }, updates: new Map([...mode.updates, ...trained]) };
  }

  /** Make images that the discriminator, which is not trained, takes for real. */
  function generatorStep() {
    const mode = trainingMode();
    const loss = binaryCrossEntropyWithLogits(discriminator.apply(generator.apply(codings(), mode), mode), ones([batch, 1]));
    const trained = optimizer("generator.rmsprop").minimize(loss, generator.parameters);
    return { outputs: { loss }, updates: new Map([...mode.updates, ...trained]) };
  }

  return { generator, discriminator, discriminatorStep: discriminatorStep(), generatorStep: generatorStep() };
}
