/** The networks of StyleGAN2: Karras et al., "Analyzing and Improving the Image Quality of StyleGAN" (2020), figure 2 and section 4.1, for images of any size. */
import { AveragePool, Conv2d, Dense, Flatten, MinibatchStandardDeviation, sequential, type Module } from "../nn/index.js";
import { randomNormal, parameter, zeros } from "../nn/initializers.js";
import { modulatedConvolution } from "../nn/modulated.js";
import { add, broadcastTo, constant, conv2d, div, leakyRelu, mean, mul, noise, reshape, slice, sqrt, square, upsampleNearest, type Shape, type Tensor, type Variable } from "../tensor/index.js";
import type { Adversaries } from "./adversarial.js";

export interface StyleDesign {
  /** Number of codings, of z and of w. */
  readonly size: number;
  /** Channels at the image's own size; each halving of it doubles them, up to the most. */
  readonly channels: number;
  readonly mostChannels: number;
  readonly mappingLayers: number;
}

interface Resolution {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Sides up to this are not halved any more: 28 starts at 7, 32 and 64 at 4. */
const SMALLEST = 7;

/** From the image's own size down; odd sides are halved upwards. */
export function resolutions([, height, width]: Shape, { channels, mostChannels }: Pick<StyleDesign, "channels" | "mostChannels">): readonly Resolution[] {
  const own = { height, width, channels: Math.min(channels, mostChannels) };
  if (Math.min(height, width) <= SMALLEST) return [own];
  return [own, ...resolutions([1, Math.ceil(height / 2), Math.ceil(width / 2)], { channels: 2 * channels, mostChannels })];
}

/** Leaky ReLU that keeps the mean square of what is normal. */
const activation = (x: Tensor): Tensor => mul(leakyRelu(x, 0.2), Math.SQRT2);

/** z [batch, size] -> w [batch, size]: z is brought to length sqrt(size), and layers learn at 0.01 of the rate (Karras et al. 2019, appendix C). */
export function mappingNetwork({ size, mappingLayers }: StyleDesign): Module {
  const layers = sequential(...Array.from({ length: mappingLayers }, () => Dense(size, { activation, equalized: 0.01 })))("generator.mapping", [size]);
  return { ...layers, apply: (z, mode) => layers.apply(div(z, sqrt(add(mean(square(z), 1, true), 1e-8))), mode) };
}

/** Twice the size by bilinear interpolation, cropped to the size wanted: repeated pixels smoothed by [1 2 1] are zeros between them smoothed by [1 3 3 1]. */
function grown(x: Tensor, { height, width }: Resolution): Tensor {
  const channels = x.shape[1];
  const line = [0.25, 0.5, 0.25];
  const kernel = broadcastTo(constant(line.flatMap((a) => line.map((b) => a * b)), [1, 1, 3, 3]), [channels, 1, 3, 3]);
  const smooth = conv2d(upsampleNearest(x, 2), kernel, { padding: "same", groups: channels });
  return slice(smooth, [0, 0, 0, 0], [x.shape[0], channels, height, width]);
}

export interface Synthesis {
  readonly parameters: readonly Variable[];
  /** The noise of inference, one image of it for each convolution. */
  readonly statistics: readonly Variable[];
  /** Number of styles that an image has. */
  readonly styles: number;
  /** w of each layer, [batch, styles, size] -> images [batch, ...shape], not limited to the range of pixels. Noise is drawn in training, and the same for all images otherwise. */
  readonly apply: (w: Tensor, training: boolean) => Tensor;
}

/** A learned constant, grown by modulated convolutions with noise; what each size adds to the image is summed up (output skips). */
export function synthesisNetwork(shape: Shape, design: StyleDesign): Synthesis {
  const { size: styleSize } = design;
  const sizes = [...resolutions(shape, design)].reverse();
  const [first] = sizes;
  const start = parameter("generator.constant", [1, first.channels, first.height, first.width], randomNormal(0, 1), { fanIn: 1, fanOut: 1 });

  function styled(name: string, inputs: number, { height, width, channels }: Resolution) {
    const convolution = modulatedConvolution(name, inputs, channels, { styleSize, kernelSize: 3 });
    const one = { fanIn: 1, fanOut: 1 };
    const strength = parameter(`${name}.noiseStrength`, [], zeros, one);
    const bias = parameter(`${name}.bias`, [channels, 1, 1], zeros, one);
    const still = parameter(`${name}.noise`, [1, 1, height, width], randomNormal(0, 1), one);
    return {
      parameters: [...convolution.parameters, strength, bias],
      statistics: [still],
      apply(x: Tensor, w: Tensor, training: boolean): Tensor {
        const drawn = training ? noise.normal([x.shape[0], 1, height, width]) : still;
        return activation(add(add(convolution.apply(x, w), mul(strength, drawn)), bias));
      },
    };
  }

  function toImage(name: string, inputs: number) {
    const convolution = modulatedConvolution(name, inputs, shape[0], { styleSize, kernelSize: 1, demodulate: false });
    const bias = parameter(`${name}.bias`, [shape[0], 1, 1], zeros, { fanIn: 1, fanOut: 1 });
    return { parameters: [...convolution.parameters, bias], apply: (x: Tensor, w: Tensor): Tensor => add(convolution.apply(x, w), bias) };
  }

  const blocks = sizes.map((resolution, i) => {
    const name = `generator.${resolution.height}x${resolution.width}`;
    const inputs = sizes[Math.max(0, i - 1)].channels;
    // At the smallest size there is nothing to grow, and one convolution.
    const convolutions = [...(i === 0 ? [] : [styled(`${name}.grow`, inputs, resolution)]), styled(`${name}.convolution`, resolution.channels, resolution)];
    return { resolution, convolutions, image: toImage(`${name}.image`, resolution.channels) };
  });

  return {
    parameters: [start, ...blocks.flatMap(({ convolutions, image }) => [...convolutions.flatMap(({ parameters }) => parameters), ...image.parameters])],
    statistics: blocks.flatMap(({ convolutions }) => convolutions.flatMap(({ statistics }) => statistics)),
    styles: blocks.reduce((total, { convolutions }) => total + convolutions.length, 1),
    apply(w, training) {
      const [batch] = w.shape;
      const style = (layer: number): Tensor => reshape(slice(w, [0, layer, 0], [batch, layer + 1, styleSize]), [batch, styleSize]);
      let layer = 0;
      let x = broadcastTo(start, [batch, ...start.shape.slice(1)]);
      let whole: Tensor | undefined;
      for (const { resolution, convolutions, image } of blocks) {
        if (whole) x = grown(x, resolution);
        for (const convolution of convolutions) x = convolution.apply(x, style(layer++), training);
        // An image shares its style with the convolution that comes next.
        const part = image.apply(x, style(layer));
        whole = whole ? add(grown(whole, resolution), part) : part;
      }
      return whole!;
    },
  };
}

/** Residual blocks (figure 7, right), the spread over the batch as one more map, and two dense layers. Images [batch, ...shape] -> logits [batch, 1]. */
export function styleDiscriminator(shape: Shape, design: StyleDesign): Adversaries["discriminator"] {
  const sizes = resolutions(shape, design);
  const layers = { equalized: 1, padding: "same" } as const;
  const first = Conv2d(sizes[0].channels, { ...layers, kernelSize: 1, activation })("discriminator.first", shape);
  const blocks = sizes.slice(1).map(({ channels }, i) => {
    const { height, width, channels: inputs } = sizes[i];
    const [name, here] = [`discriminator.${height}x${width}`, [inputs, height, width]];
    const halved = AveragePool(2, { padding: "same" });
    const main = sequential(Conv2d(inputs, { ...layers, kernelSize: 3, activation }), Conv2d(channels, { ...layers, kernelSize: 3, activation }), halved)(`${name}.main`, here);
    const skip = sequential(halved, Conv2d(channels, { ...layers, kernelSize: 1, useBias: false }))(`${name}.skip`, here);
    return { main, skip };
  });
  const { height, width, channels } = sizes[sizes.length - 1];
  const last = sequential(
    MinibatchStandardDeviation(), Conv2d(channels, { ...layers, kernelSize: 3, activation }), Flatten(), Dense(channels, { equalized: 1, activation }), Dense(1, { equalized: 1 }),
  )("discriminator.last", [channels, height, width]);
  const modules = [first, ...blocks.flatMap(({ main, skip }) => [main, skip]), last];
  return {
    parameters: modules.flatMap(({ parameters }) => parameters),
    statistics: modules.flatMap(({ statistics }) => statistics),
    apply(x, mode) {
      const features = blocks.reduce((y, { main, skip }) => mul(add(main.apply(y, mode), skip.apply(y, mode)), Math.SQRT1_2), first.apply(x, mode));
      return { logits: last.apply(features, mode) };
    },
  };
}
