/** What one training step, or one ability, of a model becomes on the onednn engine, and where its time goes. */
import type { DataSpec } from "../data/dataset.js";
import type { FileOptionsInput } from "../data/file-options.js";
import { explainPlan, type PlanRows } from "../engines/onednn/explain.js";
import type { OnednnEngine } from "../engines/onednn/index.js";
import { EngineError, suggest, UsageError } from "../errors.js";
import type { BuiltModel, Model } from "../models/model.js";
import { stagePrograms, type TrainingConfig } from "../training/index.js";
import { add, fillNoise, matmul, noise, sizeOf, variable, type Data, type DType, type Program, type Shape } from "../tensor/index.js";
import { buildModel, modelOf, specOfData, trainingOf, type TrainingInput } from "./prepare.js";

export interface ExplainRequest {
  /** A model, or its name. */
  readonly model: Model | string;
  /** The model's options; defaults for what is left out. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** The optimizer, the batch size and all else of training; the model's recipe for what is left out. */
  readonly training?: TrainingInput;
  /** What the data is like: a dataset by name (nothing is fetched), files by their path, or a description. Default "fashion-mnist". */
  readonly data?: string | DataSpec | undefined;
  /** How the files at a path are read. */
  readonly files?: FileOptionsInput | undefined;
  /** Explain this ability ("sample") for a batch of that size, and not training. */
  readonly ability?: string | undefined;
  /** Only "onednn", the default, has a plan to show. */
  readonly engine?: string | undefined;
  /** Default: all cores. */
  readonly threads?: number | undefined;
}

export interface ExplainedPlan extends PlanRows {
  /** The training phase, or the ability. */
  readonly name: string;
  /** Milliseconds of a whole run: the steps, and before them input and noise. */
  readonly runMilliseconds: number;
  readonly arenaBytes: number;
}

/** What the machine does at best, measured with the same engine. */
export interface MachineRates {
  /** A product of two 1024 x 1024 matrices. */
  readonly gflopPerSecond: number;
  /** A sum of two vectors that no cache holds. */
  readonly gigabytesPerSecond: number;
}

export interface Explanation {
  readonly model: string;
  /** Undefined: a step of training. */
  readonly ability?: string;
  readonly batchSize: number;
  readonly engine: { readonly name: string; readonly version: string; readonly threads: number };
  readonly machine: MachineRates;
  /** One for each phase of training, or that of the ability. */
  readonly plans: readonly ExplainedPlan[];
}

/** Compiles a model's training step or ability, runs it on random input, and says what each step of its plan does and costs. */
export async function explain(request: ExplainRequest): Promise<Explanation> {
  const { engine: name = "onednn", data = "fashion-mnist", ability } = request;
  if (name !== "onednn") throw new UsageError(`The engine "${name}" has no plan to show`, "Only onednn has one.");
  const model = modelOf(request.model);
  const training = trainingOf(model, request.training);
  const spec = typeof data === "string" ? await specOfData(data, request.files) : data;
  const { built } = buildModel(model, request.options ?? {}, spec);
  const programs = ability === undefined ? trainingPrograms(built, training) : [{ name: ability, program: abilityProgram(model, built, ability, training.batchSize) }];
  const feedOf = randomFeed(model, spec);

  const engine = await openEngine(request.threads);
  try {
    const { version, threads } = engine;
    const plans: ExplainedPlan[] = [];
    for (const { name, program } of programs) plans.push({ name, ...(await measurePlan(engine, program, feedsOf(program, feedOf))) });
    const machine = await measureMachine(engine);
    return { model: model.name, ...(ability !== undefined && { ability }), batchSize: training.batchSize, engine: { name, version, threads }, machine, plans };
  } finally {
    await engine.dispose();
  }
}

/** How long training goes on decides numbers in the plan (where a learning rate falls), not its steps. */
const trainingPrograms = (built: BuiltModel, training: TrainingConfig) => stagePrograms(built, training, 1000 * training.batchSize).stages.flatMap(({ phases }) => phases.flatMap(({ name, program, lazily }) => [{ name, program }, ...(lazily ? [{ name: `${name}, one step of ${lazily.every}`, program: lazily.program }] : [])]));

function abilityProgram(model: Model, { abilities }: BuiltModel, name: string, batchSize: number): Program {
  const known: Readonly<Record<string, (batch: number) => Program>> = { ...abilities };
  const make = Object.hasOwn(known, name) ? known[name] : undefined;
  if (!make) throw new UsageError(`The model "${model.name}" has no ability "${name}"`, suggest(name, Object.keys(known)));
  return make(batchSize);
}

async function openEngine(threads: number | undefined): Promise<OnednnEngine> {
  const { onednnEngine } = await import("../engines/onednn/index.js").catch(notCallable);
  try {
    return await onednnEngine(threads === undefined ? {} : { threads });
  } catch (error) {
    // The engine's own way out is another engine, which is none here.
    if (!(error instanceof EngineError) || process.env.MORPHOGEN_ONEDNN) throw error;
    throw new EngineError(error.message, "Run: morphogen setup (no other engine has a plan to show)", { cause: error });
  }
}

function notCallable(error: unknown): never {
  throw new EngineError("koffi, which calls oneDNN, could not be loaded", "Run npm ci in the project.", { cause: error });
}

type Feed = (shape: Shape, dtype: DType) => Data;

/** Pixels over the whole of the model's range, class numbers that there are. */
function randomFeed({ accepts }: Model, { classes }: DataSpec): Feed {
  const [low, high] = accepts.range;
  return (shape, dtype) => {
    const values = new Float32Array(sizeOf(shape));
    fillNoise(noise.uniform(shape), 0, { seed: 0 }, values);
    return dtype === "int32" ? Int32Array.from(values, (u) => Math.floor(u * (classes?.length ?? 1))) : values.map((u) => low + u * (high - low));
  };
}

const RUNS = { warmUp: 2, least: 5, most: 30, milliseconds: 3000 };

const feedsOf = ({ inputs = {} }: Program, feedOf: Feed): Record<string, Data> => Object.fromEntries(Object.entries(inputs).map(([name, { shape, dtype }]) => [name, feedOf(shape, dtype)]));

/** Runs a program some times, and says what each step of its plan does and costs. */
export async function measurePlan(engine: OnednnEngine, program: Program, feeds: Readonly<Record<string, Data>>): Promise<Omit<ExplainedPlan, "name">> {
  const executable = await engine.compile(program);
  const run = async (): Promise<number> => {
    const start = performance.now();
    await executable.run(feeds, { seed: 0 });
    return performance.now() - start;
  };
  for (let i = 0; i < RUNS.warmUp; i++) await run();
  const [runs, times]: [number[], number[][]] = [[], []];
  const start = performance.now();
  while (times.length < RUNS.least || (times.length < RUNS.most && performance.now() - start < RUNS.milliseconds)) {
    runs.push(await run());
    times.push(executable.profile());
  }
  const explained = { ...explainPlan(executable.plan, times), runMilliseconds: runs.sort((a, b) => a - b)[runs.length >> 1], arenaBytes: executable.bytes };
  await executable.dispose();
  return explained;
}

export async function measureMachine(engine: OnednnEngine): Promise<MachineRates> {
  const matrix = (name: string) => variable(name, [1024, 1024], 1);
  const [a, b, product] = [matrix("a"), matrix("b"), matrix("product")];
  const vector = (name: string) => variable(name, [1 << 24], 1);
  const [x, y] = [vector("x"), vector("y")];
  const products = await bestRuns(engine, { outputs: {}, updates: new Map([[product, matmul(a, b)]]) });
  const sums = await bestRuns(engine, { outputs: {}, updates: new Map([[x, add(x, y)]]) });
  return {
    gflopPerSecond: Math.max(...products.rows.map((row) => row.gflopPerSecond ?? 0)),
    gigabytesPerSecond: Math.max(...sums.rows.map((row) => row.gigabytesPerSecond ?? 0)),
  };
}

/** The rows with each step's least time: what the machine can do, not what it mostly does. */
async function bestRuns(engine: OnednnEngine, program: Program): Promise<PlanRows> {
  const executable = await engine.compile(program);
  await executable.run({});
  const times = Array.from({ length: 20 }, () => executable.profile());
  const best = executable.plan.steps.map((_, i) => Math.min(...times.map((run) => run[i])));
  const rows = explainPlan(executable.plan, [best]);
  await executable.dispose();
  return rows;
}
