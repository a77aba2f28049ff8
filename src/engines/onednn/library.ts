/** The C library through koffi: loads it, and calls its functions by name. Nothing else imports koffi. */
import koffi, { type KoffiFunc, type LibraryHandle, type TypeObject } from "koffi";
import { EngineError } from "../../errors.js";

/** An address, or memory of JavaScript's own whose address is taken for the time of the call. */
export type Pointer = bigint | ArrayBufferView | null;
export type Argument = Pointer | number;

export interface Library {
  /** As "2.6.3". */
  readonly version: string;
  readonly major: number;
  readonly path: string;
  /** Calls a function that returns a status; throws an EngineError with the function's name unless it is success. */
  call(name: string, types: string, ...values: Argument[]): void;
  /** As `call`, but returns the status: 0 is success. */
  status(name: string, types: string, ...values: Argument[]): number;
  /** A function that returns a pointer or a size. */
  query(name: string, types: string, ...values: Argument[]): bigint;
  /** dnnl_primitive_execute, as it is called for every step: (primitive, stream, count, arguments). Returns a status. */
  readonly execute: (primitive: bigint, stream: bigint, count: number, argumentList: ArrayBufferView) => number;
  /** The text at an address. */
  text(address: bigint): string;
  /** A copy of the bytes at an address. */
  bytes(address: bigint, length: number): Buffer;
  addressOf(memory: ArrayBufferView): bigint;
  /** Sets how many threads the library computes with, where its threading can be told. */
  setThreads(threads: number): void;
  /** Runs something while denormal numbers count as zero, where the processor can be told so. */
  readonly flushingDenormals: (run: () => void) => void;
}

type NativeFunction = KoffiFunc<(...values: Argument[]) => number | bigint>;

const typeNames: Readonly<Record<string, string>> = { p: "void *", i: "int", f: "float", u: "uint32_t", s: "size_t" };
const argumentTypes = (types: string): string[] => [...types].map((letter) => typeNames[letter]);

const STATUS = ["success", "out of memory", "invalid arguments", "unimplemented", "iterator ends", "runtime error", "not required"];
export const statusText = (status: number): string => STATUS[status] ?? `status ${status}`;

/** The oldest version whose post-ops and training primitives are all here. */
const OLDEST = [2, 6] as const;

/**
 * Opens the library at `path`, after the files that it needs and that the system may lack. Throws an EngineError with
 * the reason when it is missing, of another kind, or too old.
 */
export function openLibrary(path: string, dependencies: readonly string[] = []): Library {
  shortenWaiting();
  for (const dependency of dependencies) load(dependency, true);
  const native = load(path, false);
  const functions = new Map<string, NativeFunction>();
  const bind = (name: string, result: string, types: string): NativeFunction => {
    const known = functions.get(name);
    if (known) return known;
    try {
      const bound: NativeFunction = native.func(name, result, argumentTypes(types));
      functions.set(name, bound);
      return bound;
    } catch (error) {
      throw new EngineError(`${path} lacks the function ${name}`, "It is no whole oneDNN. Compute with --engine onnx, or run: morphogen setup", { cause: error });
    }
  };

  const version = versionOf(native, path);
  const [major, minor] = version.split(".").map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]))
    throw new EngineError(`${path} is oneDNN ${version}, which is too old`, `oneDNN ${OLDEST.join(".")} or newer is needed.`);
  if (major > 3) throw new EngineError(`${path} is oneDNN ${version}, which is newer than this program knows`, "oneDNN 2.6 to 3.x is known.");

  const status = (name: string, types: string, ...values: Argument[]): number => Number(bind(name, "int", types)(...values));
  const execute = bind("dnnl_primitive_execute", "int", "ppip");
  return {
    version,
    major,
    path,
    status,
    call(name, types, ...values) {
      const result = status(name, types, ...values);
      if (result !== 0) throw new EngineError(`oneDNN ${version}: ${name} failed: ${statusText(result)}`);
    },
    query: (name, types, ...values) => BigInt(bind(name, "uintptr_t", types)(...values)),
    execute: (...values) => Number(execute(...values)),
    text: (address) => koffi.decode.string(address),
    bytes: bytesAt,
    addressOf: (memory) => koffi.address(memory),
    setThreads: (threads) => setThreads(threads),
    flushingDenormals: denormalFlushing(),
  };
}

/** Turns of an OpenMP thread's waiting loop before it sleeps: longer than the pauses between two primitives, which are some microseconds. */
const SPIN_COUNT = "1000";

/**
 * GCC's OpenMP waits for milliseconds in a loop before it lets go of a core. On a machine that others use too, threads then
 * wait for each other in turns of the scheduler. What the user has set stays; it is read when the runtime is loaded.
 */
function shortenWaiting(): void {
  if (process.platform !== "linux" || process.env.GOMP_SPINCOUNT !== undefined || process.env.OMP_WAIT_POLICY !== undefined) return;
  // Not process.env, which is a copy in all but the main thread.
  koffi.load(null).func("setenv", "int", ["str", "str", "int"])("GOMP_SPINCOUNT", SPIN_COUNT, 0);
}

function load(path: string, global: boolean): LibraryHandle {
  try {
    const handle = koffi.load(path, { global });
    keepLoaded(path);
    return handle;
  } catch (error) {
    throw new EngineError(`${path} could not be loaded: ${error instanceof Error ? error.message : String(error)}`, undefined, { cause: error });
  }
}

/**
 * koffi closes what it opened when a thread of Node's ends, but OpenMP's own threads go on waiting in the library's code:
 * a library once opened stays.
 */
function keepLoaded(path: string): void {
  const [NOW, NODELETE] = [2, process.platform === "darwin" ? 0x80 : 0x1000];
  try {
    koffi.load(null).func("dlopen", "void *", ["str", "int"])(path, NOW | NODELETE);
  } catch {
    // No dlopen here (Windows): nothing can be done, and nothing was seen to go wrong.
  }
}

function versionOf(native: LibraryHandle, path: string): string {
  try {
    const address: unknown = native.func("dnnl_version", "void *", [])();
    if (typeof address !== "bigint") throw new TypeError("no version");
    const numbers: unknown = koffi.decode(address, koffi.array("int", 3));
    if (!(numbers instanceof Int32Array)) throw new TypeError("no version");
    return numbers.join(".");
  } catch (error) {
    throw new EngineError(`${path} is not oneDNN: it cannot tell its version`, undefined, { cause: error });
  }
}

/** A type is made once for each length: koffi keeps what it makes, and its views of memory as well. */
const byteArrays = new Map<number, TypeObject>();

function bytesAt(address: bigint, length: number): Buffer {
  let type = byteArrays.get(length);
  if (!type) byteArrays.set(length, (type = koffi.array("uint8_t", length)));
  const bytes: unknown = koffi.decode(address, type);
  if (!(bytes instanceof Uint8Array)) throw new TypeError("bytes");
  return Buffer.from(bytes);
}

/** OpenMP is what packaged builds of oneDNN compute with: GCC's runtime, or LLVM's. */
const OPENMP = ["libgomp.so.1", "libomp.so.5", "libomp.dylib", "libiomp5.so"];

function setThreads(threads: number): void {
  for (const name of OPENMP) {
    try {
      load(name, false).func("omp_set_num_threads", "void", ["int"])(threads);
      return;
    } catch {
      // Not this runtime.
    }
  }
}

/**
 * Moments of units that died fade into denormal numbers, which many processors compute many times slower. The floating-point
 * environment of this thread is changed for the time of a run only, for JavaScript's numbers must keep them; OpenMP's
 * threads have it from the thread that starts them, which is this one in its first run.
 */
function denormalFlushing(): Library["flushingDenormals"] {
  if (process.platform !== "linux" || process.arch !== "x64") return (run) => run();
  try {
    // glibc's: its fenv_t has 32 bytes, of which the last 4 are the register MXCSR.
    const math = load("libm.so.6", false);
    const set = math.func("fesetenv", "int", ["void *"]);
    const usual = Buffer.alloc(32);
    math.func("fegetenv", "int", ["void *"])(usual);
    const [FLUSH_TO_ZERO, DENORMALS_ARE_ZERO] = [0x8000, 0x40];
    const flushing = Buffer.from(usual);
    flushing.writeUInt32LE(usual.readUInt32LE(28) | FLUSH_TO_ZERO | DENORMALS_ARE_ZERO, 28);
    return (run) => {
      set(flushing);
      try {
        run();
      } finally {
        set(usual);
      }
    };
  } catch {
    return (run) => run();
  }
}
