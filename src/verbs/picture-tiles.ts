/** Pictures of any size through an ability that makes one image of another, where the model's weights do not depend on the size. */
import { runRows } from "../analysis/rows.js";
import { cutTiles, joinTiles, tilingOf } from "../analysis/tiles.js";
import { UsageError } from "../errors.js";
import type { Picture } from "../figures/png.js";
import { sameShape, topologicalOrder, Variable } from "../tensor/index.js";
import { requireAbility, type Trained } from "./abilities.js";
import type { TrainedRun } from "./open.js";
import { buildModel } from "./prepare.js";

export type PictureAbility = "denoise" | "translate" | "translateBack";

/** Tiles computed at once. */
const TILES = 4;

/** What the ability makes of a picture that has as many channels as it takes, in tiles; as a picture of the same size. A UsageError when the picture is not of the model's size and the weights do not suit another. */
export async function throughTiles(trained: TrainedRun, name: PictureAbility, picture: Picture): Promise<Picture> {
  const [low, high] = trained.model.accepts.range;
  const [, height, width] = picture.shape;
  const tiling = tilingOf(picture.shape);
  const ability = requireAbility(await atSize(trained, name, tiling.size, `${height} x ${width}`), name);
  const values = cutTiles(picture, tiling).map((value) => low + value * (high - low));
  const made = await runRows(trained.engine, ability, { count: tiling.corners.length, values, batchSize: TILES });
  const channels = Object.values(ability(1).outputs)[0].shape[1];
  return joinTiles(made.map((value) => (value - low) / (high - low)), [channels, height, width], tiling);
}

/** The model for images of another size, with the weights that the ability needs, where these do not depend on it; `wanted` is the picture's size for the error. */
async function atSize(trained: TrainedRun, name: PictureAbility, [height, width]: readonly [number, number], wanted: string): Promise<Trained> {
  const { model, engine, config, spec } = trained;
  if (spec.kind !== "images" && spec.kind !== "pairs") throw new UsageError(`The model was trained on ${spec.kind}, not on images`, "The library's functions take arrays of any kind.");
  if (sameShape(spec.shape.slice(1), [height, width])) return trained;
  const other = { ...spec, shape: [spec.shape[0], height, width] } as const;
  const { built } = buildModel(model, config.model.options, other);
  const resized = { model, built, engine, spec: other };
  const weights = new Map(trained.built.variables.map((variable) => [variable.name, variable]));
  for (const variable of variablesOf(resized, name)) {
    const weight = weights.get(variable.name);
    if (!weight || !sameShape(weight.shape, variable.shape)) {
      const own = spec.shape.slice(1).join(" x ");
      throw new UsageError(`The model was trained on images of ${own}, and its weights suit no other size; the picture is ${wanted}`, `Scale the picture to ${own}, or train ${ANY_SIZE[name]}, which takes other sizes too.`);
    }
    await engine.write(variable, await engine.read(weight));
  }
  return resized;
}

const ANY_SIZE: Readonly<Record<PictureAbility, string>> = {
  denoise: "with --network convolutional",
  translate: "pix2pix with a number of --levels",
  translateBack: "cycle-gan",
};

const variablesOf = (trained: Trained, name: PictureAbility): readonly Variable[] =>
  topologicalOrder(Object.values(requireAbility(trained, name)(1).outputs)).filter((node): node is Variable => node instanceof Variable);
