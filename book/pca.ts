/** What exact PCA reaches on the chapter's data. */
import { pcaBaseline } from "../src/analysis/pca.js";
import { findDataset } from "../src/data/registry.js";
import { engineOf } from "../src/verbs/prepare.js";

/** Number of codings -> mean squared error on the validation images, with the components of the training images. */
export function pcaErrors(engine?: string): (codings: number) => Promise<number> {
  const known = new Map<number, Promise<number>>();
  const compute = async (codings: number): Promise<number> => {
    const { train, validation } = await findDataset("fashion-mnist").load({ split: "book" });
    const { engine: computing, release } = await engineOf({ engine });
    try {
      const baseline = await pcaBaseline(computing, train, codings);
      return (await baseline.errors(validation)).mean;
    } finally {
      await release();
    }
  };
  return (codings) => {
    const error = known.get(codings) ?? compute(codings);
    known.set(codings, error);
    return error;
  };
}
