/** Eight Gaussians on a ring: data whose modes can be counted (Metz et al., "Unrolled Generative Adversarial Networks" (2017), section 3.1). */
import { tensor, type BuiltModel, type Examples, type Model, type Splits } from "morphogen";

const { cast, constant, fill, keyOf, less, mean, reshape, square, sub, sum } = tensor;

const [MODES, RADIUS, DEVIATION] = [8, 0.35, 0.02];
const centres = Array.from({ length: MODES }, (_, mode) => [0.5 + RADIUS * Math.cos((2 * Math.PI * mode) / MODES), 0.5 + RADIUS * Math.sin((2 * Math.PI * mode) / MODES)]);

/** Points [count, 2] in [0, 1], the modes in turn. */
function points(count: number, seed: number): Examples {
  const values = new Float32Array(2 * count);
  fill(values, { kind: "normal" }, keyOf(seed), { first: 0, count: 1, length: values.length });
  return { spec: { kind: "vectors", shape: [2] }, count, values: values.map((normal, i) => centres[Math.floor(i / 2) % MODES][i % 2] + DEVIATION * normal) };
}

export function ring({ train = 8000, seed = 0 }: { readonly train?: number; readonly seed?: number } = {}): Splits {
  const validation = points(1000, seed + 1);
  return { train: points(train, seed + 2), validation, test: validation };
}

/** The model with two more metrics: how many modes it finds (at least 1% of its samples each), and the share of samples within three standard deviations of any. */
export const countingModes = (model: Model): Model => ({ ...model, build: (options, spec) => withModes(model.build(options, spec)) });

function withModes(built: BuiltModel): BuiltModel {
  return {
    ...built,
    validation(batch) {
      const { inputs, outputs } = built.validation(batch);
      const { samples } = built.abilities.sample!(batch).outputs;
      const distances = sum(square(sub(reshape(samples, [batch, 1, 2]), constant(centres.flat(), [1, MODES, 2]))), 2);
      return { inputs: inputs!, outputs: { ...outputs, modeShares: mean(cast(less(distances, (3 * DEVIATION) ** 2), "float32"), 0) } };
    },
    assess(means) {
      const assessment = built.assess?.(means) ?? {};
      const shares = Array.from(means.modeShares);
      const metrics = { modes: shares.filter((share) => share >= 0.01).length, nearModes: shares.reduce((a, b) => a + b) };
      return { ...assessment, metrics: { ...assessment.metrics, ...metrics } };
    },
  };
}
