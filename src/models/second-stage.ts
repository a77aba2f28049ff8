/**
 * The second stage of Dai & Wipf, "Diagnosing and Enhancing VAE Models" (2019): a small variational autoencoder of another autoencoder's codings z.
 * Its latents u are as many as the codings, so that q(u) can become the normal distribution that q(z) is not.
 */
import { Dense, klDivergenceNormal, sequential } from "../nn/index.js";
import { inferenceMode, trainingMode, type Mode } from "../nn/module.js";
import { add, concat, div, exp, input, mean, mul, noise, relu, square, sub, sum, split, variable, type Tensor, type Variable } from "../tensor/index.js";
import { oneStage, type BuiltModel } from "./model.js";

export interface SecondStage extends BuiltModel {
  /** Mean and standard deviation of each coding over the data, [size]: written before training. They start at 0 and 1. */
  readonly standard: { readonly mean: Variable; readonly deviation: Variable };
  /** u ~ N(0, I), z ~ p(z|u) -> codings [batch, size]. */
  readonly sampleCodings: (batch: number) => { readonly outputs: { readonly codings: Tensor } };
}

/** A model of rows of `size` numbers, of any scale. `hidden` are the units of the encoder's layers, and of the decoder's. */
export function secondStage(size: number, hidden: readonly number[] = [256, 256]): SecondStage {
  const standard = { mean: variable("codings.mean", [size], 0), deviation: variable("codings.deviation", [size], 1) };
  // The last layer also sees the input itself (section 5 of the paper's supplement), so that a distribution that is normal already is no work.
  const layers = sequential(...hidden.map((units) => Dense(units, { activation: relu })));
  const [encoder, decoder] = [layers("encoder", [size]), layers("decoder", [size])];
  const widened = [hidden[hidden.length - 1] + size];
  const [posterior, reconstruction] = [Dense(2 * size)("encoder.posterior", widened), Dense(size)("decoder.mean", widened)];
  /** log of gamma, the standard deviation of p(z|u), which is learned (their equation 5 and section 3). */
  const logGamma = variable("decoder.logGamma", [], 0);
  const decode = (u: Tensor, mode: Mode): Tensor => reconstruction.apply(concat([decoder.apply(u, mode), u], 1), mode);
  const parameters = [encoder, posterior, decoder, reconstruction].flatMap((module) => module.parameters).concat(logGamma);

  /** Negative ELBO in nats per row. */
  function negativeElbo(codings: Tensor, mode: Mode): Tensor {
    const z = div(sub(codings, standard.mean), standard.deviation);
    const [mu, logVar] = split(posterior.apply(concat([encoder.apply(z, mode), z], 1), mode), [size, size], 1);
    const u = add(mu, mul(exp(mul(0.5, logVar)), noise.normal(mu.shape)));
    const squaredError = sum(square(div(sub(decode(u, mode), z), exp(logGamma))), 1);
    const negativeLogLikelihood = add(mul(0.5, squaredError), add(mul(size, logGamma), (size / 2) * Math.log(2 * Math.PI)));
    return mean(add(negativeLogLikelihood, sum(klDivergenceNormal(mu, logVar), 1)));
  }

  return {
    standard,
    variables: [...parameters, ...Object.values(standard)],
    stages: oneStage({
      name: "second-stage",
      parameters,
      objective(batch) {
        const x = input("x", [batch, size]);
        return { inputs: { x }, loss: negativeElbo(x, trainingMode()), metrics: {}, updates: new Map() };
      },
    }),
    validation(batch) {
      const x = input("x", [batch, size]);
      return { inputs: { x }, outputs: { loss: negativeElbo(x, inferenceMode()) } };
    },
    abilities: {},
    sampleCodings(batch) {
      const z = add(decode(noise.normal([batch, size]), inferenceMode()), mul(exp(logGamma), noise.normal([batch, size])));
      return { outputs: { codings: add(mul(z, standard.deviation), standard.mean) } };
    },
  };
}
