import type { Model } from "morphogen";

/** The model; each of its validations adds to `told` whether it tells that the modes have collapsed. Training itself warns at its end alone. */
export const telling = (model: Model, told: boolean[]): Model => ({
  ...model,
  build(options, spec) {
    const built = model.build(options, spec);
    return {
      ...built,
      assess(means) {
        const assessment = built.assess!(means);
        told.push(assessment.warnings?.some((warning) => warning.includes("collapsed")) ?? false);
        return assessment;
      },
    };
  },
});
