/** NPY, NumPy's file format, versions 1 to 3: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
import { DataError } from "../errors.js";

export interface Npy {
  readonly shape: readonly number[];
  /** Bytes of uint8 and bool; floats of float32; doubles of all other types. */
  readonly values: Uint8Array | Float32Array | Float64Array;
  /** As NumPy writes it, without the order of bytes: "u1", "f4". */
  readonly type: string;
}

type Read = (view: DataView, at: number, littleEndian: boolean) => number;

/** How one value is read. 64-bit integers beyond 2^53 are rounded. */
const readers: Readonly<Record<string, Read>> = {
  b1: (view, at) => view.getUint8(at),
  u1: (view, at) => view.getUint8(at),
  i1: (view, at) => view.getInt8(at),
  u2: (view, at, little) => view.getUint16(at, little),
  i2: (view, at, little) => view.getInt16(at, little),
  u4: (view, at, little) => view.getUint32(at, little),
  i4: (view, at, little) => view.getInt32(at, little),
  u8: (view, at, little) => Number(view.getBigUint64(at, little)),
  i8: (view, at, little) => Number(view.getBigInt64(at, little)),
  f4: (view, at, little) => view.getFloat32(at, little),
  f8: (view, at, little) => view.getFloat64(at, little),
};

const MAGIC = "\x93NUMPY";
const RESAVE = 'Save it again with NumPy: numpy.save(file, numpy.ascontiguousarray(x, "float32")).';

/** Decodes an array in C order. `name` is for errors: a DataError says what is wrong with the file. */
export function decodeNpy(bytes: Uint8Array, name: string): Npy {
  const fail = (reason: string): never => {
    throw new DataError(`${name} ${reason}`, RESAVE);
  };
  const text = (start: number, end: number) => Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1");
  if (bytes.length < 12 || text(0, 6) !== MAGIC) fail("is no NPY file: it does not start with its magic bytes");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6];
  if (version < 1 || version > 3) fail(`is of NPY version ${version}, which is not known`);
  const [begin, length] = version === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)];
  const start = begin + length;
  if (start > bytes.length) fail("is cut off within its header");
  const header = text(begin, start);

  const [, order, type] = /'descr':\s*'([<>|=])([a-zA-Z]\d+)'/.exec(header) ?? fail(`holds more than numbers: ${header.trim()}`);
  const [, sizes] = /'shape':\s*\(([\d,\s]*)\)/.exec(header) ?? fail(`has no shape in its header: ${header.trim()}`);
  if (/'fortran_order':\s*True/.test(header)) fail("is in Fortran order, column by column");
  const read = Object.hasOwn(readers, type) ? readers[type] : fail(`holds values of type ${type}, which are not read`);
  const shape = sizes.split(",").map((part) => part.trim()).filter(Boolean).map(Number);
  const count = shape.reduce((a, b) => a * b, 1);
  const width = Number(type.slice(1));
  if (count * width !== bytes.length - start) fail(`should have ${shape.join(" x ")} values of ${width} bytes, but ${bytes.length - start} bytes follow its header`);

  const little = order !== ">";
  // A view that is no Buffer, whose slice() would not copy.
  if (width === 1 && type !== "i1") return { shape, type, values: new Uint8Array(bytes.buffer, bytes.byteOffset + start, count) };
  const values = type === "f4" ? new Float32Array(count) : new Float64Array(count);
  for (let i = 0; i < count; i++) values[i] = read(view, start + i * width, little);
  return { shape, type, values };
}

/** An array in C order as an NPY file of version 1, little-endian. */
export function encodeNpy(shape: readonly number[], values: Float32Array | Float64Array): Uint8Array {
  const type = values instanceof Float32Array ? "<f4" : "<f8";
  const header = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape.join(", ")}${shape.length === 1 ? "," : ""}), }`;
  // The values begin at a multiple of 64 bytes.
  const start = Math.ceil((10 + header.length + 1) / 64) * 64;
  const bytes = new Uint8Array(start + values.byteLength);
  const view = new DataView(bytes.buffer);
  bytes.set(Buffer.from(MAGIC, "latin1"));
  bytes[6] = 1;
  view.setUint16(8, start - 10, true);
  bytes.set(Buffer.from(`${header.padEnd(start - 11)}\n`, "latin1"), 10);
  values.forEach((value, i) => (values instanceof Float32Array ? view.setFloat32(start + 4 * i, value, true) : view.setFloat64(start + 8 * i, value, true)));
  return bytes;
}
