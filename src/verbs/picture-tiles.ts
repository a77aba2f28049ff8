/** Pictures of any size through an ability that makes one image of another, where the model's weights do not depend on the size. */
import { runRows } from "../analysis/rows.js";
import { cutTiles, joinTiles, tilingOf } from "../analysis/tiles.js";
import type { DataSpec } from "../data/dataset.js";
import { UsageError } from "../errors.js";
import type { Picture } from "../figures/png.js";
import type { BuiltModel } from "../models/model.js";
import { sameShape, sizeOf, topologicalOrder, Variable } from "../tensor/index.js";
import { requireAbility, type Trained } from "./abilities.js";
import type { TrainedRun } from "./open.js";
import { buildModel } from "./prepare.js";

export type PictureAbility = "denoise" | "translate" | "translateBack";

/** Tiles computed at once. */
const TILES = 4;

/** What becomes of images [n, channels, height, width], given one after the other, so many at once. */
export type MakeImages = (trained: Trained, values: Float32Array, batchSize: number) => Promise<Float32Array>;

/**
 * What the ability, or `make`, makes of a picture that has as many channels as it takes, in tiles; as a picture of the same size. A UsageError when the picture is not of the model's size and the
 * weights do not suit another; it speaks of the picture as it was before it was made `enlargement` times larger.
 */
export async function throughTiles(trained: TrainedRun, name: PictureAbility, picture: Picture, make: MakeImages = byAbility(name), enlargement = 1): Promise<Picture> {
  const [low, high] = trained.model.accepts.range;
  const [, height, width] = picture.shape;
  const tiling = tilingOf(picture.shape);
  const resized = await atSize(trained, name, tiling.size, { picture, enlargement });
  const values = cutTiles(picture, tiling).map((value) => low + value * (high - low));
  const made = await make(resized, values, TILES);
  const channels = made.length / (tiling.corners.length * sizeOf(tiling.size));
  return joinTiles(made.map((value) => (value - low) / (high - low)), [channels, height, width], tiling);
}

/** Runs the ability on as many images as are given. */
const byAbility = (name: PictureAbility): MakeImages => (trained, values, batchSize) => {
  const ability = requireAbility(trained, name);
  return runRows(trained.engine, ability, { count: values.length / sizeOf(ability(1).inputs!.x.shape), values, batchSize });
};

/** The model for images of another size, with the weights that the ability needs, where these do not depend on it; `picture` is what it is for. */
async function atSize(trained: TrainedRun, name: PictureAbility, [height, width]: readonly [number, number], { picture, enlargement }: { readonly picture: Picture; readonly enlargement: number }): Promise<Trained> {
  const { model, engine, config, spec, sampling } = trained;
  if (spec.kind !== "images" && spec.kind !== "pairs") throw new UsageError(`The model was trained on ${spec.kind}, not on images`, "The library's functions take arrays of any kind.");
  if (sameShape(spec.shape.slice(1), [height, width])) return trained;
  const sizeOfShape = ([, tall, wide]: Picture["shape"]): string => `${wide / enlargement} x ${tall / enlargement}`;
  const own = sizeOfShape(spec.shape);
  const { diffusion } = trained.built;
  const refused = (why: string, wayOut = `Scale the picture to ${own}, or train ${diffusion ? "with --network unet" : ANY_SIZE[name]}, which takes other sizes too.`): UsageError =>
    new UsageError(`${picture.name === undefined ? "The" : `${picture.name}: the`} model was trained on images of ${own}, and ${why}; the picture is ${sizeOfShape(picture.shape)}`, wayOut);
  const other = { ...spec, shape: [spec.shape[0], height, width] } as const;
  const resized = { model, built: builtFor(other), engine, spec: other, sampling };
  const weights = new Map(trained.built.variables.map((variable) => [variable.name, variable]));
  for (const variable of variablesOf(resized, name)) {
    const weight = weights.get(variable.name);
    if (!weight || !sameShape(weight.shape, variable.shape)) throw refused("its weights suit no other size");
    await engine.write(variable, await engine.read(weight));
  }
  return resized;

  /** What is wrong with the options there, nobody can change any more: the model is trained. */
  function builtFor(size: DataSpec): BuiltModel {
    try {
      return buildModel(model, config.model.options, size).built;
    } catch (error) {
      // Those that take any size halve images so many times, of which small ones have not enough.
      throw error instanceof UsageError ? refused(`its network cannot be made for this one (${error.message})`, diffusion ? undefined : `The picture has to be larger: ${own} will do.`) : error;
    }
  }
}

/** What takes pictures of any size, of models that are no diffusion models. */
const ANY_SIZE: Readonly<Record<PictureAbility, string>> = {
  denoise: "with --network convolutional",
  translate: "pix2pix with a number of --levels, or diffusion-translation",
  translateBack: "cycle-gan",
};

const variablesOf = (trained: Trained, name: PictureAbility): readonly Variable[] =>
  trained.built.diffusion
    ? trained.built.variables
    : topologicalOrder(Object.values(requireAbility(trained, name)(1).outputs)).filter((node): node is Variable => node instanceof Variable);
