/**
 * Restricted Boltzmann machines: layers of visible units v and hidden units h with the energy
 *
 *   E(v, h) = visible(v) + hidden(h) - v W h,   p(v, h) = exp(-E(v, h)) / Z
 *
 * where binary units u of bias b have the term -b u, and Gaussian units, of variance 1, (u - b)^2 / 2
 * (Hinton, "A Practical Guide to Training Restricted Boltzmann Machines", 2010; Welling et al. 2004 for the Gaussian ones).
 */
import { parameter, randomNormal, zeros } from "../nn/initializers.js";
import { add, cast, less, matmul, mean, mul, neg, noise, sigmoid, softplus, square, stopGradient, sub, sum, transpose, type Tensor, type Variable } from "../tensor/index.js";

/** One kind of unit, by what it gets from its bias and the other layer together. */
interface UnitKind {
  readonly mean: (total: Tensor) => Tensor;
  readonly draw: (total: Tensor) => Tensor;
  /** Its term of the energy. */
  readonly energy: (units: Tensor, bias: Tensor) => Tensor;
  /** log of the sum (or integral) of exp(-E) over its values, for what it gets from the other layer; without constants. */
  readonly logSum: (fromOthers: Tensor, bias: Tensor) => Tensor;
}

const unitKinds = {
  binary: {
    mean: sigmoid,
    draw: (total) => cast(less(noise.uniform(total.shape), sigmoid(total)), "float32"),
    energy: (units, bias) => neg(mul(units, bias)),
    logSum: (fromOthers, bias) => softplus(add(fromOthers, bias)),
  },
  gaussian: {
    mean: (total) => total,
    draw: (total) => add(total, noise.normal(total.shape)),
    energy: (units, bias) => mul(0.5, square(sub(units, bias))),
    logSum: (fromOthers, bias) => add(mul(bias, fromOthers), mul(0.5, square(fromOthers))),
  },
} as const satisfies Readonly<Record<string, UnitKind>>;
export type UnitName = keyof typeof unitKinds;

export interface BoltzmannMachine {
  /** W [visible, hidden]. */
  readonly kernel: Variable;
  readonly visibleBias: Variable;
  readonly hiddenBias: Variable;
  /** All three. */
  readonly parameters: readonly Variable[];
  /** v [batch, visible] -> mean of p(h|v), [batch, hidden]. */
  hidden(v: Tensor): Tensor;
  /** v [batch, visible] -> h drawn from p(h|v). */
  drawHidden(v: Tensor): Tensor;
  /** h [batch, hidden] -> mean of p(v|h), [batch, visible]. */
  visible(h: Tensor): Tensor;
  /** h [batch, hidden] -> v drawn from p(v|h). */
  drawVisible(h: Tensor): Tensor;
  /** F(v) = -log of the sum of exp(-E(v, h)) over all h, without constants: [batch]. p(v) is proportional to exp(-F(v)). */
  freeEnergy(v: Tensor): Tensor;
}

export interface MachineOptions {
  readonly visible: number;
  readonly hidden: number;
  readonly visibleUnits: UnitName;
  readonly hiddenUnits: UnitName;
}

export function boltzmannMachine(name: string, { visible, hidden, visibleUnits, hiddenUnits }: MachineOptions): BoltzmannMachine {
  const fans = { fanIn: visible, fanOut: hidden };
  const kernel = parameter(`${name}.kernel`, [visible, hidden], randomNormal(0, 0.01), fans);
  const visibleBias = parameter(`${name}.visibleBias`, [visible], zeros, fans);
  const hiddenBias = parameter(`${name}.hiddenBias`, [hidden], zeros, fans);
  const [ofVisible, ofHidden] = [unitKinds[visibleUnits], unitKinds[hiddenUnits]];
  const upwards = (v: Tensor) => add(matmul(v, kernel), hiddenBias);
  const downwards = (h: Tensor) => add(matmul(h, transpose(kernel)), visibleBias);
  return {
    kernel,
    visibleBias,
    hiddenBias,
    parameters: [kernel, visibleBias, hiddenBias],
    hidden: (v) => ofHidden.mean(upwards(v)),
    drawHidden: (v) => ofHidden.draw(upwards(v)),
    visible: (h) => ofVisible.mean(downwards(h)),
    drawVisible: (h) => ofVisible.draw(downwards(h)),
    freeEnergy: (v) => sub(sum(ofVisible.energy(v, visibleBias), 1), sum(ofHidden.logSum(matmul(v, kernel), hiddenBias), 1)),
  };
}

/** v [batch, visible] after `steps` steps of Gibbs sampling, each a draw of h and one of v. */
export const gibbs = (machine: BoltzmannMachine, v: Tensor, steps: number): Tensor =>
  Array.from({ length: steps }).reduce<Tensor>((state) => machine.drawVisible(machine.drawHidden(state)), v);

/** The same, but the last v is the mean of its distribution: what is drawn, without the noise of drawing it. */
export const gibbsMean = (machine: BoltzmannMachine, v: Tensor, steps: number): Tensor => machine.visible(machine.drawHidden(gibbs(machine, v, steps - 1)));

/**
 * The mean free energy of the examples v [batch, visible] less that of negative samples [any number, visible]. Its gradient, with the samples
 * held fixed, is the update of contrastive divergence with the sign turned: the mean of v h over the samples less that over the examples, for W
 * (Hinton 2002, equation 5). Its value is no measure of progress.
 */
export const contrastiveDivergence = (machine: BoltzmannMachine, v: Tensor, samples: Tensor): Tensor =>
  sub(mean(machine.freeEnergy(v)), mean(machine.freeEnergy(stopGradient(samples))));
