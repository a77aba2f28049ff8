/** An IDX file of unsigned bytes. */
export function idx(shape: readonly number[], values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * shape.length + values.length);
  bytes.set([0, 0, 8, shape.length]);
  shape.forEach((size, i) => new DataView(bytes.buffer).setUint32(4 + 4 * i, size));
  bytes.set(values, 4 + 4 * shape.length);
  return bytes;
}
