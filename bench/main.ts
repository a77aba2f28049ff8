/** npm run bench: median times of training steps, our engines and named peers in turn in one run. */
import { parseArgs } from "node:util";
import { chooseEngine } from "../src/engines/choose.js";
import { cases, type Case } from "./cases.js";
import { timeLoop } from "./loop.js";
import { timePeer, type Timing } from "./peers.js";

const { values: flags } = parseArgs({
  options: {
    case: { type: "string", multiple: true, default: [] },
    engine: { type: "string", multiple: true, default: [] },
    peer: { type: "string", multiple: true, default: [] },
    "peer-script": { type: "string", default: "" },
    repeat: { type: "string", default: "1" },
    loop: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const HELP = `npm run bench -- [flags]
  --case NAME                  ${Object.keys(cases).join(", ")}; default all; may be repeated
  --engine NAME                onnx or reference; default onnx; may be repeated
  --peer PYTHON                a Python in which a peer is installed; runs --peer-script in turn with ours; may be repeated
  --peer-script FILE           takes a case and prints {"case", "peer", "ms"}
  --repeat N                   rounds; the median of the rounds' medians is printed
  --loop                       instead: mlp-ae-32 bare and inside the training loop, and the memory of the process
  --json                       one JSON line per case and engine: {"case", "engine", "ms"}`;

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Median of at least 40 steps, and of at least a second of them, after a warm-up of a quarter as many. */
async function timeOurs(engineName: string, { name, program, feeds }: Case): Promise<Timing> {
  const engine = await chooseEngine(engineName);
  try {
    const step = await engine.compile(program);
    let number = 0;
    const time = async () => {
      const start = performance.now();
      await step.run(feeds, { seed: 1, step: number++ });
      return performance.now() - start;
    };
    for (let i = 0; i < 10; i++) await time();
    const steps = Math.max(40, Math.min(2000, Math.round(1000 / (await time()))));
    for (let i = 0; i < steps / 4; i++) await time();
    const times: number[] = [];
    for (let i = 0; i < steps; i++) times.push(await time());
    return { case: name, engine: engineName, ms: median(times) };
  } finally {
    await engine.dispose();
  }
}

async function timeCase(name: string): Promise<Timing[]> {
  const rounds: Timing[] = [];
  for (let round = 0; round < Number(flags.repeat); round++) {
    for (const engine of flags.engine.length > 0 ? flags.engine : ["onnx"]) rounds.push(await timeOurs(engine, cases[name]()));
    for (const python of flags.peer) rounds.push(...(await timePeer(python, flags["peer-script"], name)));
  }
  const engines = [...new Set(rounds.map(({ engine }) => engine))];
  return engines.map((engine) => ({ case: name, engine, ms: Number(median(rounds.filter((timing) => timing.engine === engine).map(({ ms }) => ms)).toFixed(3)) }));
}

function print(timings: readonly Timing[]): void {
  if (flags.json) return timings.forEach((timing) => console.log(JSON.stringify(timing)));
  const [ours, ...others] = timings;
  const ratios = others.map(({ engine, ms }) => `${(ours.ms / ms).toFixed(2)} x ${engine} (${ms} ms)`);
  console.log([`${ours.case.padEnd(14)} ${ours.engine} ${ours.ms} ms`, ...ratios].join("   "));
}

/** The step bare and inside the loop, in turn; the median of the rounds. */
async function printLoop(): Promise<void> {
  const [bare, looped]: [number[], number[]] = [[], []];
  let memory = 0;
  for (let round = 0; round < Math.max(3, Number(flags.repeat)); round++) {
    bare.push((await timeOurs("onnx", cases["mlp-ae-32"]())).ms);
    const { ms, memory: resident } = await timeLoop("onnx");
    looped.push(ms);
    memory = Math.max(memory, resident);
  }
  const [ms, loopMs] = [median(bare), median(looped)].map((value) => Number(value.toFixed(3)));
  const facts = { case: "mlp-ae-32", engine: "onnx", ms, loop_ms: loopMs, overhead: Number((loopMs / ms - 1).toFixed(3)), memory_mb: Math.round(memory) };
  console.log(flags.json ? JSON.stringify(facts) : `bare step ${ms} ms, in the training loop ${loopMs} ms (${Math.round(100 * facts.overhead)}% more); ${facts.memory_mb} MB resident`);
}

const wanted = flags.case.length > 0 ? flags.case : Object.keys(cases);
const unknown = wanted.find((name) => !(name in cases));
const mistake = unknown !== undefined ? `There is no case "${unknown}".` : flags.peer.length > 0 && !flags["peer-script"] ? "--peer needs a --peer-script." : undefined;
if (flags.help) console.log(HELP);
else if (mistake !== undefined) {
  console.error(`${mistake}\n${HELP}`);
  process.exitCode = 2;
} else if (flags.loop) await printLoop();
else for (const name of wanted) print(await timeCase(name));
