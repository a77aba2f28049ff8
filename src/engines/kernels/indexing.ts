import { EngineError } from "../../errors.js";
import { formatShape, sizeOf, type Shape } from "../../tensor/index.js";
import { allocate, type Value } from "./values.js";

function checkIndex(op: string, index: number, shape: Shape): void {
  if (!(index >= 0 && index < shape[0]))
    throw new EngineError(`${op}: index ${index} is outside a table of shape ${formatShape(shape)}`, `Indices go from 0 to ${shape[0] - 1}.`);
}

export function gather(table: Value, indices: Value): Value {
  const rowShape = table.shape.slice(1);
  const width = sizeOf(rowShape);
  const result = allocate([...indices.shape, ...rowShape]);
  indices.data.forEach((index, i) => {
    checkIndex("gather", index, table.shape);
    result.data.set(table.data.subarray(index * width, (index + 1) * width), i * width);
  });
  return result;
}

export function scatterAdd(rows: Value, indices: Value, shape: Shape): Value {
  const width = sizeOf(shape.slice(1));
  const result = allocate(shape);
  indices.data.forEach((index, i) => {
    checkIndex("scatterAdd", index, shape);
    for (let j = 0; j < width; j++) result.data[index * width + j] += rows.data[i * width + j];
  });
  return result;
}
