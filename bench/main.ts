/** npm run bench: times of training steps, our engines and the peers in turn, each in a process of its own. */
import { fail } from "../src/cli/fail.js";
import { optionalWholeNumber, wholeNumber } from "../src/cli/numbers.js";
import { scriptFlags } from "../src/cli/script-flags.js";
import { MorphogenError, suggest, UsageError } from "../src/errors.js";
import { engineNames } from "../src/engines/choose.js";
import { compareLosses } from "./agree.js";
import { cases } from "./cases.js";
import { explainCases } from "./explain.js";
import { engineRunner, fastEngines } from "./engines.js";
import { compareLoop } from "./loop.js";
import { loops } from "./loops.js";
import { measureMemory } from "./memory.js";
import { peerRunners } from "./peers.js";
import { timeRounds } from "./rounds.js";
import type { Runner } from "./runner.js";
import { compareSampling } from "./sampling.js";
import { header, jsonLine, reasons, row } from "./table.js";

const HELP = `npm run bench -- [flags]
  --case NAME       ${Object.keys(cases).join(", ")}; default all; may be repeated
  --engine NAME     ${engineNames.join(", ")}; default ${fastEngines.join(" and ")}; may be repeated
  --peer PYTHON     a Python in which PyTorch, Keras with TensorFlow, or JAX is installed; may be repeated
  --repeat N        rounds in which everyone is timed in turn; the median of the rounds' medians counts; default 1
  --loop            instead: ${Object.keys(loops).join(", ")} bare and inside the training loop,
                    and the memory of the process; on the engine that training would choose when none is named
  --sampling        instead: sampling from the diffusion model beside as many passes of its network
  --explain         instead: where the onednn engine's time goes in each case, and what the machine's limit would be
  --memory          instead: how the resident memory grows over 10,000 steps and 600 compilations on the onednn engine
  --agree           instead: whether two engines train alike, by the losses of the same steps
  --steps N         training steps of --agree; default 200, of unet-32 20
  --json            one JSON line per case: {"case", "ms": {who: milliseconds}, "ratio", "failed": {who: reason}}
The ratio is our fastest engine's time over the fastest peer's.`;

const { values } = scriptFlags({
  options: {
    case: { type: "string", multiple: true, default: Object.keys(cases) },
    engine: { type: "string", multiple: true },
    peer: { type: "string", multiple: true, default: [] },
    repeat: { type: "string", default: "1" },
    loop: { type: "boolean", default: false },
    sampling: { type: "boolean", default: false },
    explain: { type: "boolean", default: false },
    memory: { type: "boolean", default: false },
    agree: { type: "boolean", default: false },
    steps: { type: "string" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

function readFlags() {
  const repeat = wholeNumber("--repeat", values.repeat, 1);
  const steps = optionalWholeNumber("--steps", values.steps, 1);
  for (const [kind, given, known] of [["case", values.case, Object.keys(cases)], ["engine", values.engine ?? [], engineNames]] as const) {
    const wrong = given.find((name) => !known.includes(name));
    if (wrong !== undefined) throw new UsageError(`There is no ${kind} "${wrong}"`, suggest(wrong, known));
  }
  return { ...values, repeat, steps };
}

/** Those engines that load, then the peers; `note` hears of engines that do not. */
async function findRunners(engines: readonly string[], peers: readonly string[], note: (line: string) => void): Promise<Runner[]> {
  const runners: Runner[] = [];
  for (const name of new Set(engines)) {
    const runner = await engineRunner(name);
    if ("reason" in runner) note(`without the ${name} engine: ${runner.reason}`);
    else runners.push(runner);
  }
  for (const python of new Set(peers)) runners.push(...(await peerRunners(python)));
  if (runners.length === 0) throw new MorphogenError("No engine loads, and no peer was named", "See --help.");
  return runners;
}

async function main(): Promise<void> {
  const flags = readFlags();
  if (flags.help) return console.log(HELP);
  if (flags.loop) {
    for (const name of flags.case.filter((one) => one in loops)) for (const engine of new Set(flags.engine ?? [undefined])) console.log(await compareLoop(engine, name, flags.repeat, flags.json));
    return;
  }
  if (flags.sampling) {
    for (const engine of new Set(flags.engine ?? [undefined])) console.log(await compareSampling(engine, flags.repeat, flags.json));
    return;
  }
  if (flags.explain) return console.log(await explainCases([...new Set(flags.case)]));
  if (flags.memory) return console.log(await measureMemory());
  if (flags.agree) return compareLosses(flags.engine ?? fastEngines, flags.case, flags.steps, console.log);
  const runners = await findRunners(flags.engine ?? fastEngines, flags.peer, (line) => console.error(line));
  const dashes: string[] = [];
  if (!flags.json) console.log(header(runners));
  for (const name of new Set(flags.case)) {
    const results = await timeRounds(runners, name, cases[name].runs, flags.repeat);
    console.log(flags.json ? jsonLine(name, results) : row(name, results));
    dashes.push(...reasons(name, results));
  }
  if (!flags.json && dashes.length > 0) console.log(["", ...dashes].join("\n"));
}

await main().catch(fail);
